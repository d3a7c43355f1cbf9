"""What the body is: type, charset, encoding, syntax, and the fields that a handler wants."""

from __future__ import annotations

from hookscope.diagnosis.case import Case
from hookscope.diagnosis.readings import Reading
from hookscope.diagnosis.rule import Rule, explained, explains


def _broken(case: Case) -> str:
    own = "; answer 400, not 500, to such a body" if case.answer is not None and case.answer.status >= 500 else ""
    if case.request.state != "broken":
        return f"Look at what the parser says of the place{own}"
    why, at = case.request.json_error
    return f"The body breaks at byte {at}: {why}{own or '; correct it at the sender'}"


@explains(
    "media.type",
    "unsupported-media-type",
    "{who} does not take this Content-Type",
    examples=(
        "Flask: request.get_json() with text/plain answers 415",
        "FastAPI answers 422",
    ),
)
def type(case: Case, reading: Reading) -> str:
    """The Content-Type is not one that the route parses.

    Sees: a 415, or what a framework does without a parser for the type.
    Why: the body is never parsed; the handler sees nothing or raises.
    Do: send application/json, or let the handler read the raw body.
    """
    return f"Let the route take {case.request.media or 'a body without Content-Type'}, or read the raw body"


@explains(
    "media.charset",
    "unsupported-charset",
    "{who} does not know the charset",
    examples=("express.json(): unsupported charset",),
)
def charset(case: Case, reading: Reading) -> str:
    """The Content-Type names a charset that the parser does not know.

    Sees: a 415 with these words, and the charset in the request.
    Why: the body is never parsed.
    Do: send UTF-8.
    """
    return f"Send UTF-8; this delivery says charset={case.request.charset or '?'}"


@explains(
    "media.bad-json",
    "bad-json",
    "{who} cannot parse the body as JSON",
    examples=(
        "express.json(): Unexpected end of JSON input",
        "Django: JSONDecodeError becomes 500",
    ),
)
def bad_json(case: Case, reading: Reading) -> str:
    """The body is not valid JSON, or was cut.

    Sees: the parser's words, or a 400 or 500 while the body is broken.
    Why: this is a problem of the payload, not of access.
    Do: look at the byte where it breaks; answer 400, not 500.
    """
    return _broken(case)


RULES: tuple[Rule, ...] = (
    *explained("media"),
    type,
    charset,
    bad_json,
)
