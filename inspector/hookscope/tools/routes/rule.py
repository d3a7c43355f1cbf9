"""A route, and what becomes of a delivery that takes it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from hookscope.attempts.route import Route, route
from hookscope.model.edits import dress, undress
from hookscope.model.handler import Handler, has_dots, within
from hookscope.model.pace import UNBOUND, Pace
from hookscope.model.senders import Network
from hookscope.tools.filters.arrival import EVERY_DELIVERY, ArrivalFilter
from hookscope_relay.delivery import Delivery, Headers

# The route of what no other takes: the handler that the session has beside its routes.
REST = "handler"

_WORD = re.compile(r"[A-Za-z0-9]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteRule:
    """One route as the user wrote it. `match` is the filter's text; `path` takes the place of the delivery's whole
    path, `strip_prefix` is cut off it; `answers` says that its handler answers the sender where several match."""

    name: str
    handler: Handler
    match: str = ""
    filter: ArrivalFilter = EVERY_DELIVERY
    strip_prefix: str = ""
    path: str = ""
    host: str = ""
    set_headers: Headers = ()
    timeout_s: float | None = None
    only_path: str = ""
    only_methods: tuple[str, ...] = ()
    pace: Pace = UNBOUND
    answers: bool = False

    def rewrite(self, delivery: Delivery) -> Delivery:
        """The delivery as this route sends it; itself where nothing is rewritten."""
        target = self._target(delivery.target)
        headers = dress(delivery.headers, self.set_headers)
        if target == delivery.target and headers is delivery.headers:
            return delivery
        trailers = undress(delivery.trailers, self.set_headers)
        return replace(delivery, target=target, headers=headers, trailers=trailers)

    def where(
        self, original: Delivery, sent: Delivery, endpoint: str, only_path: str = "", only_from: Sequence[Network] = ()
    ) -> Route:
        """Where at the handler a delivery goes, as it was `rewrite`n; closed where the user did not open it."""
        found = route(sent, self.handler, endpoint, self.only_path or only_path, only_from)
        if not found.is_open:
            if not self.only_path:
                return found
            own = f"only-path {self.only_path} of the route {self.name}"
            return Route(found.target, found.reason.replace(f"--only-path {self.only_path}", own))
        if has_dots(original.target):
            return Route(found.target, f"The path leads upwards (..), and the route {self.name} was chosen by it.")
        if self.only_methods and original.method not in self.only_methods:
            allowed = ", ".join(self.only_methods)
            return Route(found.target, f"The route {self.name} takes {allowed} only: not forwarded.")
        return found

    def _target(self, target: str) -> str:
        path, mark, query = target.partition("?")
        if self.path:
            return self.path + mark + query
        if self.strip_prefix and within(target, self.strip_prefix):
            return path[len(self.strip_prefix.rstrip("/")) :] + mark + query
        return target


def name_for(match: str, taken: Sequence[str]) -> str:
    """A name for a route that has none: out of its filter's first value, other than those that are taken."""
    words = _WORD.findall(_value(match))
    wanted = "-".join(words[:3])[:40].lower() or "all"
    name, number = wanted, 1
    while name in taken:
        number += 1
        name = f"{wanted}-{number}"
    return name


def _value(match: str) -> str:
    first = match.split(" ", 1)[0] if match else ""
    return first.partition(":")[2] or first
