"""What is heard of a WebSocket's bytes; real ones are in `tests/e2e/test_websockets.py`."""

from __future__ import annotations

import random
import zlib

import pytest

from hookscope.forward.conversation import MOST_SPOKEN, PACKED_BYTES, SHOWN_BYTES, SHOWN_IN_ALL, Listening
from hookscope_relay.delivery import Headers

DEFLATE: Headers = (("sec-websocket-extensions", "permessage-deflate; server_no_context_takeover"),)


def frame(opcode: int, payload: bytes = b"", *, last: bool = True, mask: bytes = b"", packed: bool = False) -> bytes:
    first = (0x80 if last else 0) | (0x40 if packed else 0) | opcode
    size = len(payload)
    head = bytes((first, (0x80 if mask else 0) | min(size, 126 if size < 65536 else 127)))
    if size >= 126:
        head += size.to_bytes(2 if size < 65536 else 8, "big")
    masked = bytes(byte ^ mask[place % 4] for place, byte in enumerate(payload)) if mask else payload
    return head + mask + masked


def heard(data: bytes, agreed: Headers = (), cut: int = 0) -> list[tuple[str, int, bytes, int | None]]:
    listening = Listening(agreed)
    for start in range(0, len(data), cut or len(data)):
        listening.hear(data[start : start + (cut or len(data))], from_sender=True, after_s=1.0)
    return [(one.kind, one.size, one.shown, one.code) for one in listening.spoken]


SAID = [
    (frame(1, b"hello", mask=b"abcd"), [("text", 5, b"hello", None)]),
    (frame(2), [("binary", 0, b"", None)]),
    (
        frame(1, b"he", last=False) + frame(9, b"p") + frame(0, b"l", last=False) + frame(0, b"lo"),
        [("ping", 1, b"p", None), ("text", 5, b"hello", None)],
    ),
    (frame(2, b"x" * 70_000, mask=b"\0\1\2\3"), [("binary", 70_000, b"x" * SHOWN_BYTES, None)]),
    (frame(8, b"\x03\xe8bye"), [("close", 5, b"bye", 1000)]),
    (frame(8), [("close", 0, b"", None)]),
    # What is no frame: nothing after it can be read.
    (frame(1, b"ok") + frame(3, b"odd") + frame(1, b"later"), [("text", 2, b"ok", None), ("unknown", 3, b"", None)]),
    (frame(0, b"of nothing"), [("unknown", 10, b"", None)]),
    (b"\xf1\x00", [("unknown", 0, b"", None)]),
]


@pytest.mark.parametrize(("data", "told"), SAID)
@pytest.mark.parametrize("cut", [0, 1, 7])
def test_messages_are_heard_however_their_bytes_come(
    data: bytes, told: list[tuple[str, int, bytes, int | None]], cut: int
) -> None:
    if cut == 1 and len(data) > 1000:
        cut = 999
    assert heard(data, cut=cut) == told


def test_compressed_messages_are_unpacked() -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)

    def packed(text: bytes) -> bytes:
        return (packer.compress(text) + packer.flush(zlib.Z_SYNC_FLUSH))[:-4]

    first, second = packed(b"hello hello"), packed(b"hello hello")
    assert len(second) < len(first)
    data = frame(1, first, packed=True, mask=b"wxyz") + frame(1, second, packed=True)
    assert [shown for _, _, shown, _ in heard(data, DEFLATE, cut=3)] == [b"hello hello"] * 2
    # Without the one before it a message cannot be read, and what was never agreed on neither.
    broken = frame(1, b"\xff\xff", packed=True) + frame(1, second, packed=True)
    assert [shown for _, _, shown, _ in heard(broken, DEFLATE)] == [b"", b""]
    assert heard(data) == [("text", len(first), b"", None), ("text", len(second), b"", None)]


def test_a_compressed_message_that_is_large_is_passed_over() -> None:
    noise = random.Random(1).randbytes(PACKED_BYTES + 1)
    (one,) = heard(frame(2, noise, packed=True), DEFLATE)
    assert one == ("binary", len(noise), b"", None)


def test_a_bomb_is_unpacked_no_further_than_it_is_shown() -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    bomb = packer.compress(bytes(30_000_000)) + packer.flush(zlib.Z_SYNC_FLUSH)
    (one,) = heard(frame(1, bomb[:-4], packed=True), DEFLATE)
    assert len(one[2]) == SHOWN_BYTES


def test_so_much_is_kept() -> None:
    listening = Listening(())
    listening.hear(frame(1, b"x" * 2000) * (MOST_SPOKEN + 3), from_sender=False, after_s=0.5)
    assert (len(listening.spoken), listening.unheard) == (MOST_SPOKEN, 3)
    assert sum(len(one.shown) for one in listening.spoken) == SHOWN_IN_ALL
    assert not listening.has_closed


def test_hostile_bytes_never_raise() -> None:
    source = random.Random(7)
    for _ in range(300):
        listening = Listening(DEFLATE)
        for _ in range(5):
            listening.hear(source.randbytes(source.randrange(1, 60)), from_sender=source.random() < 0.5, after_s=0.0)
