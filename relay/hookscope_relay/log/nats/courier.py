"""What goes out to NATS and what comes back: any number of questions share one subscription for their replies.

No question costs a task. A reply is given to a function, and so is silence, once patience is over.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

from nats import errors
from nats.aio.client import Client
from nats.aio.msg import Msg

from hookscope_relay.errors import LogUnavailable

API = "$JS.API."
# How long a question of management may take.
PATIENCE_S = 5.0
NO_RESPONDERS = "503"

# With a reply, or None where there came none in time or there is nobody to give one; True once the last has come.
Heard: TypeAlias = Callable[["Msg | None"], bool]


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
    heard: Heard
    timer: asyncio.TimerHandle


class Courier:
    """Everything that is sent on one connection, in order, and the replies to it."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self._inbox = client.new_inbox()
        self._asked: dict[str, _Question] = {}
        self._number = 0
        self._out: deque[tuple[str, bytes, str, dict[str, str] | None]] = deque()
        self._wake = asyncio.Event()
        self._writing: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to listen for replies."""
        # What arrives is small or asked for: no limit of messages, or a busy moment would lose some.
        await self.client.subscribe(f"{self._inbox}.*", cb=self._hear, pending_msgs_limit=0, pending_bytes_limit=0)
        self._writing = asyncio.create_task(self._write())

    @property
    def is_connected(self) -> bool:
        """Whether what is sent now leaves at once."""
        return bool(self.client.is_connected)

    def send(self, subject: str, payload: bytes = b"", reply: str = "", headers: dict[str, str] | None = None) -> None:
        """Send a message after all that were sent before; it is dropped where there is no connection."""
        self._out.append((subject, payload, reply, headers))
        self._wake.set()

    def ask(
        self, subject: str, payload: bytes, heard: Heard, within_s: float, headers: dict[str, str] | None = None
    ) -> None:
        """Send a question; `heard` is called with each reply until it returns True, or with None at the end."""
        self._number += 1
        name = str(self._number)
        timer = asyncio.get_running_loop().call_later(within_s, self._give_up, name)
        self._asked[name] = _Question(heard, timer)
        self.send(subject, payload, f"{self._inbox}.{name}", headers)

    async def request(self, subject: str, payload: bytes, within_s: float = PATIENCE_S) -> Msg:
        """The one reply to a question; raises `NoAnswer`."""
        future: asyncio.Future[Msg | None] = asyncio.get_running_loop().create_future()

        def heard(message: Msg | None) -> bool:
            if not future.done():
                future.set_result(message)
            return True

        self.ask(subject, payload, heard, within_s)
        message = await future
        if message is None:
            raise NoAnswer("NATS does not answer")
        if status_of(message) == NO_RESPONDERS:
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
    ) -> None:
        """Put a message into the stream of its subject; `told` hears whether it is kept.

        After `NoAnswer` it may be kept or not, also later.
        """

        def heard(message: Msg | None) -> bool:
            told(_ack_of(message))
            return True

        self.ask(subject, payload, heard, within_s, headers)

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
        if self._writing is not None:
            self._writing.cancel()
            await asyncio.gather(self._writing, return_exceptions=True)
            self._writing = None
        with contextlib.suppress(errors.Error, OSError):
            while self._out and self.is_connected:
                await self._send_next()
            if self.is_connected:
                await self.client.flush(2)
        for name in tuple(self._asked):
            self._give_up(name)
        await self.client.close()

    async def _write(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._out:
                await self._send_next()

    async def _send_next(self) -> None:
        subject, payload, reply, headers = self._out.popleft()
        try:
            await self.client.publish(subject, payload, reply, headers)
        except (errors.Error, OSError):
            # Whoever waits for a reply need not wait for the end of patience.
            self._give_up(reply.rpartition(".")[2])

    async def _hear(self, message: Msg) -> None:
        name = message.subject.rpartition(".")[2]
        question = self._asked.get(name)
        if question is not None and question.heard(message):
            question.timer.cancel()
            self._asked.pop(name, None)

    def _give_up(self, name: str) -> None:
        question = self._asked.pop(name, None)
        if question is not None:
            question.timer.cancel()
            question.heard(None)


def status_of(message: Msg) -> str:
    """The status of a reply that is one; empty for a message."""
    return str((message.headers or {}).get("Status", ""))


def _ack_of(message: Msg | None) -> Ack | LogUnavailable:
    if message is None or status_of(message) == NO_RESPONDERS:
        return NoAnswer("NATS does not answer")
    try:
        said = _checked(message.data)
        return Ack(int(said["seq"]), bool(said.get("duplicate")))
    except LogUnavailable as error:
        return error
    except (KeyError, ValueError):
        return NoAnswer("NATS answers what is no acknowledgement")


def _checked(answer: bytes) -> Any:  # Any: a JSON object of JetStream
    said = json.loads(answer)
    if error := said.get("error"):
        raise ApiError(int(error.get("err_code", 0)), str(error.get("description", "an error without words")))
    return said
