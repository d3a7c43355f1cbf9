"""What stands behind a chunked body, read from the bytes of its connection."""

from __future__ import annotations

import pytest

from hookscope_relay.limits import Refusal
from hookscope_relay.settings import Limits
from hookscope_relay.trailers import MAX_LINE, TrailerReader

BODIES = [
    (b"0\r\n\r\n", ()),
    (b"3\r\none\r\n0\r\nX-Sum: 1\r\n\r\n", (("X-Sum", "1"),)),
    (b"A;ext=1\r\n0\r\nX: no\r\n\r\n0;x\r\nA:\t b \r\na: c:d\r\n\r\nGET / HTTP/1.1\r\n", (("A", "b"), ("a", "c:d"))),
    (b"3\r\none\r\n0\r\nX: \xe9\r\n\r\n", (("X", "\xe9"),)),
    (b"zz\r\nX: 1\r\n\r\n", ()),
    (b"-1\r\n0\r\nX: 1\r\n\r\n", ()),
    (b"1" * (MAX_LINE + 1), ()),
]


@pytest.mark.parametrize("size", [1, 2, 7, 10**6])
@pytest.mark.parametrize(("body", "fields"), BODIES, ids=range(len(BODIES)))
def test_fields_are_found_however_the_bytes_come(body: bytes, fields: object, size: int) -> None:
    reader = TrailerReader(Limits())
    for start in range(0, len(body), size if len(body) < MAX_LINE else 1000):
        reader.feed(body[start : start + (size if len(body) < MAX_LINE else 1000)])
    assert reader.fields() == fields


@pytest.mark.parametrize(
    ("limits", "fields", "limit"),
    [
        (Limits(header_bytes=20), b"X: 0123456789\r\n" * 2, "max-header-bytes"),
        (Limits(header_count=2), b"X: 1\r\n" * 3, "max-headers"),
    ],
    ids=["bytes", "count"],
)
def test_no_more_than_a_head_may_have(limits: Limits, fields: bytes, limit: str) -> None:
    reader = TrailerReader(limits)
    reader.feed(b"0\r\n" + fields + b"\r\n")
    with pytest.raises(Refusal) as refused:
        reader.fields()
    assert (refused.value.problem, refused.value.limit) == ("headers-too-large", limit)
