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


RULES: tuple[Rule, ...] = (
    *explained("body"),
    too_large,
)
