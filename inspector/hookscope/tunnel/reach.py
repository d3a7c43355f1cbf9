"""What reaching a relay means: which are on this machine, through which proxy, and why one was not reached,
in a few plain words."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from urllib.parse import urlsplit

from websockets.exceptions import ConnectionClosed, InvalidProxy, InvalidProxyStatus, ProxyError
from websockets.proxy import get_proxy
from websockets.uri import parse_uri

OPEN_WITHIN_S = 10.0
PROXY_REMEDY = "check HTTPS_PROXY and NO_PROXY, and what the proxy lets through"
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})

# The first that fits says it: the order is from the special to the general.
REASONS: tuple[tuple[type[BaseException], Callable[[BaseException], str]], ...] = (
    (TimeoutError, lambda _: f"no answer within {OPEN_WITHIN_S:.0f} s"),
    (ConnectionRefusedError, lambda _: "connection refused"),
    (
        ssl.SSLCertVerificationError,
        lambda error: f"its certificate is not trusted ({getattr(error, 'verify_message', '')})",
    ),
    (InvalidProxyStatus, lambda error: f"the proxy answered {getattr(error, 'response').status_code}"),  # noqa: B009
    (ProxyError, lambda _: "the proxy does not speak HTTP"),
    (InvalidProxy, lambda _: "that is no address of a proxy"),
    (ImportError, lambda _: "a SOCKS proxy needs the package python-socks"),
    (ssl.SSLError, lambda _: "no TLS connection can be made"),
    # Where the other end closes before the handshake has begun.
    (ConnectionClosed, lambda _: "it hung up"),
    (OSError, lambda error: (getattr(error, "strerror", "") or str(error) or type(error).__name__).lower()),
)


def is_loopback(relay: str) -> bool:
    """Whether a relay's origin names this machine."""
    return (urlsplit(relay).hostname or "") in LOOPBACK


def proxy_of(relay: str) -> str:
    """The proxy through which a relay is dialled, as HTTPS_PROXY, NO_PROXY and their like say; empty for none,
    and always on this machine."""
    return "" if is_loopback(relay) else get_proxy(parse_uri("ws" + relay.removeprefix("http"))) or ""


def through(relay: str) -> str:
    """The words that name the proxy in the way to a relay, without its credentials; empty for none."""
    proxy = proxy_of(relay)
    scheme, _, place = proxy.rpartition("://")
    return f" through the proxy {scheme or 'http'}://{place.rpartition('@')[2]}" if proxy else ""


def describe(error: BaseException) -> str:
    """A connection error in a few plain words."""
    for kind, render in REASONS:
        if isinstance(error, kind):
            return render(error)
    return "it hung up" if isinstance(error.__cause__, EOFError) else "it does not speak WebSocket"
