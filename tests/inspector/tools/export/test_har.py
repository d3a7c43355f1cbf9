from __future__ import annotations

import json

import pytest

from export_runs import BODIES, DELIVERIES, delivery_of
from factories import NOW, make_delivery
from hookscope.model.capture import Attempt, Capture, Failure
from hookscope.tools.export import har
from hookscope.tools.export.source import Source
from hookscope.tools.imports.har import read_har
from hookscope_relay.delivery import Answer, header

ANSWER = Answer(status=302, reason="Found", headers=(("Location", "/x"), ("Content-Type", "text/plain")), body=b"\xff")


def entry_of(capture: Capture, url: str = "") -> dict[str, object]:
    return json.loads(har.render([Source(capture, url)]))["log"]["entries"][0]


@pytest.mark.parametrize("name", [name for name in DELIVERIES if "#" not in name])
def test_it_reads_back_as_the_same_delivery(name: str) -> None:
    delivery = delivery_of(name)
    text = har.render([Source(Capture(delivery=delivery), f"https://relay.example{delivery.target}")])
    found = read_har(json.loads(text), "a.har", NOW)
    (back,) = (capture.delivery for capture in found.captures)
    assert (back.method, back.target, back.body) == (delivery.method, delivery.target, delivery.body)
    assert back.received_at == delivery.received_at
    if header(delivery.headers, "host"):
        assert back.headers == delivery.headers


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_bytes_that_are_no_text_say_how_they_are_written(body: bytes) -> None:
    request = entry_of(Capture(delivery=make_delivery(body=body)))["request"]
    assert isinstance(request, dict)
    data = request.get("postData", {})
    assert ("postData" in request) == bool(body)
    assert ("encoding" in data) == (not _is_text(body))


def _is_text(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def test_the_last_answer_is_the_response() -> None:
    attempts = (
        Attempt(number=1, origin="live", handler_url="", started_at=NOW, elapsed_ms=5.5, answer=ANSWER),
        Attempt(number=2, origin="replay", handler_url="", started_at=NOW, failure=Failure(kind="refused")),
    )
    entry = entry_of(Capture(delivery=make_delivery(), attempts=attempts))
    response = entry["response"]
    assert isinstance(response, dict)
    assert (response["status"], response["redirectURL"], entry["time"]) == (302, "/x", 5.5)
    assert response["content"] == {"size": 1, "mimeType": "text/plain", "text": "/w==", "encoding": "base64"}


@pytest.mark.parametrize("attempts", [(), (Attempt(number=1, origin="live", handler_url="", started_at=NOW),)])
def test_without_an_answer_the_status_is_0(attempts: tuple[Attempt, ...]) -> None:
    response = entry_of(Capture(delivery=make_delivery(), attempts=attempts))["response"]
    assert isinstance(response, dict)
    assert response["status"] == 0


def test_a_form_has_its_pairs_beside_its_text() -> None:
    headers = (("Content-Type", "application/x-www-form-urlencoded"),)
    request = entry_of(Capture(delivery=make_delivery(headers=headers, body=b"a=1+2&b=%ff")))["request"]
    assert isinstance(request, dict)
    assert request["postData"]["params"] == [{"name": "a", "value": "1 2"}, {"name": "b", "value": "\ufffd"}]


def test_the_url_is_the_one_that_the_sender_called() -> None:
    request = entry_of(Capture(delivery=make_delivery()))["request"]
    assert isinstance(request, dict)
    assert request["url"] == "https://relay.example/abc/webhooks/notion"


def test_everything_that_har_1_2_demands_is_there() -> None:
    log = json.loads(har.render([Source(Capture(delivery=make_delivery()), "http://h/?a=1")]))["log"]
    assert (log["version"], sorted(log["creator"])) == ("1.2", ["name", "version"])
    entry = log["entries"][0]
    assert set(entry) >= {"startedDateTime", "time", "request", "response", "cache", "timings"}
    common = {"httpVersion", "cookies", "headers", "headersSize", "bodySize"}
    assert set(entry["request"]) >= common | {"method", "url", "queryString"}
    assert set(entry["response"]) >= common | {"status", "statusText", "content", "redirectURL"}
    assert set(entry["timings"]) >= {"send", "wait", "receive"}
    assert entry["request"]["queryString"] == [{"name": "a", "value": "1"}]
