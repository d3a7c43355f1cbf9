"""The proxies that stand in front of relays: how each is known by its answers, and the lines with which it passes
WebSocket upgrades on.

Sources: each program's own documentation; `tests/matrix` drives the programs with these lines.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Front:
    """A proxy. `mark` is found in its `Server` or `Via`; `place` says where the lines belong."""

    name: str
    mark: re.Pattern[str]
    place: str
    lines: tuple[str, ...]

    @property
    def advice(self) -> str:
        """Where to put which lines, in a few words."""
        return f"{self.name}, {self.place}: {' '.join(self.lines)}"


FRONTS = (
    # nginx.org/en/docs/http/websocket.html
    Front(
        "nginx",
        re.compile(r"\b(nginx|openresty|tengine)\b", re.IGNORECASE),
        "in the location of the relay's proxy_pass",
        (
            "proxy_http_version 1.1;",
            "proxy_set_header Upgrade $http_upgrade;",
            'proxy_set_header Connection "upgrade";',
        ),
    ),
    # httpd.apache.org/docs/2.4/mod/mod_proxy.html#protoupgrade (2.4.47 and newer)
    Front(
        "Apache",
        re.compile(r"\bApache\b(?!-)", re.IGNORECASE),
        "at the end of the relay's ProxyPass, with mod_proxy_http",
        ("upgrade=websocket",),
    ),
    # caddyserver.com/docs/caddyfile/directives/reverse_proxy
    Front(
        "Caddy",
        re.compile(r"\bCaddy\b", re.IGNORECASE),
        "in the block of the relay's reverse_proxy, and no header_up for Upgrade or Connection",
        ("transport http {", "versions 1.1", "}"),
    ),
    # doc.traefik.io/traefik/user-guides/websocket, which needs no line; a middleware can still take the headers out
    Front(
        "Traefik",
        re.compile(r"\btraefik\b", re.IGNORECASE),
        "in the relay's service, and no middleware that sets Upgrade or Connection",
        ('loadBalancer: {servers: [{url: "http://RELAY:7420"}]}',),
    ),
    # docs.haproxy.org: server option "ws", and "timeout tunnel"
    Front(
        "HAProxy",
        re.compile(r"\bhaproxy\b", re.IGNORECASE),
        "at the end of the relay's server line, and no del-header for Upgrade or Connection",
        ("ws h1",),
    ),
)


def upgrade_remedy(marks: str) -> str:
    """What to do about a proxy that drops upgrades; `marks` are its `Server` and `Via`, which may name it."""
    known = [front for front in FRONTS if front.mark.search(marks)]
    told = "; ".join(front.advice for front in known or FRONTS)
    return f"let it pass Upgrade and Connection on, over HTTP/1.1. {told}"
