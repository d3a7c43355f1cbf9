"""Which hosts a relay serves, which endpoint a request is for, and who sent it: decided from raw values,
decoding nothing."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

from hookscope_relay.errors import InputError
from hookscope_relay.keys.endpoint_key import ENDPOINT_ID

# What may stand in a public URL's path: nothing that a proxy would decode, and no dots that lead elsewhere.
_PREFIX = re.compile(r"(?:/(?!\.{1,2}(?:/|$))[A-Za-z0-9._~-]+)*")

# RFC 9110 section 7.2: a name or an address in brackets, and a port of digits. Nothing else counts as served.
_HOST = re.compile(r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{0,5})?")

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})


class Address(NamedTuple):
    """Where a request goes: the relay's own pages (`endpoint` empty), or an endpoint and the tail of its target."""

    endpoint: str
    tail: str


@dataclass(frozen=True, slots=True)
class Hosts:
    """The host names that a relay answers for.

    `own` are lower-case names without port; their subdomains are endpoints. A relay below a path (`prefix`, such as
    `/hooks`) has none there: the domain is somebody else's. A target is taken with its prefix and without, since a
    proxy may have cut it off.
    """

    own: frozenset[str]
    prefix: str = ""

    def address(self, host: str, target: str) -> Address | None:
        """Where a raw target on a host leads; None for a host that is not served.

        The first path segment is cut off the raw target on the relay's own hosts; on a subdomain all of it is the tail.
        """
        name = host_name(host)
        if label := self._label(name):
            return Address(label, target)
        if name not in self.own:
            return None
        if self.prefix and target.startswith(self.prefix + "/"):
            target = target[len(self.prefix) :]
        path, question, query = target.partition("?")
        segment, slash, rest = path.removeprefix("/").partition("/")
        return Address(segment, slash + rest + question + query)

    def _label(self, name: str) -> str:
        if self.prefix:
            return ""
        label, _, parent = name.partition(".")
        return label if parent in self.own and ENDPOINT_ID.fullmatch(label) else ""


@lru_cache(256)
def host_name(host: str) -> str:
    """The name in a Host header: lower case, without port and without a final dot;
    empty for what is no host and port."""
    match = _HOST.fullmatch(host.strip(" \t"))
    return match[1].lower().removesuffix(".") if match else ""


def split_url(url: str) -> SplitResult | None:
    """The parts of a URL, and None where it is none: without a host, with brackets or letters that make no sense in
    one, or a port that is no number. `urlsplit` itself raises for some of these, and for others when asked."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return parts if parts.netloc else None


def is_address(host: str) -> bool:
    """Whether a Host header names an IP address and no name, which somebody else's DNS could lead elsewhere."""
    return _parse_ip(host_name(host).strip("[]")) is not None


def parse_public_url(text: str) -> str:
    """The address `http(s)://host[:port][/prefix]` of a relay: its origin in lower case, without a default port, and no
    final slash; `InputError` for anything else."""
    parts = split_url(text if "://" in text else f"https://{text}")
    path = parts.path.removesuffix("/") if parts else ""
    bare = parts and _PREFIX.fullmatch(path) and not (parts.query or parts.fragment or parts.username)
    if not parts or not bare or parts.scheme not in {"http", "https"} or not parts.hostname:
        remedy = "give it as https://relay.example.org, or below a path as https://example.org/hooks"
        raise InputError(f"{text!r} is not the address of a relay", remedy)
    name = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    default = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{name}" + (f":{parts.port}" if parts.port not in {None, default} else "") + path


def origin_and_prefix(url: str) -> tuple[str, str]:
    """The origin of a relay's address, and the path that it stands below; empty for none."""
    scheme, _, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}://{host}", slash + path


def with_prefix(prefix: str, target: str) -> str:
    """A target as its sender wrote it: a proxy in front may have cut the relay's own path off."""
    return target if not prefix or target.startswith(prefix + "/") else prefix + target


def client_address(peer: str, forwarded_for: Sequence[str], trusted: Sequence[str]) -> str:
    """The sender's address: the rightmost of X-Forwarded-For that is no trusted proxy, if the peer itself is one."""
    if not is_trusted(peer, trusted):
        return peer
    for entry in reversed([part.strip() for value in forwarded_for for part in value.split(",")]):
        if not is_trusted(entry, trusted):
            return entry if _parse_ip(entry) else peer
    return peer


def is_trusted(address: str, trusted: Sequence[str]) -> bool:
    """Whether an address lies in one of the trusted networks."""
    if not trusted:
        return False
    ip = _parse_ip(address)
    return ip is not None and any(ip in ipaddress.ip_network(network, strict=False) for network in trusted)


def parse_networks(texts: Sequence[str]) -> tuple[str, ...]:
    """The networks or addresses, checked; `InputError` names the one that is none."""
    for text in texts:
        try:
            ipaddress.ip_network(text, strict=False)
        except ValueError:
            raise InputError(
                f"{text!r} is not an address or network of a proxy", "give it as 10.0.0.0/8 or 127.0.0.1"
            ) from None
    return tuple(texts)


def _parse_ip(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        ip = ipaddress.ip_address(text)
    except ValueError:
        return None
    return getattr(ip, "ipv4_mapped", None) or ip
