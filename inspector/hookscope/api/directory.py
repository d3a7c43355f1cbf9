"""The directory of APIs: those known by name, and those that a person names with a URL."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources

import msgspec

from hookscope_relay.errors import InputError
from hookscope_relay.hosts import split_url

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
NAME = re.compile(r"[a-z][a-z0-9-]{0,31}")
_SEGMENT = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """One API. `base` is scheme, host, port and path prefix, with one `{}` where the first segment of the target names
    the host.

    `limit` is how many calls a second one token may make on average (0: not documented so), `version` the header that
    names the version, `schemes` the words before a token in Authorization that it takes (an empty one: the bare token),
    `tokens` the kinds of tokens that it takes (empty: not known), `open` the beginnings of paths that want none.
    `secrets` are the variables that a token is looked for in, `who` (with the body `ask`) the call that says whose it
    is, in the fields `whose`; `current` a version that all endpoints have, `object` where an object of a delivery is
    asked for.
    """

    name: str
    base: str
    title: str = ""
    variables: tuple[str, ...] = ()
    client: tuple[str, ...] = ()
    limit: float = 0.0
    version: str = ""
    schemes: tuple[str, ...] = ("bearer", "basic")
    tokens: tuple[str, ...] = ()
    open: tuple[str, ...] = ()
    source: str = ""
    secrets: tuple[str, ...] = ()
    who: str = ""
    whose: tuple[str, ...] = ()
    ask: str = ""
    current: str = ""
    object: str = ""

    def place(self, target: str) -> tuple[str, str] | None:
        """Base and target of what was asked for behind the API's name; None where the segment that names the host is
        none."""
        if "{}" not in self.base:
            return self.base, target
        segment, _, rest = target.lstrip("/").partition("/")
        return (self.base.format(segment), f"/{rest}") if _SEGMENT.fullmatch(segment) else None

    def owns(self, host: str) -> bool:
        """Whether a host is the API's."""
        base = split_url(self.base.replace("{}", "_"))
        own = (base and base.hostname) or ""
        if "{}" not in self.base:
            return host.lower() == own
        return host.lower().endswith(own.removeprefix("_")) and bool(_SEGMENT.fullmatch(host.lower()[: -len(own) + 1]))


@cache
def known_apis() -> Mapping[str, Api]:
    """The APIs that are known by name."""
    table = tomllib.loads((resources.files("hookscope.api") / "apis.toml").read_text("utf-8"))
    return {name: msgspec.convert({**row, "name": name}, Api) for name, row in table.items()}


def api_of_host(host: str) -> Api | None:
    """The known API that a host belongs to."""
    return next((api for api in known_apis().values() if api.owns(host)), None)


def parse_apis(wanted: Iterable[str]) -> dict[str, Api]:
    """The APIs that `--api` names, each `notion` or `NAME=URL`; `InputError` for what is neither."""
    return {api.name: api for api in map(_parse, wanted)}


def _parse(text: str) -> Api:
    name, equals, url = text.partition("=")
    known = known_apis().get(name)
    if not equals:
        if known is None:
            raise InputError(
                f"--api: no API is known as {name!r}", f"name one of {', '.join(known_apis())}, or NAME=URL"
            )
        return known
    if not NAME.fullmatch(name):
        raise InputError(
            f"--api: {name!r} is no name", "use lower-case letters, digits and dashes, such as erp=https://…"
        )
    base = _base(url)
    return replace(known, base=base) if known else Api(name=name, base=base, title=name)


def _base(url: str) -> str:
    remedy = "give an https URL without user, query and fragment, such as https://api.example.com"
    parts = split_url(url)
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
        raise InputError(f"--api: {url[:200]!r} is no URL of an API", remedy)
    if parts.username is not None or parts.query or parts.fragment:
        raise InputError("--api: a URL of an API has no user, query or fragment", remedy)
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        raise InputError(
            f"--api: {parts.hostname} would get tokens over plain http", "use https://, or a server on this machine"
        )
    return url.rstrip("/")
