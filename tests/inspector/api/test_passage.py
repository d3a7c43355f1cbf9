from __future__ import annotations

import ssl

import aiohttp
import pytest

from hookscope.api.directory import Api
from hookscope.api.passage import KEPT_BYTES, Passage, describe_failure
from hookscope.model.capture import Failure


def passage() -> Passage:
    return Passage(Api(name="erp", base="https://erp.example"), "https://erp.example", "/x", "POST", (), "1")


def test_a_call_tells_what_passed_and_keeps_a_part_of_it() -> None:
    way = passage()
    way.sent(b"a" * (KEPT_BYTES + 5))
    way.began(200, "OK", (("X", "1"),))
    way.received(b"b" * KEPT_BYTES)
    way.received(b"b" * 7)
    call = way.call()
    assert (call.body_bytes, len(call.body)) == (KEPT_BYTES + 5, KEPT_BYTES)
    assert call.answer is not None
    assert (call.answer_bytes, len(call.answer.body), call.answer.headers) == (
        KEPT_BYTES + 7,
        KEPT_BYTES,
        (("X", "1"),),
    )
    assert call.first_byte_ms is not None


def test_an_answer_that_broke_off_is_a_failure() -> None:
    way = passage()
    way.began(200, "OK", ())
    way.failure = Failure(kind="bad-response", detail="it ended early")
    assert (way.call().answer, way.call().failure) == (None, way.failure)
    assert passage().call().answer is None


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (aiohttp.ServerDisconnectedError(), "closed", "hung up"),
        (aiohttp.ConnectionTimeoutError(), "timeout", "no connection to the API within 30 s"),
        (ConnectionResetError(), "reset", "reset the connection"),
        (ssl.SSLError("x"), "reset", "broke"),
        (ValueError("x"), "bad-response", "cannot pass the call on"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
def test_the_first_row_that_fits_names_the_failure(error: Exception, kind: str, words: str) -> None:
    found, told = describe_failure(error)
    assert (found, words in told) == (kind, True), told
