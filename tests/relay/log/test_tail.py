"""The newest records in memory."""

from __future__ import annotations

import pytest

from factories import NOW
from hookscope_relay.log.protocol import Record
from hookscope_relay.log.tail import RECORD_BYTES, Tail


def make_tail_record(seq: int, size: int = 0) -> Record:
    return Record(seq, seq - 1, f"id{seq}", NOW, False, 1, size, (bytes(size),))


@pytest.mark.parametrize(
    ("after", "limit", "expected"),
    [(0, 10, None), (3, 10, None), (4, 10, [5, 6, 7]), (4, 2, [5, 6]), (6, 10, [7]), (7, 10, []), (9, 10, [])],
)
def test_a_tail_answers_for_what_it_holds(after: int, limit: int, expected: list[int] | None) -> None:
    tail = Tail({}, 3 * RECORD_BYTES)
    for seq in range(1, 8):
        tail.add("one", make_tail_record(seq))
    read = tail.after("one", after, limit)
    assert (None if read is None else [record.seq for record in read]) == expected


def test_a_tail_is_bounded_over_all_endpoints_and_drops_the_oldest() -> None:
    tail = Tail({}, 10 * RECORD_BYTES)
    tail.add("quiet", make_tail_record(1))
    for seq in range(1, 51):
        tail.add("loud", make_tail_record(seq))
    assert tail.after("quiet", 0, 10) is None
    assert tail.after("quiet", 1, 10) == ()
    assert tail.after("loud", 39, 10) is None
    assert [record.seq for record in tail.after("loud", 40, 99) or ()] == list(range(41, 51))


def test_a_tail_with_a_hole_leaves_the_rest_to_the_disk() -> None:
    tail = Tail({}, 10**6)
    tail.add("one", make_tail_record(1))
    tail.add("one", make_tail_record(3)._replace(prev=2))
    assert tail.after("one", 0, 10) is None
    assert tail.after("one", 2, 10) == [make_tail_record(3)._replace(prev=2)]


def test_a_tail_forgets_what_was_trimmed() -> None:
    tail = Tail({"never": 4}, 3 * RECORD_BYTES)
    tail.add("one", make_tail_record(1))
    tail.forget(["one", "never"])
    assert tail.after("one", 0, 10) is None
    for seq in range(2, 20):
        tail.add("one", make_tail_record(seq))
    assert [record.seq for record in tail.after("one", 16, 10) or ()] == [17, 18, 19]
    assert (tail.after("never", 3, 1), tail.after("never", 4, 1)) == (None, ())
