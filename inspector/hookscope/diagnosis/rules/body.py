"""The size and form of the request: what parsers and limits refuse."""

from __future__ import annotations

from hookscope.diagnosis.case import Case
from hookscope.diagnosis.readings import Reading
from hookscope.diagnosis.rule import Rule, explains


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
    "body.header-too-large",
    "header-too-large",
    "{who} refuses the size of the headers",
    examples=(
        "node answers 431",
        "nginx: Request Header Or Cookie Too Large",
    ),
)
def header_too_large(case: Case, reading: Reading) -> str:
    """A header, or all of them together, are larger than a limit.

    Sees: a 431 or 400 with these words, and a long header in the request.
    Why: the handler did not run.
    Do: shorten the header or raise the limit.
    """
    return "Shorten the header, or raise the server's header limit"


@explains(
    "body.uri-too-long",
    "uri-too-long",
    "{who} refuses the length of the URL",
    examples=("Apache httpd answers 414",),
)
def uri_too_long(case: Case, reading: Reading) -> str:
    """The request line is longer than a limit.

    Sees: a 414 or its words, and a long target.
    Why: the handler did not run.
    Do: shorten the URL; move data into the body.
    """
    return "Shorten the URL, or raise the server's limit"


@explains(
    "body.malformed-request",
    "malformed-request",
    "{who} cannot parse the request as HTTP",
    examples=("gunicorn: Invalid HTTP header name",),
)
def malformed_request(case: Case, reading: Reading) -> str:
    """The request breaks HTTP's grammar.

    Sees: a parser's 400, often empty, and a header or target that is out of order.
    Why: no application sees such a request.
    Do: correct the sender; look at header names, Host and control characters.
    """
    return "Correct the sender: look at header names, Host and control characters"


@explains(
    "body.length-required",
    "length-required",
    "{who} wants a Content-Length",
    examples=("411 to a chunked request",),
)
def length_required(case: Case, reading: Reading) -> str:
    """The server does not take a body of unknown length.

    Sees: a 411.
    Why: the sender uses chunked transfer.
    Do: send Content-Length; hookscope forwards with one.
    """
    return "Send Content-Length"


@explains(
    "body.request-timeout",
    "request-timeout",
    "{who} waited for the rest of the request",
    examples=("HAProxy: Your browser didn't send a complete request in time.",),
)
def request_timeout(case: Case, reading: Reading) -> str:
    """The request did not arrive in time.

    Sees: a 408, or a timeout while sending.
    Why: the sender or forwarder is slow, or announced more than it sent.
    Do: look at Content-Length and the network.
    """
    return "Look at Content-Length and the network: the whole request must arrive in time"


RULES: tuple[Rule, ...] = (
    too_large,
    header_too_large,
    uri_too_long,
    malformed_request,
    length_required,
    request_timeout,
)
