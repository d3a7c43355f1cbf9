from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factories import make_delivery
from hookscope.model.edits import UNCHANGED, edit, edits_of, parse_draft, render_draft
from hookscope_relay.errors import InputError

HEADERS = (
    ("Host", "h"),
    ("X-A", "1"),
    ("x-a", "2"),
    ("X-B", ""),
    ("Content-Length", "8"),
    ("Content-Type", "application/json"),
)
DELIVERY = make_delivery(headers=HEADERS, body=b'{"a": 1}', target="/hook?x=1")


def test_no_edit_is_no_change() -> None:
    assert edit(DELIVERY, UNCHANGED) is DELIVERY


def test_every_edit_at_once() -> None:
    edits = edits_of(
        method="PUT",
        path="/other",
        set_headers=["X-A: 9", "X-New: caf\u00e9"],
        drop_headers=["x-b"],
        values=["/a=[2]", "/b=text"],
    )
    edited = edit(DELIVERY, edits)
    assert (edited.method, edited.target) == ("PUT", "/other")
    assert edited.body == b'{"a": [2], "b": "text"}'
    assert edited.headers == (
        ("Host", "h"),
        ("X-A", "9"),
        ("Content-Length", str(len(edited.body))),
        ("Content-Type", "application/json"),
        ("X-New", "caf\u00c3\u00a9"),
    )
    assert edited.id == DELIVERY.id


def test_a_whole_body() -> None:
    assert edit(DELIVERY, edits_of(body=b"\xff")).body == b"\xff"
    assert edit(DELIVERY, edits_of(body=b'{"b":{}}', values=["/b/c=1"])).body == b'{"b":{"c": 1}}'


@pytest.mark.parametrize(
    ("edits", "part"),
    [
        ({"path": "x"}, "does not begin with /"),
        ({"set_headers": ["nothing"]}, "is not a header"),
        ({"values": ["/a"]}, "has no ="),
        ({"values": ["/x/y=1"]}, "no 'x'"),
    ],
)
def test_what_makes_no_sense_is_told(edits: dict[str, object], part: str) -> None:
    with pytest.raises(InputError, match=part):
        edit(DELIVERY, edits_of(**edits))  # type: ignore[arg-type]  # a table of keywords


def test_values_of_compressed_and_binary_bodies_are_refused() -> None:
    packed = make_delivery(headers=(("Content-Encoding", "gzip"),), body=b"\x1f\x8b")
    with pytest.raises(InputError, match="compressed"):
        edit(packed, edits_of(values=["/a=1"]))
    with pytest.raises(InputError, match="not UTF-8 at byte 1"):
        edit(make_delivery(headers=(), body=b'"\xff"'), edits_of(values=["=1"]))


@given(
    st.binary(max_size=60),
    st.lists(
        st.tuples(st.sampled_from(["X-A", "x-a", "Host"]), st.sampled_from(["", "v", "a: b", "\xe9"])), max_size=4
    ),
    st.booleans(),
)
def test_a_draft_that_nobody_changed_is_the_delivery(body: bytes, headers: list[tuple[str, str]], ends: bool) -> None:
    delivery = make_delivery(headers=tuple(headers), body=body, target="/x?y")
    draft = render_draft(delivery)
    if ends and not body.endswith(b"\n"):
        draft += b"\n"
    assert parse_draft(draft, delivery) == delivery


def test_an_edited_draft_is_what_it_says() -> None:
    draft = render_draft(DELIVERY).replace(b"POST /hook?x=1", b"PATCH /y").replace(b"X-B: ", b"X-C: c")
    draft = draft.replace(b'{"a": 1}', b'{"a": 22}\n')
    edited = parse_draft(draft, DELIVERY)
    assert (edited.method, edited.target, edited.body) == ("PATCH", "/y", b'{"a": 22}')
    assert ("X-C", "c") in edited.headers
    assert ("Content-Length", "9") in edited.headers


def test_a_draft_with_windows_line_ends() -> None:
    draft = b"POST /hook?x=1\r\nX-A: 1\r\n\r\nbody\r\nmore"
    edited = parse_draft(draft, DELIVERY)
    assert edited.headers[0] == ("X-A", "1")
    assert edited.body == b"body\r\nmore"


@pytest.mark.parametrize(
    ("draft", "part"),
    [(b"", "line 1"), (b"POST", "line 1"), (b"POST /x\nodd\n\n", "line 2"), (b"POST x\n\n", "line 1")],
)
def test_a_draft_that_is_no_request_is_told(draft: bytes, part: str) -> None:
    with pytest.raises(InputError, match=part):
        parse_draft(draft, DELIVERY)


def test_a_target_that_was_empty_stays_so() -> None:
    bare = make_delivery(target="")
    assert parse_draft(render_draft(bare), bare) == bare
    assert parse_draft(render_draft(bare).replace(b" /", b" /x", 1), bare).target == "/x"
