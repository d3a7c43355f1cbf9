"""Who may hold a connection, and who makes room."""

from __future__ import annotations

import pytest

from hookscope_relay.connections import Connections
from hookscope_relay.settings import Limits


class Connection:
    def __init__(self) -> None:
        self.evicted: list[str] = []

    def evict(self, problem: str, limit: str) -> None:
        assert problem == "relay-busy"
        self.evicted.append(limit)


def enter(room: Connections, *addresses: str) -> list[Connection]:
    made = []
    for address in addresses:
        made.append(Connection())
        assert room.enter(made[-1], address) == ""
    return made


def test_who_has_been_idle_longest_makes_room_for_a_new_one():
    room = Connections(Limits(connections=3))
    first, second, third = enter(room, "a", "b", "c")
    room.note_busy(first)
    room.note_idle(second)
    enter(room, "d")
    assert [one.evicted for one in (first, second, third)] == [[], [], ["max-connections"]]
    room.note_idle(first)
    enter(room, "e", "f")
    assert (second.evicted, first.evicted, len(room)) == (["max-connections"], [], 3)


def test_an_address_makes_room_among_its_own():
    room = Connections(Limits(connections=10, address_connections=2))
    other, first, second = enter(room, "192.0.2.9", "192.0.2.1", "192.0.2.1")
    enter(room, "192.0.2.1")
    assert [one.evicted for one in (other, first, second)] == [[], ["max-connections-address"], []]


def test_a_network_of_64_bits_is_one_address():
    room = Connections(Limits(address_connections=1))
    (first,) = enter(room, "2001:db8::1")
    enter(room, "2001:db8::2", "2001:db8:0:1::1")
    assert first.evicted == ["max-connections-address"]


@pytest.mark.parametrize(
    ("limits", "limit"),
    [(Limits(connections=2), "max-connections"), (Limits(address_connections=2), "max-connections-address")],
)
def test_who_has_a_request_in_hand_is_not_given_up(limits, limit):
    room = Connections(limits)
    for one in enter(room, "a", "a"):
        room.note_busy(one)
    late = Connection()
    assert room.enter(late, "a") == limit
    room.leave(late)
    assert len(room) == 2


def test_the_head_that_began_first_goes_where_heads_hold_too_much():
    room = Connections(Limits(heads_bytes=100))
    first, second, third = enter(room, "a", "a", "a")
    for one in (first, second, first, third):
        room.grow_head(one, 30)
    assert (first.evicted, second.evicted, room.head_bytes) == (["max-heads"], [], 60)
    room.end_head(second)
    room.leave(third)
    assert room.head_bytes == 0


def test_who_left_holds_nothing_and_may_leave_again():
    room = Connections(Limits())
    (one,) = enter(room, "a")
    room.leave(one)
    room.leave(one)
    room.note_idle(one)
    room.grow_head(one, 10)
    assert (len(room), room.head_bytes) == (0, 0)


def test_a_trusted_proxy_speaks_for_many():
    room = Connections(Limits(address_connections=1, connections=3), ("10.0.0.0/8",))
    made = enter(room, "10.0.0.1", "10.0.0.1", "10.0.0.1", "10.0.0.1")
    assert [one.evicted for one in made] == [["max-connections"], [], [], []]
