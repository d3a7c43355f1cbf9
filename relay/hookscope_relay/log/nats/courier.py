"""What goes out to NATS and what comes back: any number of questions share one subscription for their replies.

No question costs a task or a timer. A reply is given to a function, and so is silence, once patience is over. What is
sent in one turn of the loop leaves in one write.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

import msgspec
from nats import errors

from hookscope_relay.errors import LogUnavailable
from hookscope_relay.log.nats.client import NatsClient
from hookscope_relay.log.nats.client import message as command
from hookscope_relay.log.nats.parser import Mail

API = "$JS.API."
# How long a question of management may take.
PATIENCE_S = 5.0
NO_RESPONDERS = "503"

# How late silence may be told.
LOOK_S = 0.02
# After so long without anything kept the cluster is not slow, but away.
SILENT_S = 0.1

# With a reply, or None where there came none in time or there is nobody to give one; True once the last has come.
Heard: TypeAlias = Callable[[Mail | None], bool]


class _Error(msgspec.Struct, frozen=True):
    err_code: int = 0
    description: str = "an error without words"


class _Said(msgspec.Struct, frozen=True):
    """What a stream says of a message (`JSPubAckResponse` of nats-server)."""

    seq: int = 0
    duplicate: bool = False
    error: _Error | None = None


_DECODER = msgspec.json.Decoder(_Said)


class Ack(NamedTuple):
    """A stream has kept a message under this seq; `duplicate` where it had it before."""

    seq: int
    duplicate: bool


class ApiError(LogUnavailable):
    """JetStream refused; `code` is its own error code (nats-server's errors.json)."""

    def __init__(self, code: int, reason: str) -> None:
        self.code = code
        super().__init__(f"NATS: {reason}")


class NoAnswer(LogUnavailable):
    """Nobody answered: no leader, no stream, no connection."""


class Nobody(NoAnswer):
    """There is nobody to answer, which is known at once."""


@dataclass(slots=True)
class _Question:
    """Waits until then; where messages are being kept meanwhile, up to `most`."""

    heard: Heard
    until: float
    most: float


class Courier:
    """Everything that is sent on one connection, in order, and the replies to it."""

    def __init__(self, client: NatsClient) -> None:
        self.client = client
        self._inbox = client.new_inbox()
        self._inbox_length = len(self._inbox) + 1
        self._asked: dict[str, _Question] = {}
        self._number = 0
        self._out: list[bytes] = []
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._kept_at = 0.0

    async def start(self) -> None:
        """Begin to listen for replies."""
        self.client.lost = self._lose
        await self.client.listen(f"{self._inbox}.*", self._hear)

    @property
    def is_connected(self) -> bool:
        """Whether what is sent now leaves at once."""
        return bool(self.client.is_connected)

    def send(self, subject: str, payload: bytes = b"", reply: str = "", headers: dict[str, str] | None = None) -> bool:
        """Send a message after all that were sent before; False, and it is dropped, where there is no connection."""
        if not self.client.is_connected or len(payload) > self.client.max_payload:
            return False
        if not self._out:
            self._loop.call_soon(self._write)
        self._out.append(command(subject, payload, reply, headers))
        return True

    def ask(
        self,
        subject: str,
        payload: bytes,
        heard: Heard,
        within_s: float,
        headers: dict[str, str] | None = None,
        most_s: float = 0.0,
    ) -> None:
        """Send a question; `heard` is called with each reply until it returns True, or with None at the end.

        While messages are being kept, patience lasts up to `most_s`: the cluster is slow, not silent.
        """
        self._number += 1
        name = str(self._number)
        now = self._loop.time()
        self._asked[name] = _Question(heard, now + within_s, now + most_s)
        if self._timer is None:
            self._timer = self._loop.call_later(LOOK_S, self._look)
        if not self.send(subject, payload, f"{self._inbox}.{name}", headers):
            # Whoever waits for a reply need not wait for the end of patience.
            self._loop.call_soon(self._give_up, name)

    async def request(self, subject: str, payload: bytes, within_s: float = PATIENCE_S) -> Mail:
        """The one reply to a question; raises `NoAnswer`."""
        future: asyncio.Future[Mail | None] = asyncio.get_running_loop().create_future()

        def heard(message: Mail | None) -> bool:
            if not future.done():
                future.set_result(message)
            return True

        self.ask(subject, payload, heard, within_s)
        message = await future
        if message is None:
            raise NoAnswer("NATS does not answer")
        if message.status == NO_RESPONDERS:
            raise Nobody("nobody answers on NATS")
        return message

    async def api(self, name: str, body: Mapping[str, Any] | None = None, within_s: float = PATIENCE_S) -> Any:
        """What JetStream's API answers (a JSON object); raises `ApiError` or `NoAnswer`."""
        message = await self.request(API + name, json.dumps(body).encode() if body else b"", within_s)
        return _checked(message.data)

    def publish(
        self,
        subject: str,
        payload: bytes,
        told: Callable[[Ack | LogUnavailable], object],
        within_s: float,
        headers: dict[str, str] | None = None,
        most_s: float = 0.0,
    ) -> None:
        """Put a message into the stream of its subject; `told` hears whether it is kept.

        After `NoAnswer` it may be kept or not, also later. Patience is as for `ask`.
        """

        def heard(message: Mail | None) -> bool:
            said = _ack_of(message)
            if isinstance(said, Ack):
                self._kept_at = self._loop.time()
            told(said)
            return True

        self.ask(subject, payload, heard, within_s, headers, most_s)

    async def keep(
        self, subject: str, payload: bytes, headers: dict[str, str] | None = None, within_s: float = PATIENCE_S
    ) -> Ack:
        """As `publish`, awaited; raises what it would tell."""
        future: asyncio.Future[Ack | LogUnavailable] = asyncio.get_running_loop().create_future()

        def told(said: Ack | LogUnavailable) -> None:
            if not future.done():
                future.set_result(said)

        self.publish(subject, payload, told, within_s, headers)
        said = await future
        if isinstance(said, LogUnavailable):
            raise said
        return said

    async def close(self) -> None:
        """Send what is to be sent, and let go of the connection; whoever waits hears nothing more but that."""
        self._write()
        with contextlib.suppress(errors.Error, OSError):
            if self.is_connected:
                await self.client.flush(2)
        self._lose()
        await self.client.close()

    def _write(self) -> None:
        if self._out:
            out, self._out = self._out, []
            self.client.write(out)

    def _hear(self, message: Mail) -> None:
        name = message.subject[self._inbox_length :]
        question = self._asked.get(name)
        if question is not None and question.heard(message):
            self._asked.pop(name, None)

    def _look(self) -> None:
        """See whose patience is over."""
        self._timer = None
        now = self._loop.time()
        silent = now - self._kept_at > SILENT_S
        for name, question in tuple(self._asked.items()):
            if question.until <= now and (silent or question.most <= now):
                self._give_up(name)
        if self._asked and self._timer is None:
            self._timer = self._loop.call_later(LOOK_S, self._look)

    def _lose(self) -> None:
        """The connection broke: no reply to what was asked comes on another one in time."""
        self._out.clear()
        for name in tuple(self._asked):
            self._give_up(name)

    def _give_up(self, name: str) -> None:
        question = self._asked.pop(name, None)
        if question is not None:
            question.heard(None)


def _ack_of(message: Mail | None) -> Ack | LogUnavailable:
    if message is None or message.status == NO_RESPONDERS:
        return NoAnswer("NATS does not answer")
    try:
        said = _DECODER.decode(message.data)
    except msgspec.MsgspecError:
        return NoAnswer("NATS answers what is no acknowledgement")
    return (
        Ack(said.seq, said.duplicate) if said.error is None else ApiError(said.error.err_code, said.error.description)
    )


def _checked(answer: bytes) -> Any:  # Any: a JSON object of JetStream
    said = json.loads(answer)
    if "error" in said:
        error = msgspec.convert(said["error"], _Error)
        raise ApiError(error.err_code, error.description)
    return said
