from __future__ import annotations

import pytest

from hookscope.api.evidence import MOST, bots_in, ids_in, trace_of


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('{"id":"153104CD-477e-809d-8dc4-ff2d96ae3090"}', {"153104cd477e809d8dc4ff2d96ae3090"}),
        ("/v1/pages/153104cd477e809d8dc4ff2d96ae3090", {"153104cd477e809d8dc4ff2d96ae3090"}),
        ('{"id":"ch_3NaXb2","amount":2026}', {"ch_3NaXb2"}),
        ("/repos/o/r/issues/48213", {"48213"}),
        ("/crm/v3/objects/deals/9000123?properties=a", {"9000123"}),
        ('{"ts":"1700000000.123456"}', {"123456", "1700000000"}),
        ('{"at":"2026-11-21T01:02:03Z"}', set()),
        ("/v1/charges", set()),
        ("/v1/x%2Fcus_12345", {"cus_12345"}),
        (b"\xff\xfe 12345", {"12345"}),
    ],
)
def test_ids_are_found_in_one_spelling(text: str | bytes, found: set[str]) -> None:
    assert found <= ids_in(text)
    if not found:
        assert not ids_in(text) - {"v1"}


def test_a_trace_is_read_from_its_header() -> None:
    assert trace_of("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01") == "0af7651916cd43dd8448eb211c80319c"
    assert trace_of("nonsense") == trace_of(None) == ""


def test_there_are_never_more_ids_than_one_can_hold() -> None:
    many = " ".join(f"id{number:05}" for number in range(2 * MOST))
    assert len(ids_in(many, "ch_3NaXb2")) == MOST
    assert "ch_3NaXb2" not in ids_in(many, "ch_3NaXb2")


@pytest.mark.parametrize(
    ("body", "bots"),
    [
        (
            b'{"accessible_by": [{"id": "153104cd477e809d8dc4ff2d96ae3090", "type": "bot"}, {"id":"p","type":"person"}]}',
            1,
        ),
        (b'{"accessible_by": [], "a": [{"id": "153104cd477e809d8dc4ff2d96ae3090", "type": "bot"}]}', 0),
        (b'{"a": [{"id": "153104cd477e809d8dc4ff2d96ae3090", "type": "bot"}]}', 0),
        (b"\xff", 0),
    ],
)
def test_the_bots_that_a_delivery_names_are_those_of_its_list(body: bytes, bots: int) -> None:
    assert len(bots_in(body)) == bots
