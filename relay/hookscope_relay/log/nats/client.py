"""The official client, with a way of its own for what goes out and comes in by the thousand.

On its way out a message costs nats-py two coroutines, a future and a turn of a queue; on its way in patterns, another
queue and a task. Here it is bytes, written with all others of the loop's turn, and a function that is called.
Connecting, TLS, credentials and finding another server stay the library's. Beneath its public surface this needs
`_transport`, `_pending`, `_ps` and `_process_msg`.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Iterable

from nats import errors
from nats.aio.client import Client
from nats.aio.msg import Msg

from hookscope_relay.log.nats.parser import Listener, Mail, MailParser
from hookscope_relay.log_lines import tell

LISTEN_WITHIN_S = 5

logger = logging.getLogger("hookscope.relay")


class Unencrypted(errors.Error):
    """A server does not ask for TLS where that is wanted."""


class NatsClient(Client):
    """A `Client` that also takes whole commands, and calls a function with each message of a subject.

    `lost` is called whenever its connection broke. `denied` is what the servers said that its user may not do;
    `is_trusted` once it is known to be nothing. Where it is to be `encrypted`, a server that does not ask for TLS is
    told nothing.
    """

    def __init__(self, *, encrypted: bool = False) -> None:
        super().__init__()
        self.denied: list[str] = []
        self.is_trusted = False
        self._encrypted = encrypted
        self.lost: Callable[[], object] = lambda: None
        self._listeners: dict[int, Listener] = {}
        self._ps = MailParser(self, self._listeners.get)

    async def listen(self, subject: str, heard: Listener) -> None:
        """Have `heard` called with each message of the subject, in order; the server knows of it once this returns."""
        subscription = await self.subscribe(subject, cb=_hear_nothing)
        self._listeners[subscription._id] = _careful(heard)
        await self.flush(LISTEN_WITHIN_S)

    def write(self, commands: Iterable[bytes]) -> None:
        """Send commands at once, as `message` makes them; they are lost where there is no connection."""
        # A transport that has just broken says so, before the client knows.
        with contextlib.suppress(RuntimeError, OSError):
            if self._transport is not None and self.is_connected:
                self._transport.write(b"".join(commands))

    async def _process_info(self, info: dict[str, object], initial_connection: bool = False) -> None:
        # The library would go on in the clear, credentials and all.
        if initial_connection and self._encrypted and not info.get("tls_required"):
            raise Unencrypted
        await super()._process_info(info, initial_connection)

    async def forget_pending(self) -> None:
        """What had not left when a connection broke is asked again by whoever asked: late, it might be kept twice."""
        self._pending = []
        self._pending_data_size = 0
        self.lost()

    async def give_up(self) -> None:
        """Let go of everything, also where a connection was only half made."""
        transport = self._transport
        with contextlib.suppress(Exception):
            await self.close()
        if transport is not None:
            transport.close()  # type: ignore[no-untyped-call]  # the library's own class
            closed = asyncio.ensure_future(transport.wait_closed())  # type: ignore[no-untyped-call]
            await asyncio.wait([closed], timeout=1.0)
            if closed.done() and not closed.cancelled():
                closed.exception()

    async def _process_msg(self, sid: int, subject: bytes, reply: bytes, data: bytes, headers: bytes) -> None:
        """Of a message that came in parts the library's parser tells."""
        if (heard := self._listeners.get(sid)) is not None:
            heard(Mail(subject.decode(), reply.decode(), data, headers or b""))
        elif sid in self._subs:
            await super()._process_msg(sid, subject, reply, data, headers)


def _careful(heard: Listener) -> Listener:
    """What one message does wrong must not end the reading of others."""

    def hear(mail: Mail) -> None:
        try:
            heard(mail)
        except Exception as error:
            tell(logger, "nats message dropped", logging.ERROR, subject=mail.subject, reason=repr(error))

    return hear


async def _hear_nothing(_: Msg) -> None:
    """Messages are given to the listener before they would come here."""


def message(subject: str, payload: bytes, reply: str, headers: dict[str, str] | None) -> bytes:
    """The command that publishes a message (docs.nats.io/reference/reference-protocols/nats-protocol).

    No word of it may hold a space or the end of a line.
    """
    if headers is None:
        return b"PUB %b %b %d\r\n%b\r\n" % (subject.encode(), reply.encode(), len(payload), payload)
    lines = "".join([f"{name}: {value}\r\n" for name, value in headers.items()])
    head = f"NATS/1.0\r\n{lines}\r\n".encode()
    words = subject.encode(), reply.encode(), len(head), len(head) + len(payload), head, payload
    return b"HPUB %b %b %d %d\r\n%b%b\r\n" % words
