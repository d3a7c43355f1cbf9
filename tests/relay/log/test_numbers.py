"""Which seqs are given and how far they are reserved, without a database."""

from __future__ import annotations

from hookscope_relay.log.numbers import BLOCK, Place


def test_numbers_are_reserved_a_block_at_a_time_and_again_when_half_is_used() -> None:
    place = Place()
    asked = []
    for _ in range(BLOCK):
        seq = place.give()
        if wants := place.wants():
            asked.append((seq, wants))
            place.reserve(wants)
        assert seq <= place.reserved
    assert asked == [(1, 1 + BLOCK), (2 + BLOCK // 2, 2 + BLOCK // 2 + BLOCK)]


def test_a_reservation_that_failed_is_asked_for_again() -> None:
    place = Place()
    place.give()
    assert place.wants()
    place.lose()
    place.give()
    assert place.wants() == 2 + BLOCK


def test_the_next_record_follows_the_last_that_is_kept() -> None:
    place = Place(given=5, reserved=9, last=5, kept=3)
    place.lose()
    assert (place.last, place.give()) == (3, 6)
    place.keep(6)
    assert (place.last, place.kept) == (6, 6)
