from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from hookscope.diagnosis.attribute import likeliest
from hookscope.diagnosis.case import Case
from hookscope.diagnosis.readers.status_and_form import LIKELIER
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
    (
        401,
        {"sent_headers": (("X-Slack-Request-Timestamp", "1700000000"), ("X-Slack-Signature", "v0=0"))},
        "timestamp-stale",
    ),
    (418, {}, "unusual-status"),
]


@pytest.mark.parametrize(("status", "values", "cause"), NARROWED)
def test_the_request_narrows_a_bare_status(
    make_case: Callable[..., Case], status: int, values: dict[str, Any], cause: str
) -> None:
    reading = likeliest(make_case(status, headers=(("Server", "some-server"), ("Date", "x")), **values))
    assert reading is not None
    assert reading.cause == cause


@pytest.mark.parametrize(
    ("status", "body", "cause", "layer"),
    [
        (401, b'{"statusCode":401,"message":"Unauthorized"}', "auth-required", "framework"),
        (401, b'{"error":"Unauthorized"}', "signature-rejected", "handler"),
        (403, b'{"code":403,"status":"Forbidden"}', "guard-denied", "framework"),
        (
            403,
            b'{"data":null,"error":{"status":403,"name":"ForbiddenError","message":"Forbidden"}}',
            "guard-denied",
            "framework",
        ),
        (403, b'{"detail":"Forbidden"}', "signature-rejected", "handler"),
        (400, b'{"statusCode":400,"message":"Bad Request"}', "validation-error", "framework"),
    ],
)
def test_an_error_body_that_repeats_its_status_is_a_frameworks(
    make_case: Callable[..., Case], status: int, body: bytes, cause: str, layer: str
) -> None:
    reading = likeliest(
        make_case(status, body, (("X-Signature-Is", "x"),), sent_headers=(("X-Hub-Signature-256", "x"),))
    )
    assert reading is not None
    assert (reading.cause, reading.layer) == (cause, layer)


def test_an_empty_404_is_a_routers_however_it_ends(make_case: Callable[..., Case]) -> None:
    routed, ended = (
        make_case(404, headers=(("Content-Length", "0"),)),
        make_case(404, headers=(("Transfer-Encoding", "chunked"),)),
    )
    assert likeliest(routed) is not None and likeliest(routed).layer == "framework"
    assert likeliest(ended) is not None and likeliest(ended).layer == "framework"


def test_a_bare_401_speaks_of_what_the_request_lacks(make_case: Callable[..., Case]) -> None:
    signed, unsigned = make_case(401, sent_headers=(("X-Acme-Signature", "1"),)), make_case(401)
    assert likeliest(signed) is not None and likeliest(signed).cause == "signature-rejected"
    assert likeliest(unsigned) is not None and likeliest(unsigned).cause == "signature-missing"


def test_every_cause_has_a_rule() -> None:
    assert {row.cause for row in LIKELIER} <= set(OUTCOMES)
