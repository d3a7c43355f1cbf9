"""Hosts, paths and Location values: plain text questions that several rules ask."""

from __future__ import annotations

import re
from dataclasses import dataclass

_URL = re.compile(r"^(?:([A-Za-z][A-Za-z0-9+.-]*):)?(?://([^/?#]*))?([^?#]*)(?:\?([^#]*))?")
_LOCAL = re.compile(r"^(localhost|.*\.localhost|127(\.\d{1,3}){1,3}|\[?::1\]?|0\.0\.0\.0|\[::\])$", re.I)
_PRIVATE = re.compile(
    r"^([^.]+|.+\.(test|local|lan|internal|localdomain|home\.arpa|ddev\.site|lndo\.site)|"
    r"(10|192\.168|172\.(1[6-9]|2\d|3[01]))(\.\d{1,3}){2,3})$",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Target:
    """The parts of a URL or a reference to one, undecoded; absent parts are empty."""

    scheme: str
    host: str
    path: str
    query: str

    @property
    def name(self) -> str:
        """The host without user information and port, in lower case."""
        return host_name(self.host)


def split(url: str) -> Target:
    """The parts of any text taken as a URL; never raises."""
    found = _URL.match(url.strip())
    if found is None:
        return Target("", "", url, "")
    scheme, host, path, query = found.groups(default="")
    return Target(scheme.lower(), host, path, query)


def host_of(url: str) -> str:
    """The host and port of a URL; empty where it has none."""
    return split(url).host


def host_name(host: str) -> str:
    """A host without user information and port, in lower case."""
    host = host.rpartition("@")[2].lower()
    if host.startswith("["):
        return host.partition("]")[0] + "]"
    return host.partition(":")[0]


def port_of(url: str) -> int:
    """The port that a URL names or implies; 0 where it has none that makes sense."""
    parts = split(url)
    port = parts.host.rpartition("]")[2].rpartition(":")[2] if ":" in parts.host.rpartition("]")[2] else ""
    if port.isdecimal() and len(port) < 6:
        return int(port)
    return {"https": 443, "http": 80}.get(parts.scheme, 0)


def is_local_host(host: str) -> bool:
    """Whether a Host value names this machine."""
    return not host or bool(_LOCAL.match(host_name(host)))


def is_private_host(host: str) -> bool:
    """Whether a Host value is a name or address of a developer's own network (RFC 1918, RFC 6761, RFC 6762),
    not a public one."""
    return bool(_PRIVATE.match(host_name(host)))


def other_slash(target: str) -> str:
    """The path with its final slash taken away or added; `/` stays as it is, and so does a query behind it."""
    path, mark, query = target.partition("?")
    if path not in {"", "/"}:
        path = path.rstrip("/") if path.endswith("/") else path + "/"
    return path + mark + query


def same_but_slash(one: str, other: str) -> bool:
    """Whether two paths differ in the final slash only."""
    return one != other and one.rstrip("/") == other.rstrip("/")
