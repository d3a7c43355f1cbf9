"""Why a forward has no answer, while it runs: the one error of this package,
and what the system's errors mean in plain words."""

from __future__ import annotations

import errno
from collections.abc import Sequence

from hookscope.model.capture import Failure, FailureKind
from hookscope.model.containers import INSIDE

_RESET = frozenset({errno.ECONNRESET, errno.ECONNABORTED, errno.EPIPE, errno.ETIMEDOUT})

NOTHING_LISTENS_NOW = "nothing listens there any more"


class ForwardError(Exception):
    """Raised inside the package where an attempt cannot have an answer; `failure` is what the caller is given."""

    def __init__(self, kind: FailureKind, detail: str) -> None:
        self.failure = Failure(kind=kind, detail=detail)
        super().__init__(detail)


def connecting_failed(
    tries: Sequence[tuple[str, OSError]], beside: str = "", *, in_container: bool = False
) -> ForwardError:
    """No address took a connection: one error for all tries, each an address and what the system said of it.

    `beside` is where one would be taken; `in_container` that the addresses are a container's own.
    """
    refused = [where for where, error in tries if isinstance(error, ConnectionRefusedError)]
    if refused:
        but = f", but something does on {beside}" if beside else INSIDE if in_container else ""
        return ForwardError("refused", f"nothing listens on {' or '.join(refused)}{but}")
    where, error = tries[0]
    kind: FailureKind = "timeout" if isinstance(error, TimeoutError) else "refused"
    return ForwardError(kind, f"no connection to {where} can be made ({words(error)})")


def reading_failed(error: OSError, where: str, how_far: str) -> ForwardError:
    """A connection that broke while an answer was awaited."""
    if error.errno in _RESET:
        return ForwardError("reset", f"{where} reset the connection {how_far}")
    return ForwardError("reset", f"the connection to {where} broke {how_far} ({words(error)})")


def words(error: OSError) -> str:
    """What the system says about an error, without numbers."""
    return (error.strerror or str(error) or type(error).__name__).lower()
