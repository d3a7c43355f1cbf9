"""The short way and the long way of the diagnosis find the same: on every recording, whatever was verified,
and on what is nearly ordinary."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from factories import make_delivery
from hookscope.diagnosis import ordinary
from hookscope.diagnosis.case import Case, Earlier, Policy, Settlement
from hookscope.diagnosis.engine import diagnose
from hookscope.diagnosis.from_capture import case_of
from hookscope.model.capture import Attempt
from hookscope.model.verdict import Recognition, Verdict
from hookscope.providers.registry import load_providers
from hookscope_relay.delivery import Answer
from recorded import recordings

WHOLE = os.environ.get("HOOKSCOPE_MATRIX") == "whole"
MakeCase = Callable[..., Case]
JSON = (("Content-Type", "application/json"),)
VERDICTS: tuple[Verdict | None, ...] = (
    None,
    *(Verdict(state=state, provider="notion") for state in ("verified", "rejected", "unsigned", "no-secret")),
)


def fail(code: str, error: Exception) -> None:
    raise AssertionError(code) from error


def both_ways(case: Case) -> None:
    short, long = diagnose(case, on_error=fail), diagnose(replace(case), on_error=fail, thorough=True)
    assert [finding.to_mapping() for finding in short] == [finding.to_mapping() for finding in long]


def test_both_ways_find_the_same_on_recordings() -> None:
    """On every fourth; `make matrix` takes all."""
    providers = load_providers()
    short, step = 0, 1 if WHOLE else 4
    for number, (capture, _) in enumerate(list(recordings().values())[::step]):
        case = case_of(capture, providers)
        both_ways(replace(case, verdict=VERDICTS[number % len(VERDICTS)]))
        short += case.answer is not None and ordinary.read(case, case.answer) is not None
    assert short >= 40 // step, "the short way must be gone"


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"", ()),
        (b"ok", (("Content-Type", "text/plain"), ("Content-Length", "2"))),
        (b'{"ok":true}', JSON),
        (b'{"status":"success","id":"5003"}', JSON),
        (b"OK\n", (("Content-Type", "text/html; charset=utf-8"), ("Server", "nginx"))),
    ],
)
def test_the_ordinary_is_recognised(make_case: MakeCase, body: bytes, headers: Any) -> None:
    case = make_case(200, body, headers, reason="OK")
    assert case.answer is not None
    assert ordinary.read(case, case.answer) is not None


BODIES = (
    b"", b"ok", b'{"ok":true}', b'{"ok":false}', b'{"status":"error"}', b'{"status":500}', b'{"code": 404}', b'{"result":"ko"}',
    b'[{"error":{"message":"x"}}]', b'{"errors":[]}', b'{"a":', b"<html><input type=password></html>", b"Hook rules were not satisfied.",
    b"Warning: x in y on line 3", b"SSH-2.0", b"err_ngrok_6024", b"_incapsula_resource", b"Invalid host header", b'{"accepted":"false"}',
    b'{"success":true,"x":"\\u003c"}', b"caf\xc3\xa9", b"x" * 600, b"There is no scenario listening for this webhook.", b"please unsubscribe me!",
)  # fmt: skip
HEADERS: tuple[tuple[tuple[str, str], ...], ...] = (
    (),
    JSON,
    (("Server", "Caddy"),),
    (("Server", "Apache/2.4"),),
    (("Content-Length", "2"),),
    (("Content-Length", "500"), *JSON),
    (("Transfer-Encoding", "chunked"),),
    (("Content-Type", "text/event-stream"),),
    (("Content-Encoding", "gzip"),),
    (("Last-Modified", "x"), ("ETag", "y"), ("Content-Type", "text/html")),
    (("ngrok-error-code", "ERR_NGROK_6024"),),
    (("X-Sucuri-Block", "1"),),
    (("Set-Cookie", "a=b"), ("Location", "http://localhost:1/")),
    (("Hookscope-Answered-By", "relay"),),
    tuple((f"X-{number}", "v" * 200) for number in range(120)),
)


@pytest.mark.parametrize("status", [200, 201, 202, 204, 207, 208, 226, 299] if WHOLE else [200, 204, 207, 299])
def test_both_ways_find_the_same_of_what_is_nearly_ordinary(make_case: MakeCase, status: int) -> None:
    for body, headers in product(BODIES, HEADERS):
        both_ways(make_case(status, body, headers, reason="ModSecurity Action" if status == 299 else ""))


AROUND: tuple[dict[str, Any], ...] = (
    {"elapsed_ms": 3200.0},
    {"elapsed_ms": 900.0, "recent": (Earlier(failure="refused"),)},
    {"answered_by": "relay"},
    {"settled": Settlement(how="expired", waited_ms=25000.0)},
    {"origin": "backlog", "owed": True},
    {"kept_back": "it climbs"},
    {"other_secret": True},
    {"forwarded_headers": False},
    {"expect_every_s": 1.0, "now": 9e9},
    {"policy": Policy(limit_ms=1.0, bare_answer=True)},
    {"method": "GET", "target": "/hook?hub.challenge=1"},
    {"provider": "github", "sent_headers": (("User-Agent", "Mozilla/5.0"), ("Accept", "text/html"))},
    {"sent": b'{"a":', "sent_headers": JSON},
    {"sent": b"a=b", "sent_headers": JSON},
    {"sent": b'{"verification_token":"secret_x"}', "sent_headers": JSON},
    {"sent": b'[{"a":1},{"a":2}]', "sent_headers": JSON},
    {"sent": b'{"a":1}', "sent_headers": (("Content-Type", "application/json; charset=latin-1"),)},
    {"sent": b"caf\xe9", "sent_headers": (("Content-Type", "text/plain; charset=utf-8"),)},
    {"sent": b"x", "sent_headers": (("Content-Encoding", "gzip"),)},
    {"sent": b"", "sent_headers": (("X-Goog-Resource-State", "sync"),)},
    {
        "earlier": (Earlier(id="d1", event_id="e1", event_at=9.0, object_id="o", sequence_last=1),),
        "recognition": Recognition(provider="p", event_id="e1", event_at=1.0, object_id="o", sequence=(5, 5)),
    },
)


@pytest.mark.parametrize("values", AROUND, ids=",".join)
@pytest.mark.parametrize("status", [200, 404, 301, 500])
def test_a_rule_that_has_something_to_say_is_asked(make_case: MakeCase, values: dict[str, Any], status: int) -> None:
    for verdict in VERDICTS:
        both_ways(make_case(status, b"ok", (("Location", "/x"), ("Server", "AirTunes")), verdict=verdict, **values))


@settings(max_examples=50, deadline=None)
@given(st.integers(200, 299), st.text(max_size=80), st.sampled_from(HEADERS))
def test_both_ways_find_the_same_of_any_text(status: int, text: str, headers: tuple[tuple[str, str], ...]) -> None:
    answer = Answer(status=status, headers=headers, body=text.encode("utf-8", "replace"))
    attempt = Attempt(number=1, origin="live", handler_url="http://127.0.0.1:3000/", started_at=0.0, answer=answer)
    both_ways(Case(delivery=make_delivery(), attempt=attempt))


def test_equal_answers_share_what_was_read_whatever_their_date(make_case: MakeCase) -> None:
    one, other, third = (
        make_case(200, b"ok", (("Date", f"Sat, 21 Nov 2026 03:03:1{second} GMT"), ("X-Id", id)))
        for second, id in ((1, "a"), (2, "a"), (2, "b"))
    )
    assert one.answer is other.answer
    assert one.answer is not third.answer
