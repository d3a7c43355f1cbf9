from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from hookscope.diagnosis.case import Case
from hookscope.diagnosis.readers.fallback import BY_STATUS, LIKELIER
from hookscope.diagnosis.registry import OUTCOMES

NARROWED: list[tuple[int, dict[str, Any], str]] = [
    (400, {"sent": b'{"a":'}, "bad-json"),
    (400, {"sent": b""}, "empty-body"),
    (400, {"sent_headers": (("Bad Name", "x"),)}, "malformed-request"),
    (400, {"sent_headers": (("X-Long", "a" * 9000),)}, "header-too-large"),
    (400, {"sent_headers": (("Content-Length", "3000000"),)}, "body-too-large"),
    (414, {"target": "/" + "a" * 3000}, "uri-too-long"),
    (415, {"sent_headers": (("Content-Encoding", "zstd"),)}, "unsupported-encoding"),
    (403, {"base": "http://tunnel.example"}, "host-not-allowed"),
    (404, {}, "not-found"),
    (500, {"sent": b'{"a":'}, "bad-json"),
    (418, {}, "unusual-status"),
]


@pytest.mark.parametrize(("status", "values", "cause"), NARROWED)
def test_the_request_narrows_a_bare_status(
    make_case: Callable[..., Case], status: int, values: dict[str, Any], cause: str
) -> None:
    reading = make_case(status, headers=(("Server", "some-server"), ("Date", "x")), **values).reading
    assert reading is not None
    assert reading.cause == cause


def test_what_rests_on_a_status_alone_is_not_sure_of_itself(make_case: Callable[..., Case]) -> None:
    reading = make_case(404, b"?").reading
    assert reading is not None
    assert reading.confidence < 0.5


@pytest.mark.parametrize(
    ("scheme", "cause"),
    [
        ("Basic realm=x", "basic-auth"),
        ("Digest x", "digest-auth"),
        ("Bearer", "bearer-missing"),
        ("Token", "token-missing"),
        ("Negotiate", "auth-required"),
        ("X", "auth-required"),
    ],
)
def test_www_authenticate_says_what_is_wanted(make_case: Callable[..., Case], scheme: str, cause: str) -> None:
    reading = make_case(401, b"no", (("WWW-Authenticate", scheme),)).reading
    assert reading is not None
    assert reading.cause == cause


def test_every_cause_has_a_rule() -> None:
    assert {cause for cause, _ in BY_STATUS.values()} <= set(OUTCOMES)
    assert {row.cause for row in LIKELIER} <= set(OUTCOMES)
