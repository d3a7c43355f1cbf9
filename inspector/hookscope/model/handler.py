"""The developer's handler: what a user typed for it, and the target that a delivery is sent to there.

Targets are text as it stands on the wire: nothing here decodes, joins or normalises what is passed on. Two questions
look at a decoded copy, because servers decode before they resolve dots: whether a tail climbs above the handler's path,
and whether it stays within a prefix.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Literal, TypeAlias, cast

from hookscope.model.undo import undo
from hookscope_relay.errors import InputError

Scheme: TypeAlias = Literal["http", "https"]

DEFAULT_PORTS: dict[str, int] = {"http": 80, "https": 443}
FORMS = "give 3000, 3000/path, host:port or a URL such as http://localhost:3000/path"

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_MISTYPED_SCHEME = re.compile(r"(https?)(?:://?|//?|:(?![0-9]))(?=[^/])", re.IGNORECASE)
_QUOTES = ("''", '""', "``", "<>", "\u201c\u201d", "\u2018\u2019")
_NAME = re.compile(r"[A-Za-z0-9._-]+")
_VISIBLE = re.compile(r"[!-~]*")

# Without two dots, an encoded or a foreign character no reading of a path has dots.
_MAY_HAVE_DOTS = re.compile(r"\.\.|[^!-$&-~]")
# Where a server may cut a segment off: path parameters, fragments, queries, the end of a C string.
_CUT = re.compile(r"[;#?\x00]")
# What a server may strip from a segment's ends.
_STRIPPED = "".join(map(chr, (*range(1, 33), 127, 160)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Handler:
    """Where the developer's code listens.

    `host` is a name or an address without brackets; `path` is as typed, empty or beginning with `/`; `host_header` is
    the authority as typed, which is what Host says.
    """

    scheme: Scheme
    host: str
    port: int
    path: str
    host_header: str

    @property
    def origin(self) -> str:
        """Scheme and authority, without a path."""
        return f"{self.scheme}://{self.host_header}"

    @property
    def url(self) -> str:
        """The handler's URL, its path as typed."""
        return self.origin + self.path


def parse_handler(text: str) -> Handler:
    """The handler that a user means by `3000`, `:3000`, `host:port`, any of these with a path, or an http(s) URL.

    IPv6 addresses stand in brackets. A bare port means localhost. The blanks and quotes of a paste are
    left off. InputError says what is wrong and what to write.
    """
    text = _unquote(text)
    if not text:
        raise InputError("the handler is empty", FORMS)
    if not _VISIBLE.fullmatch(text) or "\\" in text:
        raise _wrong(text, "has a space, a backslash or a character beyond ASCII", "percent-encode it, or leave it out")
    scheme, rest = _split_scheme(text)
    authority, slash, path = rest.partition("/")
    for mark, name in (("?", "a query"), ("#", "a fragment")):
        if mark in rest:
            raise _wrong(text, f"has {name}", f"leave off the {mark} and what follows")
    if "@" in authority:
        raise _wrong(text, "has a user name or password", "leave them off; deliveries bring their own headers")
    host, port_text = _split_authority(text, authority, bare_port=scheme is None)
    known = scheme or "http"
    port = _parse_port(text, port_text) if port_text is not None else _default_port(text, scheme)
    typed = f"localhost:{port}" if host == "" else authority
    return Handler(scheme=known, host=host or "localhost", port=port, path=slash + path, host_header=typed)


def handler_target(handler: Handler, tail_and_query: str, subdomain: bool = False) -> str:
    """The request target at the handler for a delivery's target (tail and query), byte for byte.

    An empty tail gives the handler's path as typed (`/` where it has none); a tail takes the place of the path's final
    slash. On a subdomain the tail `/` counts as empty. InputError for a tail that does not begin with a slash.
    """
    tail, mark, query = tail_and_query.partition("?")
    if tail and not tail.startswith("/"):
        raise InputError(f"the target {tail[:60]!r} does not begin with /", "write a path, such as /webhooks")
    if not tail or (subdomain and tail == "/"):
        return (handler.path or "/") + mark + query
    return handler.path.removesuffix("/") + tail + mark + query


def doubled_path(handler: Handler, target: str) -> str:
    """What stands twice where the handler's path ends as a delivery's target begins; else empty."""
    last = handler.path.rstrip("/").rpartition("/")[2]
    first = target.partition("?")[0].strip("/").partition("/")[0]
    return f"/{last}" if last and last == first else ""


def climbs(tail: str) -> bool:
    """Whether a tail leads above its root by `..` for any server that decodes it,
    merges slashes or takes `\\` for one."""
    depth = 0
    for segment in tail.partition("?")[0].split("/"):
        names = _segments(segment)
        # A server that leaves `%2f` and `\\` alone sees one name where another sees several: one down at most.
        dots = names.count("..")
        depth += -dots if dots else bool(names)
        if depth < 0:
            return True
    return False


def has_dots(tail: str) -> bool:
    """Whether a segment of a tail's path is `..` for any server, as `climbs` reads it."""
    return _MAY_HAVE_DOTS.search(tail) is not None and ".." in _segments(tail)


def within(tail: str, prefix: str) -> bool:
    """Whether a tail is at or below `prefix`, by whole segments and as spelt, and does not climb out again.

    Another spelling of the prefix (percent-encoded, other case) does not count as within.
    """
    path = tail.partition("?")[0]
    root = "/" + prefix.strip("/") if prefix.strip("/") else ""
    rest = path.removeprefix(root)
    return path.startswith(root) and rest[:1] in ("", "/") and not climbs(rest)


def _unquote(text: str) -> str:
    bare = text.strip(" \t\r\n")
    return bare[1:-1].strip() if len(bare) > 1 and bare[0] + bare[-1] in _QUOTES else bare


def _segments(tail: str) -> list[str]:
    """The segments of a tail's path that have a depth; what servers undo, cut, strip off or pass over (`%252e`,
    `..;x`, `..#`, `..%00`, `..%20`, `.%0d.`, overlong UTF-8, dots of full width) hides no dots."""
    path = tail.partition("?")[0]
    plain = undo(path) if "%" in path or not path.isascii() else path
    names = map(_bare, plain.replace("\\", "/").split("/"))
    return [name for name in names if name not in ("", ".")]


def _bare(segment: str) -> str:
    """A segment without what a server may cut off or pass over; of two readings the one that climbs."""
    cut = _CUT.split(segment)[0].strip(_STRIPPED)
    seen = _CUT.split("".join(char for char in segment if char.isprintable() and char != " "))[0]
    return seen if seen in ("", ".", "..") else cut


def _split_scheme(text: str) -> tuple[Scheme | None, str]:
    match = _SCHEME.match(text)
    if match is None:
        if mistyped := _MISTYPED_SCHEME.match(text):
            meant = f"{mistyped[1].lower()}://{text[mistyped.end() :]}"
            raise _wrong(text, f"begins with {mistyped[0]}", f"write {meant[:100]}")
        return None, text
    scheme = match[1].lower()
    if scheme not in DEFAULT_PORTS:
        raise _wrong(text, f"begins with {match[0]}", "use http:// or https://")
    return cast(Scheme, scheme), text[match.end() :]


def _split_authority(text: str, authority: str, bare_port: bool) -> tuple[str, str | None]:
    """Host (empty for a bare port) and the port's text, None where there is none."""
    if bare_port and authority.isdigit():
        return "", authority
    if authority.startswith("["):
        return _split_bracketed(text, authority)
    host, colon, port = authority.partition(":")
    if ":" in port:
        raise _wrong(text, "has more than one colon", "put an IPv6 address in brackets, such as [::1]:3000")
    if not host and not (bare_port and port):
        raise _wrong(text, "has no host", FORMS)
    if host and not _NAME.fullmatch(host):
        raise _wrong(text, f"has a host name that cannot be one: {host!r}", FORMS)
    if host.isdigit():
        raise _wrong(text, "has a host that is only a number", f"for a port write {host}, or localhost:{host}")
    return host, port if colon else None


def _split_bracketed(text: str, authority: str) -> tuple[str, str | None]:
    address, bracket, rest = authority[1:].partition("]")
    try:
        ipaddress.IPv6Address(address)
    except ValueError:
        raise _wrong(text, "has no IPv6 address in its brackets", "write it as in [::1]:3000") from None
    if not bracket or "%" in address or (rest and not rest.startswith(":")):
        raise _wrong(text, "has brackets that make no sense", "write it as in [::1]:3000")
    return address, rest[1:] if rest else None


def _parse_port(text: str, port: str) -> int:
    number = int(port) if port.isdigit() and len(port) <= 5 else 0
    if not 1 <= number <= 65535:
        raise _wrong(text, f"has the port {port!r}", "a port is a number from 1 to 65535")
    return number


def _default_port(text: str, scheme: Scheme | None) -> int:
    if scheme is None:
        raise _wrong(text, "has no port", FORMS)
    return DEFAULT_PORTS[scheme]


def _wrong(text: str, what: str, remedy: str) -> InputError:
    return InputError(f"the handler {text[:100]!r} {what}", remedy)
