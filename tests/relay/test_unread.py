import pytest

from hookscope_relay.unread import Unread


class Body:
    def __init__(self, size: int) -> None:
        self.size = size
        self.refused = 0

    def unread(self) -> int:
        return self.size

    def refuse_body(self) -> None:
        self.refused += 1
        self.size = 0


@pytest.mark.parametrize(
    ("sizes", "refused"),
    [
        ([40, 60], []),
        ([40, 61], [1]),
        ([61, 40], [0]),
        ([100], []),
        ([101], [0]),
        ([10, 50, 30, 20], [1]),
        ([50, 50, 50], [0]),
    ],
    ids=str,
)
def test_the_largest_goes_until_all_have_no_more_than_they_may(sizes: list[int], refused: list[int]) -> None:
    room, bodies = Unread(100), [Body(size) for size in sizes]
    for body in bodies:
        room.grow(body)
    assert [at for at, body in enumerate(bodies) if body.refused] == refused
    assert room.bytes == sum(body.size for body in bodies) <= 100


def test_what_was_taken_in_meanwhile_does_not_count() -> None:
    room, first, second = Unread(100), Body(90), Body(90)
    room.grow(first)
    first.size = 0
    room.grow(second)
    assert (first.refused, second.refused, room.bytes) == (0, 0, 90)


def test_who_ended_holds_nothing_and_may_end_again() -> None:
    room, body = Unread(100), Body(90)
    room.grow(body)
    room.end(body)
    room.end(body)
    assert room.bytes == 0
