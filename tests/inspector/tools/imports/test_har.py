from __future__ import annotations

import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factories import NOW
from hookscope.tools.imports.found import Found
from hookscope.tools.imports.har import read_har
from hookscope_relay.errors import InputError

AT = "2026-10-05T23:55:34.285Z"


def entry(*headers: tuple[str, str], data: Any = None, **changes: Any) -> dict[str, Any]:
    request: dict[str, Any] = {
        "method": "POST",
        "url": "https://h/a?b=1#c",
        "httpVersion": "HTTP/1.1",
        "headers": [{"name": name, "value": value} for name, value in headers],
        "queryString": [{"name": "b", "value": "1"}],
        "cookies": [],
        "headersSize": -1,
        "bodySize": -1,
    }
    if data is not None:
        request["postData"] = data
    return {"startedDateTime": AT, "time": 12.5, "request": request | changes}


def read(*entries: Any, **log: Any) -> Found:
    return read_har({"log": {"version": "1.2", "entries": list(entries)} | log}, "a.har", NOW)


CHROME = {
    "startedDateTime": AT,
    "time": 31.2,
    "request": {
        "method": "POST",
        "url": "https://example.com/hook?x=1",
        "httpVersion": "http/2.0",
        "headers": [
            {"name": ":authority", "value": "example.com"},
            {"name": ":method", "value": "POST"},
            {"name": ":path", "value": "/hook?x=1"},
            {"name": "content-length", "value": "11"},
            {"name": "content-type", "value": "application/json"},
        ],
        "queryString": [],
        "cookies": [],
        "headersSize": -1,
        "bodySize": 11,
        "postData": {"mimeType": "application/json", "text": '{"a":"caf\u00e9"}'[:10] + '"}'[2:]},
    },
    "response": {
        "status": 200,
        "statusText": "",
        "httpVersion": "http/2.0",
        "headers": [{"name": "content-type", "value": "text/plain"}],
        "cookies": [],
        "content": {"size": 2, "mimeType": "text/plain", "text": "b2s=", "encoding": "base64"},
        "redirectURL": "",
        "headersSize": -1,
        "bodySize": -1,
        "_transferSize": 40,
    },
    "_initiator": {"type": "script"},
}

FIREFOX = {
    "startedDateTime": "2026-10-05T23:55:34.285+02:00",
    "request": {
        "bodySize": 7,
        "method": "POST",
        "url": "http://localhost:3000/hook",
        "httpVersion": "HTTP/1.1",
        "headers": [{"name": "Host", "value": "localhost:3000"}, {"name": "Content-Length", "value": "7"}],
        "cookies": [],
        "queryString": [],
        "headersSize": 300,
        "postData": {
            "mimeType": "application/x-www-form-urlencoded",
            "params": [{"name": "a", "value": "1"}],
            "text": "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 7\r\n\r\na=1&b=2",
        },
    },
    "response": {"status": 0, "statusText": "", "headers": [], "content": {}},
}


def test_chromes_entries_are_read() -> None:
    post = {"mimeType": "application/json", "text": '{"a":"\u00e9"}'}
    found = read(
        CHROME
        | {
            "request": CHROME["request"]
            | {
                "postData": post,
                "bodySize": 10,
                "headers": CHROME["request"]["headers"][:3] + CHROME["request"]["headers"][4:],
            }
        }
    )
    (capture,) = found.captures
    assert (found.problems, found.notes) == ((), ())
    delivery = capture.delivery
    assert delivery.headers == (("Host", "example.com"), ("content-type", "application/json"))
    assert (delivery.target, delivery.http_version, delivery.body) == ("/hook?x=1", "2", '{"a":"\u00e9"}'.encode())
    (attempt,) = capture.attempts
    assert attempt.answer is not None
    assert (attempt.answer.status, attempt.answer.body, attempt.elapsed_ms) == (200, b"ok", 31.2)
    assert attempt.origin == "fixture"


def test_firefoxs_entries_are_read() -> None:
    (capture,) = read(FIREFOX).captures
    assert capture.delivery.body == b"a=1&b=2"
    assert capture.delivery.url == "http://localhost:3000/hook"
    assert capture.delivery.received_at == 1791237334.285
    assert capture.attempts == ()


@pytest.mark.parametrize(
    ("data", "length", "body", "notes"),
    [
        ({"text": "abc"}, "3", b"abc", 0),
        ({"text": "\u00e9"}, "2", "\u00e9".encode(), 0),
        ({"text": "\u00e9\u00ff"}, "2", b"\xe9\xff", 0),
        ({"text": "\u00e9"}, "", "\u00e9".encode(), 0),
        ({"text": base64.b64encode(b"\xff\x00").decode(), "encoding": "base64"}, "2", b"\xff\x00", 0),
        ({"text": "abc"}, "9", b"abc", 1),
        ({"text": ""}, "0", b"", 0),
    ],
)
def test_a_body_is_the_bytes_that_its_length_fits(data: dict[str, str], length: str, body: bytes, notes: int) -> None:
    headers = (("Content-Length", length),) if length else ()
    found = read(entry(*headers, data=data))
    assert (found.captures[0].delivery.body, len(found.notes)) == (body, notes)


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (entry(("Content-Length", "9")), "postData is missing, though the body had 9 bytes"),
        (entry(data={"text": ""}, bodySize=4), "text is empty, though the body had 4 bytes"),
        (entry(data={"params": [{"name": "a"}]}), "has params and no text"),
        (entry(data={"text": "*", "encoding": "base64"}), "no valid base64"),
        (entry(data={"text": 1}), "postData.text must be text"),
        (entry(url="about:blank"), "no http"),
        (entry(url=None), "request.url must be text"),
        (entry(method="A B"), "the method"),
        (entry(("A b", "1")), "the header name"),
        (entry() | {"startedDateTime": "yesterday"}, "ISO 8601"),
        (entry(headers={"A": "1"}), "headers must be a JSON array"),
        (None, "must be a JSON object"),
        ([], "must be a JSON object"),
    ],
)
def test_a_bad_entry_is_told_with_its_place_and_the_others_are_read(bad: Any, words: str) -> None:
    found = read(entry(), bad, entry(method="PUT"))
    assert [capture.delivery.method for capture in found.captures] == ["POST", "PUT"]
    (problem,) = found.problems
    assert words in str(problem)
    assert str(problem).startswith("a.har: log.entries[1]")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({}, "a.har: log must be a JSON object"),
        ({"log": {"version": "2.0", "entries": []}}, "newer than HAR 1.2"),
        ({"log": {"version": 1, "entries": []}}, "log.version must be text"),
        ({"log": {"entries": {}}}, "log.entries must be a JSON array"),
        ({"log": {"entries": [0] * 50_001}}, "more than 50000 entries"),
    ],
)
def test_a_file_that_is_no_har_is_refused(data: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        read_har(data, "a.har", NOW)


def test_the_same_entry_has_the_same_id_and_another_time_another() -> None:
    one, same = read(entry(), entry()).captures
    later = read(entry() | {"startedDateTime": "2026-10-05T23:55:35Z"}).captures[0]
    assert one.delivery.id == same.delivery.id != later.delivery.id


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["name", "value", "text", "params", "status", "content", "headers", "encoding"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)


@given(key=st.sampled_from([*entry(), "response", "postData", "headers", "url", "bodySize"]), value=JSON)
def test_nothing_in_an_entry_raises(key: str, value: Any) -> None:
    whole = entry()
    target = whole["request"] if key in ("postData", "headers", "url", "bodySize") else whole
    target[key] = value
    found = read(whole)
    assert len(found.captures) + len(found.problems) == 1
