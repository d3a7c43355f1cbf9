"""The parser's errors as problems of ours. What a sender gets: test_http_server.py."""

from __future__ import annotations

import json

import pytest
from aiohttp import HttpVersion11
from aiohttp.http_exceptions import BadHttpMessage, LineTooLong
from aiohttp.http_parser import RawRequestMessage
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from hookscope_relay.parse_errors import GaveUp, busy, other_protocols, problem_of

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


def test_a_request_line_of_another_protocol_is_known_by_its_beginning():
    target = "/%C3%A9"
    none = CIMultiDictProxy(CIMultiDict[str]())
    message = RawRequestMessage(
        "GET", target, HttpVersion11, none, (), False, None, False, False, URL.build(path=target, encoded=True)
    )
    assert other_protocols(message) == (b"GET /%C3%A9 RTSP/", b"GET /%C3%A9 ICE/")


def test_a_connection_that_is_given_up_gets_a_whole_answer():
    head, _, body = busy("connections").partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 503 ")
    assert b"Retry-After: " in head
    assert json.loads(body)["limit"] == "connections"
