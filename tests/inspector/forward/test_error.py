from __future__ import annotations

import errno
import ssl

import pytest

from hookscope.forward.error import connecting_failed, reading_failed
from hookscope.model.capture import Failure

REFUSED = ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused")
UNREACHABLE = OSError(errno.ENETUNREACH, "Network is unreachable")


@pytest.mark.parametrize(
    ("tries", "kind", "detail"),
    [
        ([("127.0.0.1:1", REFUSED)], "refused", "nothing listens on 127.0.0.1:1"),
        ([("127.0.0.1:1", REFUSED), ("[::1]:1", REFUSED)], "refused", "nothing listens on 127.0.0.1:1 or [::1]:1"),
        ([("127.0.0.1:1", REFUSED), ("[::1]:1", UNREACHABLE)], "refused", "nothing listens on 127.0.0.1:1"),
        (
            [("192.0.2.1:1", UNREACHABLE)],
            "refused",
            "no connection to 192.0.2.1:1 can be made (network is unreachable)",
        ),
        (
            [("192.0.2.1:1", TimeoutError(errno.ETIMEDOUT, "Connection timed out"))],
            "timeout",
            "no connection to 192.0.2.1:1 can be made (connection timed out)",
        ),
        ([("192.0.2.1:1", OSError())], "refused", "no connection to 192.0.2.1:1 can be made (oserror)"),
    ],
)
def test_what_the_system_says_of_all_tries_becomes_one_sentence(
    tries: list[tuple[str, OSError]], kind: str, detail: str
) -> None:
    assert connecting_failed(tries).failure == Failure(kind=kind, detail=detail)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("error", "detail"),
    [
        (ConnectionResetError(errno.ECONNRESET, "Connection reset"), "h:1 reset the connection without an answer"),
        (BrokenPipeError(errno.EPIPE, "Broken pipe"), "h:1 reset the connection without an answer"),
        (OSError(errno.EHOSTDOWN, "Host is down"), "the connection to h:1 broke without an answer (host is down)"),
        (ssl.SSLError(1, "bad record mac"), "the connection to h:1 broke without an answer (bad record mac)"),
    ],
)
def test_a_connection_that_broke_is_a_reset(error: OSError, detail: str) -> None:
    assert reading_failed(error, "h:1", "without an answer").failure == Failure(kind="reset", detail=detail)
