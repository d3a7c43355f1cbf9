"""What reaching a relay means: which are on this machine, and why one was not reached, in a few plain words."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from urllib.parse import urlsplit

OPEN_WITHIN_S = 10.0
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})

# The first that fits says it: the order is from the special to the general.
REASONS: tuple[tuple[type[BaseException], Callable[[BaseException], str]], ...] = (
    (TimeoutError, lambda _: f"no answer within {OPEN_WITHIN_S:.0f} s"),
    (ConnectionRefusedError, lambda _: "connection refused"),
    (
        ssl.SSLCertVerificationError,
        lambda error: f"its certificate is not trusted ({getattr(error, 'verify_message', '')})",
    ),
    (ssl.SSLError, lambda _: "no TLS connection can be made"),
    (OSError, lambda error: (getattr(error, "strerror", "") or str(error) or type(error).__name__).lower()),
)


def is_loopback(relay: str) -> bool:
    """Whether a relay's origin names this machine."""
    return (urlsplit(relay).hostname or "") in LOOPBACK


def describe(error: BaseException) -> str:
    """A connection error in a few plain words."""
    for kind, render in REASONS:
        if isinstance(error, kind):
            return render(error)
    return "it hung up" if isinstance(error.__cause__, EOFError) else "it does not speak WebSocket"
