"""The size and form of the request: what parsers and limits refuse."""

from __future__ import annotations

from hookscope.diagnosis.case import Case
from hookscope.diagnosis.readings import Reading
from hookscope.diagnosis.rule import Rule, explained, explains


@explains(
    "body.too-large",
    "body-too-large",
    "{who} refuses the size of the body",
    examples=(
        "express.json() answers 413 over 100 kB",
        "Django answers 400, Caddy 502",
    ),
)
def too_large(case: Case, reading: Reading) -> str:
    """The body is larger than a limit.

    Sees: a 413, or the form that it wears elsewhere, and the size of the body.
    Why: the handler did not run; a retry is as large.
    Do: raise the limit for the webhook's path.
    """
    return f"Raise the body limit for this path: the delivery has {case.request.size} bytes"


@explains(
    "body.cut-off",
    "request-cut-off",
    "The request broke off before it was whole, and so it did at the handler",
    examples=("a sender that hangs up in the middle of a streamed request",),
    severity="warning",
)
def cut_off(case: Case, reading: Reading) -> str:
    """A request that was handed over while it arrived did not come to its end.

    Sees: the failure kind `cut-off`, of a session with `--stream-requests`.
    Why: the handler had a part of it, and never its end: a server tells that as an aborted request.
    Do: see that the handler lets go of what it began; what the capture holds is not handed over again.
    """
    if case.delivery.broken:
        return "Let the handler undo what it began, and the sender send it again: what came of it is not handed over"
    return "Let the handler undo what it began; the whole of it is kept, and a replay hands it over"


RULES: tuple[Rule, ...] = (
    *explained("body"),
    too_large,
    cut_off,
)
