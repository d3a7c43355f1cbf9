"""Where samples go: a handler as a user types it, or an endpoint's public URL,
and whether that may be on another machine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from hookscope.config.endpoint_keys import load, names
from hookscope.model.handler import Handler, parse_handler
from hookscope_relay.errors import InputError
from hookscope_relay.hosts import origin_and_prefix, parse_public_url
from hookscope_relay.keys.endpoint_key import ENDPOINT_ID


@dataclass(frozen=True, slots=True)
class Destination:
    """Where to send.

    `is_endpoint` says that it is the public URL of an endpoint of ours, `is_own_relay` that it is at the configured
    relay.
    """

    handler: Handler
    is_endpoint: bool = False
    is_own_relay: bool = False

    @property
    def url(self) -> str:
        """The URL that a sender calls, with a path."""
        return self.handler.origin + (self.handler.path or "/")


def find_destination(to: str, relay: str, endpoint: str, keys: Path) -> Destination:
    """The handler or URL `to`; else the public URL of the named endpoint at the relay.

    `keys` is the directory of endpoint keys.

    `InputError` where nothing says where to send, or there is no such endpoint.
    """
    if to:
        handler = parse_handler(to)
        is_endpoint = _is_own_endpoint(handler, keys)
        return Destination(handler, is_endpoint, is_endpoint and _is_at(handler, relay))
    if not relay:
        raise InputError(
            "nothing says where to send", "name the handler with --to, such as --to 3000/webhooks, or a --relay"
        )
    ring = load(keys, endpoint)
    if ring is None:
        raise InputError(f"there is no endpoint {endpoint!r}", f"make it with `hookscope endpoint make {endpoint}`")
    return Destination(parse_handler(f"{parse_public_url(relay)}/{ring.current.id}"), True, True)


def _is_own_endpoint(handler: Handler, keys: Path) -> bool:
    """Whether a part of a URL's path, or the first of its host, is the id of an endpoint whose key is here."""
    parts = {*handler.path.split("/"), handler.host.partition(".")[0].lower()}
    wanted = {part for part in parts if ENDPOINT_ID.fullmatch(part)}
    if not wanted:
        return False
    rings = [load(keys, name) for name in names(keys)]
    return any(ring is not None and ring.current.id in wanted for ring in rings)


def _is_at(handler: Handler, relay: str) -> bool:
    """Whether a URL is at a relay, below its path, or on a subdomain of it, by the same scheme."""
    if not relay:
        return False
    origin, prefix = origin_and_prefix(parse_public_url(relay))
    scheme, _, host = origin.partition("://")
    if handler.scheme != scheme or not f"{handler.path}/".startswith(f"{prefix}/"):
        return False
    return host in (handler.host_header, "" if prefix else handler.host_header.partition(".")[2])
