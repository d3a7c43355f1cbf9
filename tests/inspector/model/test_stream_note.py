"""What is noted of an answer beside itself, and how that is told."""

from __future__ import annotations

import json

import msgspec
import pytest

from hookscope.model.stream_note import (
    Spoken,
    StreamNote,
    decode_note,
    encode_note,
    note_value,
    read_note_value,
    tell_broken,
    tell_spoken,
    tell_stream,
)
from hookscope_relay.delivery import Answer

NOTE = StreamNote(
    size=3_000_000,
    is_streamed=True,
    broken="sender-gone",
    trailers=(("X-Sum", "\xff"),),
    interims=(Answer(status=103, reason="Early Hints", headers=(("Link", "</a>"),)),),
    sent=7,
    spoken=(Spoken(after_s=0.25, from_sender=True, kind="text", size=5, shown=b"\xffello"),),
    unheard=2,
)


def test_a_note_is_read_as_it_was_written() -> None:
    assert decode_note(encode_note(NOTE)) == NOTE
    with pytest.raises(msgspec.MsgspecError):
        decode_note('{"size": "x"}')


TOLD = [
    (StreamNote(size=5, is_streamed=True), 5, ["passed on while it arrived: 5 bytes"]),
    (
        StreamNote(size=3_000_000, is_streamed=True, broken="sender-gone"),
        1000,
        [
            "passed on while it arrived: 3,000,000 bytes, of which the first 1,000 are kept",
            "not whole: the sender hung up",
        ],
    ),
    (StreamNote(is_streamed=True, broken="reset", sent=1), 0, None),
    (StreamNote(interims=NOTE.interims), 2, []),
]


@pytest.mark.parametrize(("note", "kept", "told"), TOLD, ids=["whole", "left", "conversation", "interims"])
def test_it_is_told_in_sentences(note: StreamNote, kept: int, told: list[str] | None) -> None:
    if told is None:
        told = [
            "1 bytes from the sender, 0 from the handler",
            "not whole: the handler's answer broke off (reset)",
        ]
    assert list(tell_stream(note, kept)) == told


def test_a_note_is_read_from_plain_values() -> None:
    assert read_note_value(json.loads(json.dumps(note_value(NOTE)))) == NOTE
    with pytest.raises(ValueError, match="int"):
        read_note_value({"size": "x"})


def test_a_message_s_line_says_who_and_what() -> None:
    assert tell_spoken(NOTE.spoken[0]) == "+0.250 s  → text, 5 bytes"
    closing = Spoken(after_s=1, from_sender=False, kind="close", size=2, code=1000, note="compressed")
    assert tell_spoken(closing) == "+1.000 s  ← close 1000, 2 bytes  (compressed)"


@pytest.mark.parametrize(
    ("note", "told"),
    [
        (StreamNote(request_size=5_000), "the request was handed over while it arrived: 5,000 bytes"),
        (
            StreamNote(request_broken="idle"),
            "the handler's request was broken off, its end never sent: the handler took nothing",
        ),
        (
            StreamNote(request_broken="of another version"),
            "the handler's request was broken off, its end never sent: of another",
        ),
        (StreamNote(protocol="HTTP/2"), "over HTTP/2: header names were sent and came in lower case"),
    ],
)
def test_what_is_noted_of_a_request_is_told(note: StreamNote, told: str) -> None:
    (sentence,) = tell_stream(note, 0)
    assert sentence.startswith(told)


def test_a_body_that_broke_off_is_told_with_its_size() -> None:
    assert tell_broken("gone", 1234).endswith(", after 1,234 bytes of the body")
    assert tell_broken("of another version", 0) == "not whole: it broke off, after 0 bytes of the body"
