"""The route that a capture took, by what its attempt says was sent: for when the routes themselves are not at hand."""

from __future__ import annotations

from dataclasses import replace

from hookscope.forward.request import FORWARDED_NAMES, OURS
from hookscope.model.capture import Capture, SentRequest
from hookscope.model.handler import Handler
from hookscope.tools.routes.rule import RouteRule
from hookscope_relay.delivery import HOP_BY_HOP, Delivery, Headers, header

# Headers that a request has by itself.
OWN = HOP_BY_HOP | FORWARDED_NAMES | {"host", "content-length", "x-forwarded-prefix"}


def past_rule(capture: Capture, handler: Handler) -> RouteRule:
    """A route to a handler that rewrites what it is given as the attempt that counts was rewritten; one that rewrites
    nothing where that took no route, or was changed otherwise."""
    last = capture.outcome
    if last is None or not last.route or last.request is None or last.request.body != capture.delivery.body:
        return RouteRule(name="", handler=handler)
    before, sent = capture.delivery, last.request
    cut, lead = _ends(_path(before.target), _path(sent.target))
    if last.handler_url != handler.origin + sent.target:
        cut, lead = "", handler.path
    return RouteRule(
        name=last.route,
        handler=replace(handler, path=lead),
        strip_prefix=cut,
        host=_host(before, sent, handler),
        set_headers=_set_headers(before, sent),
    )


def _path(target: str) -> str:
    return target.partition("?")[0]


def _ends(before: str, after: str) -> tuple[str, str]:
    """What stands before the segments that two paths end with alike."""
    one, other = before.split("/"), after.split("/")
    alike = 0
    while alike < min(len(one), len(other)) - 1 and one[-1 - alike] == other[-1 - alike]:
        alike += 1
    return "/".join(one[: len(one) - alike]), "/".join(other[: len(other) - alike])


def _host(before: Delivery, sent: SentRequest, handler: Handler) -> str:
    host = header(sent.headers, "host") or ""
    return "" if host in (handler.host_header, header(before.headers, "host")) else host


def _set_headers(before: Delivery, sent: SentRequest) -> Headers:
    known = {(name.lower(), value) for name, value in before.headers}
    return tuple(
        (name, value)
        for name, value in sent.headers
        if (lower := name.lower()) not in OWN and not lower.startswith(OURS) and (lower, value) not in known
    )
