"""What reaching a relay means: which are on this machine, through which proxy, and why one was not reached,
in a few plain words."""

from __future__ import annotations

import ssl
from collections.abc import Callable

from websockets.exceptions import ConnectionClosed, InvalidProxy, InvalidProxyStatus, ProxyError
from websockets.http11 import Response
from websockets.proxy import get_proxy
from websockets.uri import parse_uri

from hookscope_relay.hosts import split_url

OPEN_WITHIN_S = 10.0
PROXY_WANTS_CREDENTIALS = 407
CERTIFICATE_REMEDY = (
    "name the authority that signed it with --relay-ca FILE, or SSL_CERT_FILE=FILE for every command; a company's proxy"
    " that opens TLS has one of its own"
)
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})

# The first that fits says it: the order is from the special to the general.
REASONS: tuple[tuple[type[BaseException], Callable[[BaseException], str]], ...] = (
    (TimeoutError, lambda _: f"no answer within {OPEN_WITHIN_S:.0f} s"),
    (ConnectionRefusedError, lambda _: "connection refused"),
    (
        ssl.SSLCertVerificationError,
        lambda error: f"its certificate is not trusted ({getattr(error, 'verify_message', '')})",
    ),
    (InvalidProxyStatus, lambda error: _answered(getattr(error, "response"))),  # noqa: B009
    (ProxyError, lambda _: "the proxy does not speak HTTP"),
    (InvalidProxy, lambda _: "that is no address of a proxy"),
    (ImportError, lambda _: "a SOCKS proxy needs the package python-socks"),
    (ssl.SSLError, lambda _: "no TLS connection can be made"),
    # Where the other end closes before the handshake has begun.
    (ConnectionClosed, lambda _: "it hung up"),
    (OSError, lambda error: (getattr(error, "strerror", "") or str(error) or type(error).__name__).lower()),
)


# What a proxy means by its answer to CONNECT.
PROXY_ANSWERS = {
    403: "the proxy does not let this through (403)",
    405: "the proxy does not let CONNECT through (405)",
    502: "the proxy cannot reach it (502)",
    503: "the proxy cannot reach it (503)",
    504: "the proxy got no answer from it (504)",
}
SCHEMES_SPOKEN = "basic"


def is_loopback(relay: str) -> bool:
    """Whether a relay's address names this machine."""
    parts = split_url(relay)
    return parts is not None and parts.hostname in LOOPBACK


def proxy_of(relay: str) -> str:
    """The proxy through which a relay is dialled, as HTTPS_PROXY, NO_PROXY and their like say; empty for none,
    and always on this machine."""
    return "" if is_loopback(relay) else get_proxy(parse_uri("ws" + relay.removeprefix("http"))) or ""


def remedy_for(error: BaseException, relay: str) -> str:
    """What to do about a relay that was not reached."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return CERTIFICATE_REMEDY
    if not (proxy := proxy_of(relay)):
        return "check --relay and the network; behind a company's proxy, set HTTPS_PROXY"
    if isinstance(error, InvalidProxyStatus) and error.response.status_code == PROXY_WANTS_CREDENTIALS:
        offered = _offered(error.response)
        if offered and SCHEMES_SPOKEN not in offered:
            return (
                f"it takes {' or '.join(offered)} only, and hookscope speaks {SCHEMES_SPOKEN}: run a local proxy that"
                " signs in (cntlm, px) and name that one in HTTPS_PROXY"
            )
        return (
            "give them as HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT, with what is no letter or digit percent-encoded"
            " (@ is %40)"
        )
    if isinstance(error, ImportError):
        return f"pip install 'hookscope[socks]', or name an http:// proxy in HTTPS_PROXY in the place of {_bare(proxy)}"
    return "check HTTPS_PROXY and NO_PROXY, and what the proxy lets through"


def through(relay: str) -> str:
    """The words that name the proxy in the way to a relay, without its credentials; empty for none."""
    proxy = proxy_of(relay)
    return f" through the proxy {_bare(proxy)}" if proxy else ""


def _bare(proxy: str) -> str:
    """A proxy's address without its credentials."""
    scheme, _, place = proxy.rpartition("://")
    return f"{scheme or 'http'}://{place.rpartition('@')[2]}"


def _answered(response: Response) -> str:
    """What a proxy's answer to CONNECT means."""
    status = response.status_code
    if status == PROXY_WANTS_CREDENTIALS:
        return "the proxy wants credentials (407)"
    return PROXY_ANSWERS.get(status, f"the proxy answered {status}")


def _offered(response: Response) -> list[str]:
    """The schemes of credentials that a proxy takes, in lower case."""
    challenges = response.headers.get_all("Proxy-Authenticate")
    return list(dict.fromkeys(one.split(" ")[0].lower() for one in challenges if one))


def describe(error: BaseException) -> str:
    """A connection error in a few plain words."""
    for kind, render in REASONS:
        if isinstance(error, kind):
            return render(error)
    return "it hung up" if isinstance(error.__cause__, EOFError) else "it does not speak WebSocket"
