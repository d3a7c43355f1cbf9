import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hookscope_relay.errors import WireError
from hookscope_relay.wire import (
    MAX_RAW,
    Deliver,
    Gap,
    Piece,
    Refused,
    Reply,
    Role,
    Settled,
    TakeOver,
    Welcome,
    decode,
    encode,
    split,
)

WELCOME = Welcome(
    url="https://r/abc", epoch="00", after=1, newest=5, role="answering", deadline_ms=25000, max_body=10, max_answer=10
)
FRAMES = [
    (1, WELCOME, b""),
    (2, Deliver(seq=6, prev=5, id="01j", pieces=3, lengths=(2, 1), left_ms=9, answer=True), b"abc"),
    (3, Reply(seq=6, status=201, reason="Cr\xe9\xe9", headers=(("X", "\xff"), ("X", "")), size=9), b"body"),
    (4, Piece(seq=6, number=2, last=True), b"\x00"),
    (5, Role(role="watching"), b""),
    (5, Role(role="watching", answerer="ada@laptop", why="first"), b""),
    (16, TakeOver(), b""),
    (6, Settled(seq=6, how="expired", status=504, by="relay", waited_ms=25000), b""),
    (7, Refused(problem="body-too-large", method="POST", target="/x", size=30_000_000), b""),
    (8, Gap(after=3, until=9, reason="expired"), b""),
]


@pytest.mark.parametrize(("kind", "frame", "raw"), FRAMES, ids=lambda value: type(value).__name__)
def test_each_frame_survives_the_wire(kind, frame, raw):
    message = encode(frame, raw)
    assert message[0] == kind
    assert decode(message) == (frame, raw)


def message(kind: int, head: object, raw: bytes = b"", claimed: int | None = None) -> bytes:
    encoded = msgspec.msgpack.encode(head)
    return bytes((kind, 0)) + (len(encoded) if claimed is None else claimed).to_bytes(4, "big") + encoded + raw


REPLY = {"seq": 1, "status": 200, "reason": "", "headers": [], "size": 0}
DELIVER = {"seq": 1, "prev": 0, "id": "x", "pieces": 1, "lengths": [1]}

BROKEN = {
    "empty": b"",
    "shorter than its prefix": b"\x01\x00\x00",
    "a head longer than the message": message(5, {"role": "watching"}, claimed=1000),
    "a head that is not MessagePack": bytes((5, 0, 0, 0, 0, 1, 0xC1)),
    "a head that is no map": message(5, [1]),
    "a missing field": message(8, {"after": 1}),
    "a wrong type inside valid data": message(4, {"seq": "1", "number": 1, "last": True}, b"x"),
    "a negative seq": message(4, {"seq": -1, "number": 1, "last": True}, b"x"),
    "a role that there is not": message(5, {"role": "admin"}),
    "a status that there is not": message(3, REPLY | {"status": 99}),
    "lengths that do not fit": message(2, DELIVER, b"ab"),
    "no pieces": message(2, DELIVER | {"pieces": 0, "lengths": []}),
    "more lengths than pieces": message(2, DELIVER | {"lengths": [1, 1]}, b"ab"),
    "a negative length": message(2, DELIVER | {"pieces": 2, "lengths": [2, -1]}, b"a"),
    "more body than its size": message(3, REPLY, b"x"),
    "a line end in a header": message(3, REPLY | {"headers": [["X", "a\r\nSet-Cookie: b"]]}),
    "a line end in the reason": message(3, REPLY | {"reason": "OK\r\nX: y"}),
    "a header name with a colon": message(3, REPLY | {"headers": [["X:", "a"]]}),
    "an empty header name": message(3, REPLY | {"headers": [["", "a"]]}),
    "a header beyond latin-1": message(3, REPLY | {"headers": [["X", "\u20ac"]]}),
    "a header of three": message(3, REPLY | {"headers": [["X", "a", "b"]]}),
    "an empty piece": message(4, {"seq": 1, "number": 1, "last": True}),
    "raw bytes where there are none": message(5, {"role": "watching"}, b"x"),
    "too many raw bytes": message(4, {"seq": 1, "number": 1, "last": True}, bytes(MAX_RAW + 1)),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_frame_is_refused(name):
    with pytest.raises(WireError):
        decode(BROKEN[name])


def test_an_unknown_kind_is_skipped():
    assert decode(message(99, {"anything": 1}, b"x")) is None


def test_an_unknown_key_is_ignored():
    assert decode(message(5, {"role": "watching", "new": 1})) == (Role(role="watching"), b"")


def test_a_frame_carries_no_more_than_its_limit():
    with pytest.raises(ValueError, match="at most"):
        encode(Piece(seq=1, number=1, last=True), bytes(MAX_RAW + 1))


@pytest.mark.parametrize(("size", "parts"), [(0, []), (1, [1]), (MAX_RAW, [MAX_RAW]), (MAX_RAW + 1, [MAX_RAW, 1])])
def test_a_body_is_split_to_fit_frames(size, parts):
    assert [len(part) for part in split(bytes(size))] == parts


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=60))
@example(bytes((3, 0, 0, 0, 0, 1, 0x80)))
def test_no_bytes_raise_anything_but_a_wire_error(data):
    try:
        decode(data)
    except WireError:
        pass


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(FRAMES), st.integers(0, 200), st.integers(0, 255))
def test_a_flipped_byte_raises_nothing_but_a_wire_error(frame, position, value):
    data = bytearray(encode(frame[1], frame[2]))
    data[position % len(data)] = value
    try:
        decode(bytes(data))
    except WireError:
        pass
