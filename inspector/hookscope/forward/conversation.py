"""What is said over a WebSocket (RFC 6455), listened to beside the bytes that pass: whole messages with who said them,
when, and how they begin.

Nothing here changes or holds up a byte, and nothing raises: what breaks the protocol is a message with a note.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence

from hookscope.model.stream_note import Said, Spoken
from hookscope_relay.delivery import Headers, header_values

# So many messages are kept, so much of each, and so much of all.
MOST_SPOKEN = 500
SHOWN_BYTES = 1024
SHOWN_IN_ALL = 128 * 1024
# A compressed message above this is not unpacked, and no later one of its side: each needs those before it.
PACKED_BYTES = 64 * 1024
UNPACKED_BYTES = 256 * 1024

KINDS: dict[int, Said] = {1: "text", 2: "binary", 8: "close", 9: "ping", 10: "pong"}
FLUSH = b"\x00\x00\xff\xff"
_NO_TAKEOVER = re.compile(r";\s*(server|client)_no_context_takeover", re.IGNORECASE)


class Listening:
    """One conversation, heard in both directions; `agreed` are the headers of the 101."""

    def __init__(self, agreed: Headers) -> None:
        extensions = ", ".join(header_values(agreed, "sec-websocket-extensions"))
        unpacks = extensions.strip().lower().startswith("permessage-deflate")
        alone = {name.lower() for name in _NO_TAKEOVER.findall(extensions)}
        self.spoken: list[Spoken] = []
        self.unheard = 0
        self.has_closed = False
        self._room = SHOWN_IN_ALL
        self._sides = {
            True: _Side(_Unpacker(keeps="client" not in alone) if unpacks else None),
            False: _Side(_Unpacker(keeps="server" not in alone) if unpacks else None),
        }

    def hear(self, data: bytes, *, from_sender: bool, after_s: float) -> None:
        """Take the next bytes of one side."""
        for kind, size, shown, note in self._sides[from_sender].read(data):
            code = int.from_bytes(shown[:2], "big") if kind == "close" and len(shown) >= 2 else None
            self.has_closed = self.has_closed or kind == "close"
            if len(self.spoken) >= MOST_SPOKEN:
                self.unheard += 1
                continue
            part = (shown[2:] if kind == "close" else shown)[: max(0, self._room)]
            self._room -= len(part)
            self.spoken.append(
                Spoken(
                    after_s=round(after_s, 4),
                    from_sender=from_sender,
                    kind=kind,
                    size=size,
                    shown=part,
                    code=code,
                    note=note,
                )
            )


class _Side:
    """What one side says: frames put together to messages."""

    def __init__(self, unpacker: _Unpacker | None) -> None:
        self._unpacker = unpacker
        self._head = b""
        self._left = 0
        self._mask = b""
        self._at = 0
        self._opcode = 0
        self._is_last = True
        self._control = bytearray()
        self._message: tuple[Said, bool] | None = None
        self._size = 0
        self._held = bytearray()
        self._lost = ""

    def read(self, data: bytes) -> Sequence[tuple[Said, int, bytes, str]]:
        """The messages that end with these bytes: kind, size, how they begin, and what is to be said of them."""
        found: list[tuple[Said, int, bytes, str]] = []
        at = 0
        while at < len(data) and not self._lost:
            if not self._left:
                at = self._read_head(data, at, found)
                continue
            part = data[at : at + self._left]
            self._take(part)
            at += len(part)
            self._left -= len(part)
            if not self._left:
                self._end_frame(found)
        return found

    def _read_head(self, data: bytes, at: int, found: list[tuple[Said, int, bytes, str]]) -> int:
        """Take bytes of a frame's head; where they end."""
        before = len(self._head)
        head = self._head + data[at : at + 14 - before]
        size = _head_size(head)
        if len(head) < size:
            self._head = head
            return len(data)
        self._head = b""
        first, second = head[0], head[1]
        length = second & 0x7F
        extended = {126: 2, 127: 8}.get(length, 0)
        self._left = int.from_bytes(head[2 : 2 + extended], "big") if extended else length
        self._mask = head[2 + extended : size] if second & 0x80 else b""
        self._at = 0
        self._opcode = first & 0x0F
        self._is_last = bool(first & 0x80)
        self._begin_frame(bool(first & 0x40), first & 0x30, found)
        if not self._left and not self._lost:
            self._end_frame(found)
        return at + size - before

    def _begin_frame(self, packed: bool, reserved: int, found: list[tuple[Said, int, bytes, str]]) -> None:
        known = self._opcode in KINDS or self._opcode == 0
        if not known or reserved or (self._opcode == 0 and self._message is None):
            self._lost = "what follows is not read: this is no frame that RFC 6455 knows"
            found.append(("unknown", self._left, b"", self._lost))
        elif self._opcode >= 8:
            self._control.clear()
        elif self._opcode:
            self._message, self._size = (KINDS[self._opcode], packed), 0
            self._held.clear()

    def _take(self, part: bytes) -> None:
        control = self._opcode >= 8
        held, most = (self._control, 125) if control else (self._held, self._most)
        wanted = part[: max(0, most - len(held))]
        held += _unmask(wanted, self._mask, self._at)
        self._at += len(part)
        if not control:
            self._size += len(part)

    @property
    def _most(self) -> int:
        packed = self._message is not None and self._message[1]
        return PACKED_BYTES if packed and self._unpacker is not None else SHOWN_BYTES

    def _end_frame(self, found: list[tuple[Said, int, bytes, str]]) -> None:
        if self._opcode >= 8:
            found.append((KINDS[self._opcode], len(self._control), bytes(self._control), ""))
        elif self._is_last and self._message is not None:
            kind, packed = self._message
            shown, note = bytes(self._held), ""
            if packed:
                shown, note = self._unpack(shown)
            found.append((kind, self._size, shown[:SHOWN_BYTES], note))
            self._message = None

    def _unpack(self, held: bytes) -> tuple[bytes, str]:
        if self._unpacker is None:
            return b"", "compressed by an extension that is not known"
        whole = self._size == len(held)
        if not whole:
            self._unpacker.give_up()
        shown = self._unpacker.unpack(held) if whole else None
        return (b"", "compressed, and not unpacked here") if shown is None else (shown, "compressed")


class _Unpacker:
    """Undoes permessage-deflate (RFC 7692) for one side; `keeps` says that a message may need those before it."""

    def __init__(self, *, keeps: bool) -> None:
        self._keeps = keeps
        self._inflate: zlib._Decompress | None = zlib.decompressobj(-15)

    def unpack(self, packed: bytes) -> bytes | None:
        """The message; None where it cannot be had."""
        if self._inflate is None:
            return None
        try:
            shown = self._inflate.decompress(packed + FLUSH, UNPACKED_BYTES)
        except zlib.error:
            self.give_up()
            return None
        if self._inflate.unconsumed_tail:
            self.give_up()
        elif not self._keeps:
            self._inflate = zlib.decompressobj(-15)
        return shown

    def give_up(self) -> None:
        """A message is passed over: what follows cannot be read, unless each stands alone."""
        self._inflate = None if self._keeps else zlib.decompressobj(-15)


def _head_size(head: bytes) -> int:
    """How many bytes a frame's head has, as far as these tell."""
    if len(head) < 2:
        return 2
    return 2 + {126: 2, 127: 8}.get(head[1] & 0x7F, 0) + (4 if head[1] & 0x80 else 0)


def _unmask(part: bytes, mask: bytes, at: int) -> bytes:
    if not mask or not part:
        return part
    turned = mask[at % 4 :] + mask[: at % 4]
    key = (turned * (len(part) // 4 + 1))[: len(part)]
    return (int.from_bytes(part, "big") ^ int.from_bytes(key, "big")).to_bytes(len(part), "big")
