from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factories import NOW, make_delivery
from hookscope.tools.imports.build import (
    build_delivery,
    checked,
    from_isomorphic,
    from_utf_8,
    identified,
    parse_version,
    split_url,
)
from hookscope_relay.delivery import Delivery, delivery_id_bytes
from hookscope_relay.errors import InputError


def build(**changes: object) -> Delivery:
    values: dict[str, object] = {"method": "POST", "url": "http://h/a?b", "headers": (), "body": b"x", "now": NOW}
    return build_delivery("a.har: entry 1", **values | changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("url", "parts"),
    [
        ("http://h", ("http", "h", "/")),
        ("HTTPS://u:p@h:1/a//b?c#d", ("https", "h:1", "/a//b?c")),
        ("http://h?x", ("http", "h", "/?x")),
        ("http://h/é", ("http", "h", "/%C3%A9")),
        ("http://[::1]:3/", ("http", "[::1]:3", "/")),
    ],
)
def test_a_url_is_taken_apart(url: str, parts: tuple[str, str, str]) -> None:
    assert split_url("a", url) == parts


@pytest.mark.parametrize("url", ["", "/a", "ftp://h/", "http://", "http:///a", "http://h/a b", "http://h/\n", "//h/a"])
def test_what_is_no_url_is_refused(url: str) -> None:
    with pytest.raises(InputError, match=r"^a\.har: entry 1: "):
        build(url=url)


@pytest.mark.parametrize(
    "changes",
    [
        {"method": "PO ST"},
        {"method": ""},
        {"target": "a"},
        {"target": "/\x7f"},
        {"headers": (("", "1"),)},
        {"headers": (("A b", "1"),)},
        {"headers": (("A", "1\n2"),)},
    ],
)
def test_what_cannot_stand_in_a_request_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(InputError, match=r"^a: the "):
        checked("a", make_delivery(**changes))


def test_a_missing_host_is_added() -> None:
    assert build(url="http://h:1/").headers == (("Host", "h:1"),)
    assert build(headers=(("host", "x"),)).headers == (("host", "x"),)


def test_the_same_delivery_gets_the_same_id_on_any_day() -> None:
    assert build(now=NOW).id == build(now=NOW + 86_400).id
    assert build(received_at=NOW).id == build(received_at=NOW, now=0.0).id


@pytest.mark.parametrize(
    "changes",
    [
        {"method": "PUT"},
        {"url": "http://h/b"},
        {"url": "https://h/a?b"},
        {"headers": (("A", "1"),)},
        {"body": b"y"},
        {"received_at": NOW},
    ],
)
def test_another_delivery_gets_another_id(changes: dict[str, object]) -> None:
    assert build(**changes).id != build().id


@given(body=st.binary(max_size=20), at=st.none() | st.floats(-1e12, 1e12))
def test_an_id_is_a_ulid_that_is_no_number(body: bytes, at: float | None) -> None:
    id = build(body=body, received_at=at).id
    assert len(delivery_id_bytes(id)) == 16
    assert id.startswith("0")


def test_an_id_of_ours_is_kept_and_any_other_replaced() -> None:
    ours = make_delivery()
    assert identified(ours, timed=True) is ours
    for id in ("", "1", "x" * 26, ours.id.upper(), "../../etc/passwd"):
        assert identified(replace(ours, id=id), timed=True).id != id


@pytest.mark.parametrize(
    ("text", "isomorphic", "utf_8"),
    [("é", "é", "Ã©"), ("–", "â\x80\x93", "â\x80\x93"), ("", "", ""), ("\udcff€", "ÿâ\x82¬", "ÿâ\x82¬")],
)
def test_header_text_becomes_latin_1(text: str, isomorphic: str, utf_8: str) -> None:
    assert (from_isomorphic(text), from_utf_8(text)) == (isomorphic, utf_8)


@pytest.mark.parametrize(
    ("text", "version"),
    [("HTTP/1.1", "1.1"), ("http/2.0", "2"), ("h3", "3"), ("HTTP/1.0", "1.0"), ("", "1.1"), ("unknown", "1.1")],
)
def test_versions_are_understood(text: str, version: str) -> None:
    assert parse_version(text) == version
