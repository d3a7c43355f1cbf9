"""A large delivery's further pieces on their way to NATS, while the rest is still arriving."""

from __future__ import annotations

import asyncio
import itertools
import secrets
from collections.abc import Callable

from hookscope_relay.errors import LogUnavailable
from hookscope_relay.log.nats.form import wrap
from hookscope_relay.log.nats.post import Post
from hookscope_relay.log.nats.streams import Names
from hookscope_relay.log.upload import Pieces, Told

_NUMBERS = itertools.count(1)


class NatsUpload(Pieces):
    """The pieces of one delivery: `spilled` says that the journal has some, `sealed` that their delivery is on its way.

    `abandon` is called with the name where no delivery came.
    """

    def __init__(self, post: Post, names: Names, room: asyncio.Semaphore, abandon: Callable[[str], object]) -> None:
        super().__init__(next(_NUMBERS), room, self._send, self._let_go)
        self.name = secrets.token_hex(12)
        self.sealed = False
        self.spilled = False
        self._post = post
        self._names = names
        self._purge = abandon

    def _send(self, number: int, content: bytes, told: Told) -> None:
        def heard(said: int | LogUnavailable) -> None:
            self.spilled = self.spilled or said == 0
            told(said if isinstance(said, LogUnavailable) else None)

        subject = self._names.of_piece(self.name, number)
        self._post.send(f"{self.name}.{number}", subject, wrap(subject, content), heard)

    def _let_go(self) -> None:
        if not self.sealed and self.count:
            self._purge(self.name)
