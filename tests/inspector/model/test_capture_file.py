"""A capture file says exactly what was captured, and what is no such file is refused by the place that is wrong."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from factories import make_delivery
from hookscope.model.capture import Attempt, Capture, Failure, SentRequest
from hookscope.model.capture_file import FORMAT, dumps, from_mapping, loads, to_mapping
from hookscope.model.stream_note import StreamNote
from hookscope_relay.delivery import Answer, Delivery
from hookscope_relay.errors import InputError

ANSWER = Answer(status=418, reason="I'm a teapot", headers=(("X-A", "caf\xe9"), ("x-a", "")), body=b"\xff\x00")
REQUEST = SentRequest(method="PUT", target="/else?x", headers=(("Host", "b"),), body=b"\x80")

ATTEMPTS: dict[str, Attempt] = {
    "answered": Attempt(
        number=1, origin="live", handler_url="http://h", started_at=5.25, elapsed_ms=1.125, answer=ANSWER
    ),
    "failed": Attempt(
        number=2, origin="replay", handler_url="", started_at=5.0, failure=Failure(kind="tls", detail="no trust")
    ),
    "changed": Attempt(number=3, origin="check", handler_url="", started_at=5.0, request=REQUEST),
    "answered by us": Attempt(
        number=4, origin="live", handler_url="", started_at=5.0, answer=ANSWER, answered_by="inspector"
    ),
    "of a route, as a copy, while it was written": Attempt(
        number=6,
        origin="live",
        handler_url="http://h",
        started_at=5.0,
        answer=ANSWER,
        route="orders",
        is_copy=True,
        stream=StreamNote(size=3, is_streamed=True),
    ),
    "of unknown outcome": Attempt(number=5, origin="sample", handler_url="", started_at=5.0),
}

latin = st.text(st.characters(max_codepoint=0xFF), max_size=20)
pairs = st.lists(st.tuples(latin, latin), max_size=5).map(tuple)
times = st.integers(0, 4_000_000_000_000).map(lambda ms: ms / 1000)
deliveries = st.builds(
    Delivery,
    id=latin,
    received_at=times,
    method=latin,
    target=latin,
    headers=pairs,
    body=st.binary(max_size=60) | st.text(max_size=30).map(str.encode),
    scheme=st.sampled_from(["http", "https"]),
    http_version=st.sampled_from(["1.0", "1.1"]),
    remote=latin,
    url=latin,
)
answers = st.builds(Answer, status=st.integers(100, 999), reason=latin, headers=pairs, body=st.binary(max_size=40))


@settings(max_examples=60, deadline=None)
@given(delivery=deliveries, answer=answers, provider=latin)
def test_loads_undoes_dumps_exactly(delivery: Delivery, answer: Answer, provider: str) -> None:
    attempt = Attempt(number=1, origin="live", handler_url="http://h/", started_at=delivery.received_at, answer=answer)
    capture = Capture(delivery=delivery, attempts=(attempt,), provider=provider, redacted=("headers.x",))
    assert loads(dumps(capture)) == capture
    assert dumps(loads(dumps(capture).encode())) == dumps(capture)


@pytest.mark.parametrize("attempt", ATTEMPTS.values(), ids=ATTEMPTS)
def test_every_kind_of_attempt_survives(attempt: Attempt) -> None:
    capture = Capture(delivery=make_delivery(), attempts=(attempt,))
    assert loads(dumps(capture)) == capture


def test_what_stood_behind_the_body_and_that_it_broke_off_survive() -> None:
    capture = Capture(delivery=make_delivery(trailers=(("X-Sum", "\xff"),), broken="gone"))
    assert loads(dumps(capture)) == capture


def test_keys_stand_in_the_order_of_the_contract() -> None:
    mapping = to_mapping(Capture(delivery=make_delivery(), provider="notion"))
    assert list(mapping) == ["format", "provider", "delivery", "attempts", "redacted"]
    assert mapping["format"] == FORMAT


@pytest.mark.parametrize(
    ("body", "value"),
    [(b"", {"text": ""}), ("Café".encode(), {"text": "Café"}), (b"\xff\x00", {"base64": "/wA="})],
)
def test_a_body_is_text_where_it_is_utf8_and_base64_where_not(body: bytes, value: dict[str, str]) -> None:
    assert to_mapping(Capture(delivery=make_delivery(body=body)))["delivery"]["body"] == value


def test_the_file_ends_in_a_newline() -> None:
    assert dumps(Capture(delivery=make_delivery())).endswith("}\n")


# where, the wrong value, what the error says of it
WRONG: list[tuple[str, Any, str]] = [
    ("delivery", None, "delivery must be a JSON object"),
    ("delivery", [], "delivery must be a JSON object"),
    ("delivery.method", None, "delivery.method must be text"),
    ("delivery.method", 5, "delivery.method must be text"),
    ("delivery.target", {}, "delivery.target must be text"),
    ("delivery.target", "/\ud800", "delivery.target must be text without lone surrogates"),
    ("delivery.received_at", None, "delivery.received_at must be an ISO 8601 time"),
    ("delivery.received_at", 5, "delivery.received_at must be an ISO 8601 time"),
    ("delivery.received_at", "yesterday", "delivery.received_at must be an ISO 8601 time"),
    ("delivery.headers", None, "delivery.headers must be a JSON array"),
    ("delivery.headers", {"a": "b"}, "delivery.headers must be a JSON array"),
    ("delivery.headers", [["a"]], r"delivery.headers\[0\] must be a pair"),
    ("delivery.headers", [["a", "b"], ["a", 1]], r"delivery.headers\[1\] must be a pair"),
    ("delivery.headers", ["ab"], r"delivery.headers\[0\] must be a JSON array"),
    ("delivery.headers", [["a", "\u20ac"]], r"delivery.headers\[0\] must be latin-1"),
    ("delivery.body", None, "delivery.body must be a JSON object"),
    ("delivery.body", {}, "delivery.body must be "),
    ("delivery.body", {"text": "\ud800"}, "delivery.body must be UTF-8"),
    ("delivery.body", {"base64": "a"}, "delivery.body.base64 must be valid base64"),
    ("delivery.body", {"base64": "é"}, "delivery.body.base64 must be valid base64"),
    ("attempts", {}, "attempts must be a JSON array"),
    ("attempts", [1], r"attempts\[0\] must be a JSON object"),
    ("attempts", [{"origin": "moon"}], r"attempts\[0\].origin must be one of live"),
    ("attempts", [{"number": "1"}], r"attempts\[0\].number must be a number"),
    ("attempts", [{"number": True}], r"attempts\[0\].number must be a number"),
    ("attempts", [{"elapsed_ms": float("nan")}], r"attempts\[0\].elapsed_ms must be a number"),
    ("attempts", [{"started_at": 1}], r"attempts\[0\].started_at must be an ISO"),
    ("attempts", [{"answer": 1}], r"attempts\[0\].answer must be a JSON object"),
    ("attempts", [{"answer": {"status": 99}}], r"attempts\[0\].answer.status must be an HTTP status"),
    ("attempts", [{"answer": {}}], r"attempts\[0\].answer.status must be an HTTP status"),
    ("attempts", [{}, {"failure": {"kind": "bad luck"}}], r"attempts\[1\].failure.kind must be one of"),
    ("attempts", [{"answer": {"status": 200}, "failure": {"kind": "dns"}}], r"attempts\[0\] must be .* not both"),
    ("attempts", [{"request": {"target": "/"}}], r"attempts\[0\].request.method must be text"),
    ("redacted", "all", "redacted must be a JSON array"),
    ("provider", 5, "provider must be text"),
    ("format", "hookscope/2", "newer than this program's"),
    ("format", None, "not a capture file"),
    ("format", ["hookscope/1"], "not a capture file"),
]


@pytest.mark.parametrize(("place", "value", "says"), WRONG)
def test_an_error_names_the_place(place: str, value: Any, says: str) -> None:
    mapping = to_mapping(Capture(delivery=make_delivery()))
    *above, key = place.split(".")
    (mapping["delivery"] if above else mapping)[key] = value
    with pytest.raises(InputError, match=says) as caught:
        loads(json.dumps(mapping), "x.json")
    assert str(caught.value).startswith("x.json")
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("text", ["", "{", b"\xff", "[" * 100_000, "1" * 5000, "nul"], ids=range(6))
def test_what_is_not_json_is_refused(text: str | bytes) -> None:
    with pytest.raises(InputError, match=r"x\.json"):
        loads(text, "x.json")


@pytest.mark.parametrize("data", [None, 5, [], "text"])
def test_what_is_no_object_is_refused(data: object) -> None:
    with pytest.raises(InputError, match="the file must be a JSON object"):
        from_mapping(data)


def test_unknown_keys_are_ignored() -> None:
    mapping = to_mapping(Capture(delivery=make_delivery()))
    mapping["delivery"]["colour"] = mapping["weather"] = 5
    assert from_mapping(mapping) == from_mapping(
        to_mapping(Capture(delivery=make_delivery(id=mapping["delivery"]["id"])))
    )
