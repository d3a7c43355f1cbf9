"""What the stream tells of each delivery once it has kept it: the message itself, for whoever follows its endpoint.

The stream's leader publishes what it has stored once more (ADR-28, `republish`), in the order of the stream, and names
with it the last one of the same endpoint before it. So a reader that stands at that one has the next, and nobody asks
the servers. What is told may be lost, and a new leader tells nothing of what an older one kept: then the two do not
join, and the reader asks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from hookscope_relay.log.nats.client import NatsClient
from hookscope_relay.log.nats.form import decode_stored
from hookscope_relay.log.nats.parser import Mail
from hookscope_relay.log.nats.streams import Names
from hookscope_relay.log.protocol import Record
from hookscope_relay.log.tail import Tail

TOLD_BYTES = 16 * 1024 * 1024


class Bulletins:
    """What was told of the endpoints that are followed; `told` is called with endpoint and seq of each."""

    def __init__(self, client: NatsClient, names: Names, told: Callable[[str, int], object]) -> None:
        self._client = client
        self._names = names
        self._told = told
        self._numbers: dict[str, int] = {}
        self._newest: dict[str, int] = {}
        self._tail = Tail(self._newest, TOLD_BYTES)

    def follow(self, endpoint: str) -> None:
        """Hear of the endpoint, unless it is followed already; the servers know of it before what is sent next."""
        if endpoint not in self._numbers:
            self._numbers[endpoint] = self._client.follow(self._names.of_bulletin(endpoint), self._hear)

    def unfollow(self, endpoint: str) -> None:
        """Hear no more of it."""
        if (number := self._numbers.pop(endpoint, None)) is not None:
            self._client.unfollow(number)
            self._tail.forget([endpoint])
            self._newest.pop(endpoint, None)

    def resume(self) -> None:
        """The connection is another one."""
        self._client.resume()

    def after(self, endpoint: str, after: int, limit: int) -> Sequence[Record] | None:
        """The records behind a seq, as far as they were told of; None where there may be others between."""
        return self._tail.after(endpoint, after, limit) or None

    def _hear(self, mail: Mail) -> None:
        subject = mail.header(b"Nats-Subject")
        endpoint = subject.rpartition(".")[2]
        seq, before = int(mail.header(b"Nats-Sequence")), int(mail.header(b"Nats-Last-Sequence"))
        # Without one before it the stream does not know what was trimmed.
        stored = decode_stored(subject, mail.data) if before else None
        if stored is not None and seq > self._newest.get(endpoint, 0):
            self._tail.add(endpoint, stored.record(seq, before))
        self._told(endpoint, seq)
