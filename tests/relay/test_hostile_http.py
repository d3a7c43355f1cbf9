"""Hostile bytes against a real relay: it answers in time, never breaks,
and accepts nothing that a strict reader would read otherwise."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence

import pytest

from hookscope_relay.keys.claim import build_claim
from hookscope_relay.session import Session
from hostile import (
    Verdict,
    check_frame,
    check_text,
    judge,
    judged_relay,
    llhttp_cases,
    make_request_bytes,
    smuggling_cases,
)
from relays import ID, KEY
from strict_http import read_requests

AT_ONCE = 400


async def run(cases: Sequence[bytes]) -> Verdict:
    verdict = Verdict()
    async with judged_relay(verdict) as relay:
        for start in range(0, len(cases), AT_ONCE):
            await judge(relay, cases[start : start + AT_ONCE], verdict)
    assert (verdict.crashes, verdict.hangs, verdict.wrong[:3]) == ([], [], [])
    return verdict


async def test_the_parsers_own_cases():
    cases = llhttp_cases()
    verdict = await run(list(cases.values()))
    assert (verdict.sent, verdict.accepted > 50) == (len(cases), True)


async def test_no_mutation_of_transfer_encoding_smuggles_a_request():
    cases = smuggling_cases()
    verdict = await run(list(cases.values()))
    assert verdict.sent == len(cases) == 2042
    assert verdict.answers[400] > 1000


async def test_requests_from_a_seed():
    source = random.Random(7)
    verdict = await run([make_request_bytes(source) for _ in range(400)])
    assert verdict.accepted > 60


def test_frames_from_a_seed():
    source, verdict = random.Random(7), Verdict()
    session = Session(b"s" * 16, KEY.id, "handler", 0.0, 0, 1000)
    for _ in range(4_000):
        check_frame(source, verdict, session)
    assert (verdict.crashes, verdict.wrong, verdict.accepted > 400) == ([], [], True)


def test_claims_queries_and_sealed_bytes_from_a_seed():
    source, verdict = random.Random(7), Verdict()
    good = build_claim(KEY, "https://relay.example", "/-/session/x", bytes(16), time.time(), bytes(16))
    for _ in range(2_000):
        check_text(source, verdict, good)
    assert (verdict.crashes, verdict.sent) == ([], 2_000)


ONE = b"POST /" + ID + b"/x HTTP/1.1\r\nHost: h\r\n"
JUDGED = {
    "no body": (ONE + b"\r\n", [b""]),
    "a length": (ONE + b"Content-Length: 2\r\n\r\nhi", [b"hi"]),
    "chunks": (ONE + b"Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n1;e\r\nb\r\n0\r\nT: 1\r\n\r\n", [b"ab"]),
    "two on one connection": (ONE + b"Content-Length: 1\r\n\r\na" + ONE + b"\r\n", [b"a", b""]),
    "both": (ONE + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", []),
    "half a body": (ONE + b"Content-Length: 3\r\n\r\nhi", []),
    "no end": (ONE, []),
    "a bare line feed": (ONE.replace(b"\r\n", b"\n") + b"\n", []),
    "a second that is broken": (ONE + b"\r\n" + b"X" + ONE.replace(b"POST", b"PO ST"), [b""]),
}


@pytest.mark.parametrize(("data", "bodies"), JUDGED.values(), ids=JUDGED)
def test_the_judge_is_strict(data, bodies):
    assert [request.body for request in read_requests(data)] == bodies
