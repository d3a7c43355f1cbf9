from __future__ import annotations

import pytest

from factories import make_delivery
from hookscope.model.edits import parse_draft
from hookscope.tui.dialogs.draft import (
    MAX_EDITED,
    Draft,
    draft_of,
    editable,
    is_unchanged,
    problem_of,
    read_draft,
    warning_of,
)
from hookscope_relay.delivery import Delivery

BODIES = (b"", b'{"a":1}', b"a\r\nb\n\nc\n", b"\xff\xfe\x00", b"\n\n", "caf\u00e9\u2028x".encode())


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("target", ["/webhooks/notion", "", "/a?x=%20\xff"])
def test_a_draft_that_nobody_touched_is_the_delivery(body: bytes, target: str) -> None:
    delivery = make_delivery(
        body=body, target=target, headers=(("Host", "a"), ("X-Odd", "caf\xe9 \x85"), ("x-odd", ""))
    )
    draft = draft_of(delivery)
    assert is_unchanged(draft, delivery)
    assert parse_draft(read_draft(draft.render()).render(), delivery) == delivery


def test_the_parts_are_those_that_an_editor_shows() -> None:
    draft = draft_of(make_delivery(headers=(("Host", "a"), ("Content-Length", "7"))))
    assert draft.request_line == "POST /webhooks/notion"
    assert draft.headers == "Host: a"


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"", ""),
        (b'{"a":1}\n', '{"a":1}\n'),
        (b"a\n\nb", "a\n\nb"),
        (b"a\r\nb", None),
        (b"a\x85b", None),
        ("a\u2028b".encode(), None),
        (b"a\x1b[2J", None),
        (b"\xff", None),
        (b"x" * (MAX_EDITED + 1), None),
    ],
)
def test_a_body_that_a_field_could_not_give_back_is_not_for_it(body: bytes, text: str | None) -> None:
    assert editable(body) == text


@pytest.mark.parametrize(
    ("head", "problem"),
    [
        ("POST /a\nHost: a", ""),
        ("POST", "line 1, 'POST', is no request line"),
        ("POST /a\nno header", "line 2, 'no header', is no header"),
    ],
)
def test_what_is_no_request_is_told_with_its_line(head: str, problem: str) -> None:
    assert problem_of(Draft(head, b""), make_delivery()).startswith(problem)
    assert bool(problem_of(Draft(head, b""), make_delivery())) == bool(problem)


def signed() -> Delivery:
    return make_delivery(headers=(("Content-Type", "application/json"), ("X-Notion-Signature", "sha256=00")))


def test_what_one_might_not_have_meant_is_told() -> None:
    draft = draft_of(signed())
    assert warning_of(draft, signed(), False) == ""
    assert "not valid JSON at character" in warning_of(Draft(draft.head, b'{"a":'), signed(), True)
    assert "not the signed one" in warning_of(Draft(draft.head, b'{"a":2}'), signed(), False)
    assert warning_of(Draft(draft.head, b'{"a":2}'), signed(), True) == ""


def test_text_beyond_latin_1_stands_as_its_utf_8_bytes() -> None:
    edited = parse_draft(Draft("POST /a\nX-Name: \u65e5", b"").render(), make_delivery())
    assert edited.headers[0] == ("X-Name", "\u65e5".encode().decode("latin-1"))
