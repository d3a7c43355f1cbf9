import pytest

from factories import make_delivery
from hookscope_relay.delivery import (
    Answer,
    delivery_id_bytes,
    end_to_end,
    header,
    header_values,
    new_delivery_id,
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
