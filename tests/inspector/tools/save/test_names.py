from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factories import make_delivery
from hookscope.model.capture import Capture
from hookscope.model.verdict import Recognition
from hookscope.tools.save.names import DEVICES, digest_of, folder_of, names_of, word


def names(event: str = "page.created", handshake: str = "", **changes: object) -> list[str]:
    capture = Capture(delivery=make_delivery(**{"id": "01m3250v0003x47ecfzk541ryh", **changes}), provider="notion")
    return list(names_of(capture, Recognition(event_type=event, handshake=handshake)))


def test_a_name_is_the_event_and_ever_more_of_a_digest() -> None:
    found = names()
    assert re.fullmatch(r"page\.created-[0-9a-f]{4}\.json", found[0])
    assert found[1].startswith(found[0].removesuffix(".json"))
    assert [len(name) for name in found] == sorted({len(name) for name in found})
    assert len(found) == 16


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("page.created", "page.created"),
        ("orders/create", "orders-create"),
        ("../../etc/passwd", "etc-passwd"),
        ("..\\..\\x", "x"),
        ("C:\\x", "c-x"),
        (".hidden", "hidden"),
        ("con", "x-con"),
        ("NUL.txt", "x-nul.txt"),
        ("Com1", "x-com1"),
        ("console", "console"),
        ("a b\nc\x1b[2J", "a-b-c-2j"),
        ("", "none"),
        ("...", "none"),
        ("日本", "none"),
        ("x" * 500, "x" * 60),
        ("a" * 59 + ".b", "a" * 59),
        ("-rf", "rf"),
        ("page.created ", "page.created"),
    ],
)
def test_a_word_is_fit_for_a_file_on_every_system(text: str, expected: str) -> None:
    assert word(text, "none") == expected


@given(text=st.text())
def test_no_text_makes_a_name_that_leads_anywhere(text: str) -> None:
    made = word(text, "none")
    assert re.fullmatch(r"[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?", made)
    assert ".." not in made
    assert made.partition(".")[0] not in DEVICES
    assert word(made, "none") == made


def test_what_stands_in_for_a_missing_event_and_provider() -> None:
    assert names(event="", handshake="challenge")[0].startswith("challenge-")
    assert names(event="")[0].startswith("delivery-")
    assert folder_of(Capture(delivery=make_delivery())) == "unknown"


def test_the_digest_is_of_the_id_and_without_one_of_what_was_sent() -> None:
    one, other = (Capture(delivery=make_delivery(id="", body=body)) for body in (b"1", b"2"))
    assert digest_of(one) != digest_of(other)
    with_id = [Capture(delivery=make_delivery(id="a", body=body)) for body in (b"1", b"2")]
    assert digest_of(with_id[0]) == digest_of(with_id[1])
