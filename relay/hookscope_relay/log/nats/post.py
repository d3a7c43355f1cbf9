"""Bringing messages into their streams: directly while the cluster takes them, else by way of the journal.

A letter that the cluster did not acknowledge in time goes into the journal, and so does what comes before the cluster
has kept something again. It is brought in generation by generation, under the same Nats-Msg-Id, so that one which had
been kept after all is not kept twice.

What was acknowledged first stands first in its subject: a letter waits while another of its subject is in the journal,
and goes there too where that takes too long. Letters of other subjects do not.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from hookscope_relay.errors import LogUnavailable
from hookscope_relay.log.nats.courier import Ack, ApiError, Courier
from hookscope_relay.log.nats.form import decode_stored
from hookscope_relay.log.nats.journal import Journal, Letter
from hookscope_relay.log.nats.reader import Reader
from hookscope_relay.log.nats.streams import DUPLICATES_S, Names
from hookscope_relay.log_lines import tell

# How long a sender waits for a cluster that keeps nothing, and at most for one that keeps what others sent, before the
# journal takes its delivery.
BUDGET_S = 0.2
MOST_S = 0.4
DRAIN_S = 2.0
PAUSE_S = 0.1
TELL_EVERY_S = 10.0
# nats-server's errors.json: no room, which the journal would not make. Everything else it may outlast.
FULL = frozenset({10023, 10047, 10077})
# A message that no stream would ever take.
IMPOSSIBLE = frozenset({10054})

# Hears a seq, 0 where the journal has the message, or why it is not kept.
Told: TypeAlias = Callable[["int | LogUnavailable"], object]

logger = logging.getLogger("hookscope.relay")


@dataclass(slots=True)
class _Held:
    """Letters that wait for others of their subject, until `overdue`."""

    overdue: asyncio.TimerHandle
    letters: list[tuple[Letter, Told]] = field(default_factory=list)


class Post:
    """The way into the streams. `arrived` is called with each letter that came by way of the journal, and its seq."""

    def __init__(
        self,
        courier: Courier,
        reader: Reader,
        journal: Journal,
        names: Names,
        arrived: Callable[[Letter, int], object],
    ) -> None:
        self.journal = journal
        self.newest = 0
        self.trouble: Counter[str] = Counter()
        self._courier = courier
        self._reader = reader
        self._names = names
        self._arrived = arrived
        self._is_away = False
        self._held: dict[str, _Held] = {}
        self._last_error: BaseException | None = None
        self._told_at = 0.0
        self._draining = asyncio.create_task(self._drain())

    def send(self, name: str, subject: str, payload: bytes, told: Told, *, behind_pieces: bool = False) -> None:
        """Keep a message; `told` hears its seq, 0 where the journal has it, or why it is not kept.

        One that belongs to pieces in the journal (`behind_pieces`) goes there too: it must not come before them.
        """
        letter = Letter(name, subject, payload, self.newest, time.time())
        if self._is_away or behind_pieces or not self._courier.is_connected:
            self._give_up_holding(subject)
            self._put(letter, told)
        elif subject in self.journal.waiting:
            self._hold(letter, told)
        else:
            self._publish(letter, told)

    async def close(self) -> None:
        """Stop bringing in what waits: the next process goes on with it."""
        self._draining.cancel()
        await asyncio.gather(self._draining, return_exceptions=True)
        for subject in tuple(self._held):
            self._give_up_holding(subject)
        await self.journal.close()

    def _publish(self, letter: Letter, told: Told) -> None:
        def heard(said: Ack | LogUnavailable) -> None:
            if isinstance(said, Ack):
                self._note(letter.subject, said.seq)
                told(said.seq)
            elif isinstance(said, ApiError) and said.code in FULL | IMPOSSIBLE:
                self.trouble["full"] += 1
                told(said)
            else:
                self._is_away = True
                self._put(letter, told)

        # It may have waited for others of its subject.
        waited_s = min(BUDGET_S, max(0.0, time.time() - letter.tried_at))
        named = {"Nats-Msg-Id": letter.name}
        self._courier.publish(
            letter.subject, letter.payload, heard, BUDGET_S - waited_s, named, most_s=MOST_S - waited_s
        )

    def _hold(self, letter: Letter, told: Told) -> None:
        held = self._held.get(letter.subject)
        if held is None:
            overdue = asyncio.get_running_loop().call_later(BUDGET_S, self._give_up_holding, letter.subject)
            held = self._held[letter.subject] = _Held(overdue)
        held.letters.append((letter, told))

    def _give_up_holding(self, subject: str) -> None:
        """What waits for others of its subject joins them."""
        for letter, told in self._let_go(subject):
            self._put(letter, told)

    def _let_go(self, subject: str) -> Sequence[tuple[Letter, Told]]:
        held = self._held.pop(subject, None)
        if held is None:
            return ()
        held.overdue.cancel()
        return held.letters

    def _put(self, letter: Letter, told: Told) -> None:
        if not self.journal.count:
            tell(logger, "spilling", logging.WARNING, reason="the cluster takes nothing")
        self.trouble["spilled"] += 1
        self.journal.put(letter, lambda error: told(error if error is not None else 0))

    async def _drain(self) -> None:
        while True:
            await self.journal.filled.wait()
            try:
                generation, letters = await self.journal.oldest()
                if not letters:
                    # They are being kept just now.
                    await asyncio.sleep(PAUSE_S / 10)
                elif await self._bring_in(generation, letters):
                    if not self.journal.count:
                        tell(logger, "spilled deliveries are in the cluster")
                else:
                    self._tell_of_delay()
                    await asyncio.sleep(PAUSE_S)
            except Exception as error:
                # The disk or the cluster; both may come back.
                self.trouble["drain"] += 1
                tell(logger, "draining failed", logging.WARNING, reason=str(error))
                await asyncio.sleep(1.0)

    def _tell_of_delay(self) -> None:
        """Say every now and then why what was spilled still waits."""
        now = time.monotonic()
        if now - self._told_at > TELL_EVERY_S:
            self._told_at = now
            reason = str(self._last_error or "no connection")
            tell(logger, "spilled deliveries wait", logging.WARNING, count=self.journal.count, reason=reason)

    async def _bring_in(self, generation: int, letters: Sequence[Letter]) -> bool:
        """Bring a generation in, or what can be of it; whether it is all in."""
        if not self._courier.is_connected:
            return False
        said = await asyncio.gather(*(self._bring(letter) for letter in letters), return_exceptions=True)
        self._last_error = next((error for error in said if isinstance(error, BaseException)), None)
        done = [letter for letter, seq in zip(letters, said, strict=True) if isinstance(seq, int)]
        await self.journal.drop(generation, done)
        for letter, seq in zip(letters, said, strict=True):
            if isinstance(seq, int):
                self._arrived(letter, seq)
        for subject in {letter.subject for letter in done}.difference(self.journal.waiting):
            for letter, told in self._let_go(subject):
                self._publish(letter, told)
        return len(done) == len(letters)

    async def _bring(self, letter: Letter) -> int:
        """Its seq in the stream."""
        # The servers know a name only for so long.
        if time.time() - letter.tried_at > DUPLICATES_S / 2 and (seq := await self._find(letter)):
            return seq
        try:
            ack = await self._courier.keep(letter.subject, letter.payload, {"Nats-Msg-Id": letter.name}, DRAIN_S)
        except ApiError as error:
            if error.code in FULL:
                self.trouble["full"] += 1
            raise
        self._note(letter.subject, ack.seq)
        return ack.seq

    def _note(self, subject: str, seq: int) -> None:
        self._is_away = False
        if not self._names.is_piece(subject):
            self.newest = max(self.newest, seq)

    async def _find(self, letter: Letter) -> int:
        """The seq under which the letter is in its stream already; 0 where it is not."""
        if self._names.is_piece(letter.subject):
            piece = await self._reader.last(self._names.pieces, letter.subject)
            return piece.seq if piece else 0
        after = letter.behind
        while found := await self._reader.after(self._names.deliveries, letter.subject, after, 256):
            for message in found:
                stored = decode_stored(message.subject, message.data)
                if stored is not None and stored.delivery_id == letter.name:
                    return message.seq
            after = found[-1].seq
        return 0
