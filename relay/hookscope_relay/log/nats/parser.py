"""Reading what a NATS server sends: messages here, everything else, a line at a time, by the official client's parser.

What comes by the thousand is MSG and HMSG (docs.nats.io/reference/reference-protocols/nats-protocol). The library
matches each with two patterns, moves the rest of what was read, and awaits two coroutines.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from nats.protocol.parser import Parser

END = b"\r\n"
STATUS_LINE = b"NATS/1.0 "
# How many sizes end the first line of a message.
SIZES = {b"MSG": 1, b"HMSG": 2}


class Mail(NamedTuple):
    """A message of a subscription; `head` are its headers, as they came."""

    subject: str
    reply: str
    data: bytes
    head: bytes = b""

    @property
    def status(self) -> str:
        """The status of a reply that is one; empty for a message."""
        return self.head[9:12].decode("latin-1") if self.head.startswith(STATUS_LINE) else ""

    def header(self, name: bytes) -> str:
        """The first value of a header, named as it is written; empty where there is none."""
        _, found, rest = self.head.partition(b"\r\n" + name + b":")
        return rest.partition(END)[0].strip().decode("latin-1") if found else ""


Listener = Callable[[Mail], object]


class MailParser(Parser):
    """Gives messages of subscriptions that `listener` finds to who listens to them; all else goes its usual way.

    `listener` takes the number of a subscription. What it finds must not raise.
    """

    def __init__(self, client: object, listener: Callable[[int], Listener | None]) -> None:
        self._listener = listener
        super().__init__(client)

    def reset(self) -> None:
        """Begin to read another connection."""
        super().reset()
        self._part: list[bytes] = []
        self._lacking = 0

    async def parse(self, data: bytes = b"") -> None:
        """Take what was read next; `ProtocolError` where no server would send it."""
        self._part.append(data)
        self._lacking -= len(data)
        if self._lacking > 0:
            return
        data = b"".join(self._part)
        start = 0
        while (end := data.find(END, start)) >= 0:
            message = _measure(data[start:end])
            stop = end + 2 if message is None else end + 4 + message.size
            if stop > len(data):
                break
            listener = self._listener(message.number) if message else None
            if message is not None and listener is not None:
                body = end + 2 + message.head_size
                listener(Mail(message.subject, message.reply, data[body : stop - 2], data[end + 2 : body]))
            else:
                await super().parse(data[start:stop])
            start = stop
        # Of a message that is not whole yet it is known how much it lacks.
        self._lacking = max(0, stop - len(data)) if start < len(data) and end >= 0 else 0
        self._part = [data[start:]] if start < len(data) else []


class _Measure(NamedTuple):
    subject: str
    number: int
    reply: str
    head_size: int
    size: int


def _measure(line: bytes) -> _Measure | None:
    """What the first line of a message says; None where it is none."""
    words = line.split()
    sizes = SIZES.get(words[0], 0) if words else 0
    if not sizes or not 3 + sizes <= len(words) <= 4 + sizes:
        return None
    try:
        number, head_size, size = int(words[2]), int(words[-2]) if sizes == 2 else 0, int(words[-1])
    except ValueError:
        return None
    reply = words[3].decode() if len(words) > 3 + sizes else ""
    return _Measure(words[1].decode(), number, reply, head_size, size)
