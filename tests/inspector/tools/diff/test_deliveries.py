from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factories import make_delivery
from hookscope.tools.diff.deliveries import MAX_DIFFERENCES, compare, left_out
from hookscope_relay.delivery import Headers

FORM = (("Content-Type", "application/x-www-form-urlencoded"),)
JSON = (("Content-Type", "application/json"),)
TEXT = (("Content-Type", "text/plain"),)
NONE: Headers = ()


def found(left: dict[str, Any], right: dict[str, Any]) -> list[tuple[str, str, str | None, str | None]]:
    both = (make_delivery(**{"headers": NONE, "body": b""} | side) for side in (left, right))
    return [(item.place, item.kind, item.left, item.right) for item in compare(*both)]


def multipart(boundary: str, *parts: tuple[str, str]) -> dict[str, Any]:
    body = "".join(f'--{boundary}\r\nContent-Disposition: form-data; name="{n}"\r\n\r\n{v}\r\n' for n, v in parts)
    return {
        "headers": (("Content-Type", "multipart/form-data; boundary=b"),)
        if boundary == "b"
        else (("Content-Type", f"multipart/form-data; boundary={boundary}"),),
        "body": f"{body}--{boundary}--\r\n".encode(),
    }


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ({}, {"id": "other", "received_at": 0.0, "remote": "", "url": "", "scheme": "http"}),
        ({"headers": JSON, "body": b'{"a":1,"b":2}'}, {"headers": JSON, "body": b'{ "b":2, "a":1 }'}),
        ({"headers": FORM, "body": b"a=1&b=2"}, {"headers": FORM, "body": b"b=2&a=%31"}),
        (multipart("b", ("a", "1"), ("c", "2")), multipart("b", ("c", "2"), ("a", "1"))),
    ],
)
def test_what_means_the_same_is_the_same(left: dict[str, Any], right: dict[str, Any]) -> None:
    assert found(left, right) == []


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ({"method": "PUT"}, {"method": "POST"}, [("method", "changed", "PUT", "POST")]),
        ({"http_version": "1.0"}, {}, [("http_version", "changed", "1.0", "1.1")]),
        ({"target": "/a"}, {"target": "/b"}, [("path", "changed", "/a", "/b")]),
        (
            {"target": "/?a=1"},
            {"target": "/?a=2&b"},
            [("query.a", "changed", "1", "2"), ("query.b", "added", None, "")],
        ),
        ({"target": "/?a=1&a=2"}, {"target": "/?a=1"}, [("query.a#2", "removed", "2", None)]),
        ({"target": "/?a=1&b"}, {"target": "/?b&a=1"}, [("query", "spelling", "a=1&b", "b&a=1")]),
        ({"target": "/?a=%41"}, {"target": "/?a=A"}, [("query", "spelling", "a=%41", "a=A")]),
    ],
)
def test_the_request_line_is_compared(left: dict[str, Any], right: dict[str, Any], expected: list[Any]) -> None:
    assert found(left, right) == expected


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ((("A", "1"),), (("A", "2"),), [("headers.a", "changed", "1", "2")]),
        ((("A", "1"),), (("a", "1"),), [("headers.a", "case", "A", "a")]),
        ((("A", "1"),), (), [("headers.a", "removed", "1", None)]),
        ((), (("A", ""),), [("headers.a", "added", None, "")]),
        ((("A", "1"), ("B", "2")), (("B", "2"), ("A", "1")), [("headers", "order", "A, B", "B, A")]),
        ((("A", "1"), ("a", "2")), (("A", "1"), ("a", "3")), [("headers.a#2", "changed", "2", "3")]),
        ((("A", "1"), ("A", "2")), (("A", "1"),), [("headers.a#2", "removed", "2", None)]),
        ((("A", "1"), ("B", "2")), (("A", "1"), ("X", "0"), ("B", "2")), [("headers.x", "added", None, "0")]),
        (
            (("A", "1"), ("B", ""), ("A", "2")),
            (("A", "1"), ("A", "2"), ("B", "")),
            [("headers", "order", "A, B, A", "A, A, B")],
        ),
    ],
)
def test_headers_are_compared_by_order_case_and_repeats(left: Headers, right: Headers, expected: list[Any]) -> None:
    assert found({"headers": left}, {"headers": right}) == expected


@pytest.mark.parametrize(
    ("headers", "left", "right", "expected"),
    [
        (JSON, b'{"a":1}', b'{"a":1.0}', [("body/a", "changed", "1", "1.0")]),
        (NONE, b'{"a":1}', b'{"a":2}', [("body/a", "changed", "1", "2")]),
        (FORM, b"a=1&b=x+y", b"a=1&b=x", [("form.b", "changed", "x y", "x")]),
        (FORM, b"a=1&a=2", b"a=1", [("form.a#2", "removed", "2", None)]),
        (TEXT, b"a\nb\nc", b"a\nc", [("body:2", "removed", "b", None)]),
        (TEXT, b"a", b"a\n", [("body:2", "added", None, "")]),
        (JSON, b'{"a":', b'{"a":1', [("body:1", "changed", '{"a":', '{"a":1')]),
        (JSON, b"", b"{}", [("body:1", "changed", "", "{}")]),
        (NONE, b"\xff\x00", b"\xff\x01\x02", [("body@1", "changed", "00 (2 bytes)", "01 02 (3 bytes)")]),
        (NONE, b"\xff", b"\xff\x01", [("body@1", "changed", "(ends) (1 bytes)", "01 (2 bytes)")]),
        (
            NONE,
            b"\xff" * 40,
            b"\xfe" * 40,
            [("body@0", "changed", "ff " * 15 + "ff … (40 bytes)", "fe " * 15 + "fe … (40 bytes)")],
        ),
    ],
)
def test_bodies_are_compared_by_what_they_are(headers: Headers, left: bytes, right: bytes, expected: list[Any]) -> None:
    assert found({"headers": headers, "body": left}, {"headers": headers, "body": right}) == expected


def test_parts_are_compared_whatever_the_boundary() -> None:
    left, right = multipart("b", ("a", "1"), ("c", "2")), multipart("x", ("a", "1"), ("c", "3"))
    assert [item for item in found(left, right) if not item[0].startswith("headers")] == [
        ("part.c", "changed", "2", "3")
    ]


def test_a_flood_of_differences_ends() -> None:
    left, right = (b"[" + b",".join(b"%d" % (i * factor) for i in range(1, 30_000)) + b"]" for factor in (3, 7))
    assert len(found({"headers": JSON, "body": left}, {"headers": JSON, "body": right})) == MAX_DIFFERENCES


@pytest.mark.parametrize("byte", [b"\xff", b"a", b"\n", b"&"])
def test_large_bodies_take_bounded_time(byte: bytes) -> None:
    started = time.perf_counter()
    assert found({"headers": FORM, "body": byte * 2_000_000}, {"headers": TEXT, "body": byte * 1_999_999 + b"b"})
    assert time.perf_counter() - started < 5


@given(
    left=st.binary(max_size=40),
    right=st.binary(max_size=40),
    kind=st.sampled_from([JSON, FORM, TEXT, NONE, (("Content-Type", "multipart/form-data; boundary=b"),)]),
)
def test_no_bytes_raise(left: bytes, right: bytes, kind: Headers) -> None:
    found({"headers": kind, "body": left}, {"headers": kind, "body": right})
    assert found({"headers": kind, "body": left}, {"headers": kind, "body": left}) == []


def test_more_values_than_have_room_are_compared_as_text_and_that_is_said() -> None:
    few, many = b"[0,1]", b"[" + b"0," * 200_001 + b"0]"
    small, dear, other = (make_delivery(headers=JSON, body=body) for body in (few, many, b" " + many))
    assert "more than 200,000 values" in left_out(small, dear)
    assert [item.place for item in compare(dear, other)] == ["body:1"]
    assert left_out(small, small) == "" == left_out(dear, dear)
