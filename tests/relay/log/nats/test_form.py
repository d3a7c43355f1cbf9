"""What a message holds, and that no changed bit of it passes."""

from __future__ import annotations

import random

from hookscope_relay.log.nats.form import FORM, Stored, decode_stored, encode_stored, unwrap, wrap

SUBJECT = "hookscope.d.one"
STORED = Stored(FORM, "01k0000000000000000000000a", 12.5, True, 3, 300, (b"head",), "upload")


def test_a_delivery_comes_back_as_it_was() -> None:
    stored = decode_stored(SUBJECT, encode_stored(SUBJECT, STORED))
    assert stored == STORED
    record = STORED.record(7, 3)
    assert (record.seq, record.prev, record.pieces, record.inline) == (7, 3, 3, (b"head",))


def test_a_hundred_single_bits_that_flip_are_all_noticed() -> None:
    payload = encode_stored(SUBJECT, STORED)
    chance = random.Random(1)
    for bit in chance.sample(range(8 * len(payload)), 100):
        flipped = bytearray(payload)
        flipped[bit // 8] ^= 1 << bit % 8
        assert decode_stored(SUBJECT, bytes(flipped)) is None


def test_what_was_kept_for_another_endpoint_is_damaged_here() -> None:
    assert decode_stored("hookscope.d.two", encode_stored(SUBJECT, STORED)) is None


def test_what_is_short_foreign_or_of_a_newer_form_is_nothing() -> None:
    newer = Stored(FORM + 1, "", 0.0, False, 1, 0, (b"",))
    for payload in (b"", b"x" * 31, wrap(SUBJECT, b"no message pack"), encode_stored(SUBJECT, newer)):
        assert decode_stored(SUBJECT, payload) is None
    assert unwrap(SUBJECT, wrap(SUBJECT, b"")) == b""
