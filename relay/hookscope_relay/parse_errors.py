"""What aiohttp's parser says of requests that it does not take, as problems of ours.

And what it takes that is no HTTP (aiohttp 3.14).
"""

from __future__ import annotations

from aiohttp.http_exceptions import HttpProcessingError, LineTooLong
from aiohttp.http_parser import RawRequestMessage

from hookscope_relay.exact_response import complete_problem, render_head
from hookscope_relay.limits import RETRY_BUSY_S, Refusal

# How llhttp and aiohttp's binding begin what they say; what follows may quote the sender.
PARSER_SAYS = {
    "Too many headers": "headers-too-large",
    "Request has invalid `Transfer-Encoding`": "not-implemented",
    "Invalid `Transfer-Encoding` header value": "not-implemented",
}
LIMIT_OF = {"target-too-long": "max-target", "headers-too-large": "max-header-bytes", "too-slow": "header-time"}


class GaveUp(HttpProcessingError):
    """A head that took too much or too long."""

    def __init__(self, problem: str) -> None:
        super().__init__(code=400, message=problem)
        self.problem = problem


def other_protocols(message: RawRequestMessage) -> tuple[bytes, bytes]:
    """How the request line began if it was not HTTP's."""
    start = b"%b %b " % (message.method.encode(), message.path.encode("utf-8", "surrogateescape"))
    return start + b"RTSP/", start + b"ICE/"


def problem_of(error: HttpProcessingError, max_line: int) -> str:
    """The problem that an error of the parser amounts to."""
    if isinstance(error, GaveUp):
        return error.problem
    if isinstance(error, LineTooLong):
        return "target-too-long" if error.args[1] == max_line else "headers-too-large"
    said = str(error.args[0]) if error.args else error.message
    return next((problem for start, problem in PARSER_SAYS.items() if said.startswith(start)), "malformed")


def busy(limit: str) -> bytes:
    """The whole answer for a connection that is given up for others."""
    answer = complete_problem("relay-busy", "GET", Refusal("", retry_after_s=RETRY_BUSY_S).headers, {"limit": limit})
    return render_head(answer, keep_alive=False) + answer.body
