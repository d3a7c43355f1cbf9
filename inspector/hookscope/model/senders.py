"""Which senders a user opened the handler to: their addresses and networks."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from typing import TypeAlias

from hookscope_relay.errors import InputError

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network


def parse_senders(texts: Sequence[str]) -> tuple[Network, ...]:
    """The networks that a user typed; `InputError` names the one that is none."""
    found = []
    for text in texts:
        try:
            found.append(ipaddress.ip_network(text, strict=False))
        except ValueError:
            raise InputError(
                f"{text[:60]!r} is not an address or network of a sender", "give it as 203.0.113.7 or 203.0.113.0/24"
            ) from None
    return tuple(found)


def is_among(remote: str, networks: Sequence[Network]) -> bool:
    """Whether a sender's address, with or without its port, lies in one of the networks;
    false for what is no address."""
    for candidate in (remote, remote.rpartition(":")[0]):
        try:
            ip = ipaddress.ip_address(candidate.removeprefix("[").removesuffix("]"))
        except ValueError:
            continue
        plain = getattr(ip, "ipv4_mapped", None) or ip
        return any(plain.version == network.version and plain in network for network in networks)
    return False
