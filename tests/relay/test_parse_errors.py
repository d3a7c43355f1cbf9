"""The parser's errors as problems of ours. What a sender gets: test_http_server.py."""

from __future__ import annotations

import pytest
from aiohttp.http_exceptions import BadHttpMessage, LineTooLong

from hookscope_relay.parse_errors import GaveUp, problem_of

ERRORS = [
    (LineTooLong(b"x", 100), "target-too-long"),
    (LineTooLong(b"x", 101), "headers-too-large"),
    (BadHttpMessage("Too many headers received"), "headers-too-large"),
    (BadHttpMessage("Request has invalid `Transfer-Encoding`:\n\n b'x'"), "not-implemented"),
    (BadHttpMessage("Anything else: Too many headers"), "malformed"),
    (GaveUp("too-slow"), "too-slow"),
]


@pytest.mark.parametrize(("error", "problem"), ERRORS)
def test_an_error_of_the_parser_is_one_of_our_problems(error, problem):
    assert problem_of(error, 100) == problem
