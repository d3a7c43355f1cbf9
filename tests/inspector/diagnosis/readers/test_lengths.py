from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from hookscope.diagnosis import needs
from hookscope.diagnosis.attribute import likeliest
from hookscope.diagnosis.case import Case
from hookscope.diagnosis.readers import lengths
from hookscope.model.stream_note import StreamNote
from hookscope_relay.delivery import Headers

WRONG: list[tuple[int, bytes, Headers, float, str]] = [
    (101, b"", (("Upgrade", "websocket"),), 5.0, "unexpected-upgrade"),
    (200, b"hello!!", (("Content-Length", "5"), ("Content-Length", "7")), 5.0, "malformed-response"),
    (200, b"hello", (("Transfer-Encoding", "chunked"), ("Content-Length", "3")), 5.0, "malformed-response"),
    (204, b"", (("Content-Length", "2"),), 5.0, "malformed-response"),
    (200, b"partial", (("Content-Length", "100"),), 5.0, "content-length-mismatch"),
    (200, b"partial", (("Content-Length", "100"),), 3000.0, "response-timeout"),
    (200, b"data: x", (("Content-Type", "text/event-stream"),), 5.0, "streaming-response"),
    (200, b"ok", tuple((f"X-H-{n}", "v") for n in range(300)), 5.0, "response-headers-too-large"),
    (200, b"", (("Transfer-Encoding", "chunked"),), 5.0, "invalid-chunked"),
]


@pytest.mark.parametrize(("status", "body", "headers", "elapsed_ms", "cause"), WRONG)
def test_a_wrong_form_is_named(
    make_case: Callable[..., Case], status: int, body: bytes, headers: Headers, elapsed_ms: float, cause: str
) -> None:
    case = make_case(status, body, headers, elapsed_ms=elapsed_ms)
    assert likeliest(case) is not None
    assert likeliest(case).cause == cause


@pytest.mark.parametrize(
    ("status", "method", "headers"),
    [
        (200, "POST", (("Content-Length", "2"),)),
        (200, "HEAD", (("Content-Length", "500"),)),
        (304, "GET", (("Content-Length", "500"),)),
        (204, "POST", (("Content-Length", "0"),)),
        (200, "POST", (("Content-Length", "two"),)),
        (200, "POST", (("Transfer-Encoding", "chunked"), ("Date", "x"))),
    ],
)
def test_a_sound_form_is_not(make_case: Callable[..., Case], status: int, method: str, headers: Headers) -> None:
    case = make_case(status, b"ok" if method == "POST" and status == 200 else b"", headers, method=method)
    assert case.answer is not None
    assert not list(lengths.readings(case, case.answer))


@pytest.mark.parametrize(("provider", "cause"), [("", "ok"), ("notion", "streaming-response")])
def test_a_stream_that_was_passed_on_is_wrong_for_a_webhook_only(
    make_case: Callable[..., Case], provider: str, cause: str
) -> None:
    case = make_case(200, b"data: x", (("Content-Type", "text/event-stream"), ("Content-Length", "70")))
    assert case.attempt is not None
    attempt = replace(case.attempt, stream=StreamNote(size=7, is_streamed=True, broken="sender-gone"))
    reading = likeliest(replace(case, attempt=attempt, provider=provider))
    assert reading is not None
    assert reading.cause == cause


@pytest.mark.parametrize(("status", "elapsed_ms"), [(101, 60_000.0), (200, 60_000.0)])
def test_what_was_passed_on_may_take_its_time(make_case: Callable[..., Case], status: int, elapsed_ms: float) -> None:
    case = make_case(status, b"", elapsed_ms=elapsed_ms)
    assert case.attempt is not None
    case = replace(case, attempt=replace(case.attempt, stream=StreamNote(size=7, is_streamed=True)))
    reading = likeliest(case)
    assert reading is not None
    assert (reading.cause, needs.unsuccessful(case)) == ("ok", False)


def test_a_redacted_body_may_have_another_length(make_case: Callable[..., Case]) -> None:
    case = make_case(200, b"[redacted]", (("Content-Length", "500"),), redacted=True)
    assert likeliest(case) is not None
    assert likeliest(case).cause == "ok"


def test_json_lines_that_end_in_time_are_no_stream(make_case: Callable[..., Case]) -> None:
    case = make_case(200, b"{}\n{}\n", (("Content-Type", "application/x-ndjson"),))
    assert likeliest(case) is not None
    assert likeliest(case).cause == "ok"
