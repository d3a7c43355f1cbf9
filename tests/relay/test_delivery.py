import pytest

from factories import make_delivery
from hookscope_relay.delivery import (
    MAX_TIME,
    Answer,
    asks_for_upgrade,
    delivery_id_bytes,
    end_to_end,
    header,
    header_values,
    new_delivery_id,
    passable_trailers,
    why_impossible,
    without,
)

HEADERS = (("Host", "a"), ("X-Same", "1"), ("x-same", "2"), ("X-SAME", ""))


def test_a_header_is_found_in_any_case_and_repeats_stay():
    assert header(HEADERS, "x-Same") == "1"
    assert header_values(HEADERS, "X-same") == ("1", "2", "")
    assert header(HEADERS, "absent") is None
    assert without(HEADERS, {"x-same"}) == (("Host", "a"),)


@pytest.mark.parametrize(
    ("headers", "kept"),
    [
        ((("Connection", "close"), ("A", "1")), ["A"]),
        ((("Connection", "x-hop, Keep-Alive"), ("X-Hop", "1"), ("B", "2")), ["B"]),
        ((("Connection", "content-length, host"), ("Host", "h"), ("Content-Length", "1")), ["Host", "Content-Length"]),
        (
            (("TE", "trailers"), ("Trailer", "X"), ("Upgrade", "h2c"), ("Transfer-Encoding", "chunked"), ("C", "")),
            ["C"],
        ),
        ((("Proxy-Connection", "x"), ("Proxy-Authorization", "kept")), ["Proxy-Authorization"]),
    ],
)
def test_what_concerns_one_connection_is_not_passed_on(headers, kept):
    assert [name for name, _ in end_to_end(headers)] == kept


@pytest.mark.parametrize(
    ("now", "randomness", "expected"),
    [
        (0, bytes(10), "0" * 26),
        (1469918176.385, bytes(10), "01aryz6s41" + "0" * 16),
        (1.0, b"\xff" * 10, "00000000z8" + "z" * 16),
    ],
)
def test_a_delivery_id_is_a_ulid(now, randomness, expected):
    assert new_delivery_id(now, randomness) == expected


def test_delivery_ids_sort_by_time_and_turn_back_into_bytes():
    first, second = new_delivery_id(1.0, b"\xff" * 10), new_delivery_id(1.001, bytes(10))
    assert first < second
    assert delivery_id_bytes(second) == (1001).to_bytes(6, "big") + bytes(10)


@pytest.mark.parametrize("text", ["", "0" * 25, "u" + "0" * 25, "z" * 26])
def test_what_is_no_delivery_id_is_refused(text):
    with pytest.raises(ValueError):
        delivery_id_bytes(text)


@pytest.mark.parametrize(
    ("target", "path", "query"), [("/a?b=1", "/a", "b=1"), ("/a??b", "/a", "?b"), ("/a?", "/a", ""), ("", "", "")]
)
def test_a_target_is_cut_at_its_first_question_mark(target, path, query):
    delivery = make_delivery(target=target)
    assert (delivery.path, delivery.query) == (path, query)


@pytest.mark.parametrize("status", [0, 99, 1000])
def test_a_status_that_cannot_be_is_refused(status):
    with pytest.raises(ValueError):
        Answer(status=status)


IMPOSSIBLE = {
    "as it came": ({}, ""),
    "in form feeds and ends of blocks": ({"headers": (("X", "caf\xe9\t\x0c"),)}, ""),
    "before 1970": ({"received_at": -1.0}, "its time is none"),
    "after the calendar": ({"received_at": MAX_TIME + 1.0}, "its time is none"),
    "two words": ({"method": "PO ST"}, "its method is none"),
    "a second line": ({"target": "/a\nHost: b"}, "its target is none"),
    "a version of words": ({"http_version": "one"}, "its HTTP version is none"),
    "a sender of two lines": ({"remote": "203.0.113.7\n"}, "its sender's address is none"),
    "a URL with a space": ({"url": "https://relay.example/a b"}, "its URL is none"),
    "a scheme of files": ({"scheme": "file"}, "its scheme is none"),
    "a name with a colon": ({"headers": (("X:", "1"),)}, "one of its headers is none"),
    "a value of two lines": ({"headers": (("X", "a\r\nY: b"),)}, "one of its headers is none"),
    "a value of two lines that is not ASCII": ({"headers": (("X", "\xe9\n"),)}, "one of its headers is none"),
}


@pytest.mark.parametrize(("changes", "why"), IMPOSSIBLE.values(), ids=IMPOSSIBLE)
def test_what_no_request_can_have_is_named(changes, why):
    assert why_impossible(make_delivery(**changes)) == why


UPGRADES = {
    "a WebSocket": ((("Upgrade", "WebSocket "), ("Connection", "keep-alive, Upgrade")), True),
    "in two headers": ((("upgrade", "websocket"), ("connection", "keep-alive"), ("connection", "upgrade")), True),
    "another beside it": ((("Upgrade", "websocket"), ("Upgrade", "h2c"), ("Connection", "Upgrade")), False),
    "another protocol": ((("Upgrade", "h2c"), ("Connection", "Upgrade")), False),
    "for the next server only in name": ((("Upgrade", "websocket"), ("Connection", "keep-alive")), False),
    "none": ((), False),
}


@pytest.mark.parametrize(("headers", "asked"), UPGRADES.values(), ids=UPGRADES)
def test_only_a_websocket_is_an_upgrade(headers, asked):
    assert asks_for_upgrade(headers) is asked


@pytest.mark.parametrize(
    ("name", "passes"),
    [
        ("X-Sum", True),
        ("Server-Timing", True),
        ("Content-Length", False),
        ("content_length", False),
        ("Authorization", False),
        ("X-Forwarded-For", False),
        ("Hookscope-Delivery", False),
    ],
)
def test_only_trailers_that_mean_something_behind_a_body_are_passed_on(name, passes):
    assert passable_trailers(((name, "1"),)) == (((name, "1"),) if passes else ())
