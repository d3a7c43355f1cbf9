"""Where a handler's connections go: addresses that were looked up just now, loopback only unless more was asked for."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from hookscope.forward.error import ForwardError, words
from hookscope.model.handler import Handler

Lookup: TypeAlias = Callable[[str], Awaitable[Sequence[str]]]

LOOPBACK = ("127.0.0.1", "::1")

# What development servers print when they listen everywhere; connecting to it means this machine, but not on every
# system.
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - looked up, not bound


@dataclass(frozen=True, slots=True)
class Address:
    """One address and port that a connection can be made to; as text IPv6 stands in brackets."""

    ip: str
    port: int

    @property
    def family(self) -> socket.AddressFamily:
        """The socket family of the address."""
        return socket.AF_INET6 if ":" in self.ip else socket.AF_INET

    def __str__(self) -> str:
        return f"[{self.ip}]:{self.port}" if ":" in self.ip else f"{self.ip}:{self.port}"


async def system_lookup(host: str) -> Sequence[str]:
    """The addresses of a name or an address, as the system's resolver gives them; OSError where there are none."""
    found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


async def find_addresses(handler: Handler, allow_remote: bool, lookup: Lookup = system_lookup) -> tuple[Address, ...]:
    """The addresses to try for a handler, best first, never none.

    `localhost` and names below it are this machine (RFC 6761), 127.0.0.1 first; so are names below `test`, which no
    public DNS has, where the system knows no address for them: a virtual host needs no hosts entry. ForwardError for a
    name without an address (`dns`), and where every address is another machine's without `allow_remote` (`refused`).
    """
    found = await look_up(handler.host, lookup)
    allowed = [ip for ip in found if allow_remote or is_loopback(ip)]
    if not allowed:
        raise ForwardError("refused", f"{elsewhere(handler, found)}; allow that with --allow-remote")
    return tuple(Address(ip, handler.port) for ip in allowed)


async def look_up(host: str, lookup: Lookup = system_lookup) -> tuple[str, ...]:
    """The addresses of a handler's host; ForwardError of kind `dns` where it has none."""
    name = host.lower().removesuffix(".")
    if name == "localhost" or name.endswith(".localhost"):
        return LOOPBACK
    try:
        found = tuple(_EVERYWHERE.get(ip, ip) for ip in await lookup(host))
    except OSError as error:
        if name.endswith(".test"):
            return LOOPBACK
        raise ForwardError("dns", f"the host name {host} has no address ({words(error)})") from None
    except UnicodeError:
        raise ForwardError("dns", f"the host name {host} is not a valid one") from None
    if not found:
        raise ForwardError("dns", f"the host name {host} has no address")
    return found


def is_loopback(ip: str) -> bool:
    """Whether an address is this machine's own, an IPv4 one inside IPv6 included."""
    address = ipaddress.ip_address(ip)
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def elsewhere(handler: Handler, found: Sequence[str]) -> str:
    """A phrase that says that a handler is on another machine."""
    is_address = handler.host in found
    shown = handler.host if is_address else f"{handler.host} ({', '.join(found[:3])})"
    return f"the handler {shown} is not on this machine"
