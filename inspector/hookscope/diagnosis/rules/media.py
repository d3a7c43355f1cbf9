"""What the body is: type, charset, encoding, syntax, and the fields that a handler wants."""

from __future__ import annotations

from hookscope.diagnosis.case import Case
from hookscope.diagnosis.readings import Reading
from hookscope.diagnosis.rule import Rule, explains


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
    "media.encoding",
    "unsupported-encoding",
    "{who} cannot unpack the Content-Encoding",
    examples=("express.json(): unsupported content encoding",),
)
def encoding(case: Case, reading: Reading) -> str:
    """The body is compressed in a way that the server does not know.

    Sees: a 415 or 400 with these words, and Content-Encoding in the request.
    Why: the body is never parsed.
    Do: send the body uncompressed, or unpack it in front of the parser.
    """
    return "Send the body uncompressed, or unpack it before it is parsed"


@explains(
    "media.not-acceptable",
    "not-acceptable",
    "{who} has no answer in a form that the sender accepts",
    examples=("Rails answers 406 to a format that the action does not know",),
)
def not_acceptable(case: Case, reading: Reading) -> str:
    """The sender's Accept, or the format in the path, has no counterpart.

    Sees: a 406.
    Why: providers send Accept of their own.
    Do: answer any format in the webhook's action.
    """
    return "Answer any format in the webhook's action"


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


@explains(
    "media.empty-body",
    "empty-body",
    "{who} got an empty body",
    examples=("Fastify: Body cannot be empty when content-type is set to application/json",),
)
def empty_body(case: Case, reading: Reading) -> str:
    """The delivery has no body, and the parser wants one.

    Sees: the parser's words.
    Why: the sender forgot the body, or a proxy in between lost it (a followed redirect does).
    Do: send the body; look for a redirect in between.
    """
    return "Send the body; a followed 301 or 302 loses it"


@explains(
    "media.parser-missing",
    "body-parser-missing",
    "Your handler reads a body that nobody parsed",
    examples=("Express: Cannot read properties of undefined (reading 'type')",),
)
def parser_missing(case: Case, reading: Reading) -> str:
    """The handler uses the parsed body, and no parser ran.

    Sees: an exception about a property of undefined in the handler.
    Why: express.json() is missing, comes after the route, or does not match the Content-Type.
    Do: add the parser in front of the route.
    """
    return "Add the body parser (express.json()) in front of the route"


@explains(
    "media.validation",
    "validation-error",
    "{who} refuses the payload's fields",
    examples=(
        "FastAPI answers 422 with `loc`",
        "Laravel's validate() answers 302 to /",
    ),
)
def validation(case: Case, reading: Reading) -> str:
    """The payload does not match the schema that the handler declares.

    Sees: a 400 or 422 that names fields; Laravel's redirect to where it came from.
    Why: the schema is too strict, or made for another version of the event.
    Do: declare only the fields that are needed, and allow unknown ones.
    """
    return "Declare only the fields that the handler needs, and allow unknown ones"


@explains(
    "media.missing-field",
    "missing-field",
    "Your handler reads a field that is not there",
    examples=(
        "Flask: request.form['payload'] on a JSON body",
        "Rails: param is missing",
    ),
)
def missing_field(case: Case, reading: Reading) -> str:
    """The handler takes a field for granted.

    Sees: the exception or message for a missing key.
    Why: a form is read where JSON was sent, or an event without the field came.
    Do: parse the body as what it is, and treat the field as optional.
    """
    return "Parse the body as what it is (JSON, not a form), and treat the field as optional"


RULES: tuple[Rule, ...] = (
    type,
    charset,
    encoding,
    not_acceptable,
    bad_json,
    empty_body,
    parser_missing,
    validation,
    missing_field,
)
