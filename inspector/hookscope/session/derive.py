"""Explains captures behind the trip: what was appended is looked at in batches, in the order it came,
and what was left over goes on at the next start.

While deliveries come in it takes small steps and long pauses, so that nobody's answer waits for an explanation; when it
is quiet it takes large ones. Under a flood nearly everything is left for when that is over. A capture waits in the
store's list until its verdict and findings are there, so nothing is forgotten by a crash.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from hookscope.attempts.explain import Around, Explainer, Question
from hookscope.attempts.make import Emit
from hookscope.diagnosis.case import Settlement
from hookscope.model.capture import Attempt, Origin
from hookscope.model.events import Diagnosed
from hookscope.model.finding import Explained
from hookscope.model.handler import Handler
from hookscope.model.verdict import Recognition
from hookscope.store.captures import CaptureStore
from hookscope.store.entry import Entry
from hookscope.store.queries import HeldCapture
from hookscope.store.updates import ExplainedRow
from hookscope_relay.delivery import Delivery, header

# Of so many, with no more bytes in their bodies, the deliveries themselves are at hand; those behind them are read from
# the store when their turn comes.
AT_HAND = 4000
BYTES_AT_HAND = 24 * 1024 * 1024
# A secret that is given later verifies at most so many of those that came before.
VERIFIED_LATE = 1000
LARGE_STEP = 64
SMALL_STEP = 4
# So long after the last delivery it is quiet.
QUIET_AFTER_S = 0.02
PAUSE_S = 0.02
# While it is not quiet, at most one part in so many of the time goes into explanations.
RARELY = 16


@dataclass(frozen=True, slots=True)
class Again:
    """A capture to be explained once more, by its delivery's id, now that more is known: around it, or since a secret
    was given at that time (0: none was)."""

    delivery_id: str
    around: Around | None = None
    secret_given_at: float = 0.0


@dataclass(frozen=True, slots=True)
class Copied:
    """A copy of a delivery, whose attempt is to be explained by itself."""

    entry: Entry
    attempt: Attempt


Waiting: TypeAlias = Entry | int | Again | Copied


class Derive:
    """What there is to explain, and what explains it. `add` from the session's loop; `run` beside it."""

    def __init__(
        self,
        *,
        store: CaptureStore,
        explainer: Explainer,
        emit: Emit,
        handler: Callable[[str], Handler | None],
        kept_back: Callable[[Delivery, Recognition], str],
        preserve_host: bool = False,
    ) -> None:
        self._store = store
        self._explainer = explainer
        self._emit = emit
        self._handler = handler
        self._kept_back = kept_back
        self._preserve_host = preserve_host
        self._queue: deque[Waiting] = deque()
        self._bytes = 0
        self._bell = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._in_hand: dict[str, Settlement | None] = {}
        # Up to this number captures are an earlier session's, which may have known other providers.
        self._earlier = 0
        self.busy_at = 0.0

    def expect(self, delivery_id: str) -> None:
        """A delivery is on its way here: what becomes known around it meanwhile is explained with it."""
        self._in_hand[delivery_id] = None

    def add(self, waiting: Waiting) -> None:
        """Have a capture explained; the last of many are let go of, and read again when their turn comes."""
        if isinstance(waiting, Entry):
            size = len(waiting.delivery.body)
            if len(self._queue) >= AT_HAND or self._bytes + size > BYTES_AT_HAND:
                waiting = waiting.number
            else:
                self._bytes += size
        self._queue.append(waiting)
        self._idle.clear()
        self._bell.set()

    def settled(self, delivery_id: str, ended: Settlement) -> None:
        """Say how the sender's wait ended: with the explanation that is to come, or by another one."""
        if delivery_id in self._in_hand:
            self._in_hand[delivery_id] = ended
        else:
            self.add(Again(delivery_id, Around(settled=ended)))

    async def resume(self, endpoint: str) -> None:
        """Take up what an earlier session left."""
        for number in await asyncio.to_thread(self._store.waiting, endpoint):
            self._earlier = max(self._earlier, number)
            self.add(number)

    async def verify_again(self, endpoint: str | None, provider: str) -> None:
        """A secret of the provider was given now: explain with it what came without, at one endpoint or at all."""
        given_at = time.time()
        for name in await asyncio.to_thread(self._store.unverified, endpoint, provider, VERIFIED_LATE):
            self.add(Again(name, secret_given_at=given_at))

    async def run(self) -> None:
        """Explain what waits, for ever."""
        while True:
            self._bell.clear()
            while self._queue:
                await self._step()
            self._idle.set()
            await self._bell.wait()

    def hurry(self) -> None:
        """Nothing comes any more: go on without pauses."""
        self.busy_at = 0.0

    async def drain(self) -> None:
        """Wait until nothing waits to be explained."""
        await self._idle.wait()

    @property
    def is_quiet(self) -> bool:
        """Whether no delivery came for a moment."""
        return time.monotonic() - self.busy_at > QUIET_AFTER_S

    async def _step(self) -> None:
        started, quiet = time.monotonic(), self.is_quiet
        step = self._take(LARGE_STEP if quiet else SMALL_STEP)
        explained = await self._explainer.explain_all(lambda: self._questions(step))
        await self._keep(explained, is_first=not any(isinstance(one, Again) for one in step))
        if not quiet:
            await self._rest_until(time.monotonic() + (RARELY - 1) * (time.monotonic() - started))

    async def _rest_until(self, end: float) -> None:
        """Leave the time to deliveries; not when none come any more."""
        while not self.is_quiet:
            await asyncio.sleep(PAUSE_S)
            if time.monotonic() >= end:
                return

    def _take(self, count: int) -> list[Waiting]:
        step = [self._queue.popleft() for _ in range(min(count, len(self._queue)))]
        self._bytes -= sum(len(one.delivery.body) for one in step if isinstance(one, Entry))
        return step

    async def _keep(self, explained: Sequence[tuple[Question, Explained]], is_first: bool) -> None:
        rows = [
            ExplainedRow(
                one.number,
                one.attempt.number if one.attempt else 0,
                said.verdict,
                (*one.proved, *said.findings),
                is_first,
            )
            for one, said in explained
        ]
        # The last ones before a rest are on the disk with all that was kept before them.
        await self._store.keep_explained(rows, synced=not self._queue)
        for row, (question, _) in zip(rows, explained, strict=True):
            late = self._in_hand.pop(question.delivery.id, None)
            if late is not None and late != question.around.settled:
                self.add(Again(question.delivery.id, replace(question.around, settled=late)))
            self._emit(
                Diagnosed(
                    at=time.time(),
                    id=question.delivery.id,
                    number=row.capture,
                    attempt=row.attempt,
                    verdict=row.verdict,
                    findings=row.findings,
                    copy=question.attempt.route if question.attempt and question.attempt.is_copy else "",
                )
            )

    # On the explaining thread

    def _questions(self, step: Sequence[Waiting]) -> list[Question]:
        names = [one.delivery_id if isinstance(one, Again) else one for one in step if isinstance(one, Again | int)]
        held = self._store.held(names) if names else {}
        asked: list[Question] = []
        for one in step:
            if isinstance(one, Entry):
                asked.append(self._of_entry(one))
            elif isinstance(one, Copied):
                asked.append(self._of_copy(one.entry, one.attempt))
            else:
                asked += self._of_store(one, held)
        return asked

    def _of_entry(self, entry: Entry) -> Question:
        assert entry.recognition is not None
        attempt, around = entry.attempt, None
        if entry.withheld:
            settled = self._in_hand.get(entry.delivery.id)
            around = Around(origin=entry.origin, owed=entry.owed, kept_back=entry.withheld, settled=settled)
        if attempt is not None and not attempt.number:
            attempt = replace(attempt, number=1)
        question = self._question(
            entry.delivery, entry.number, entry.recognition, attempt, (entry.origin, entry.owed), around
        )
        if not entry.told or question.around.settled is not None:
            return question
        told = Settlement(status=entry.told, by="inspector")
        return replace(question, around=replace(question.around, settled=told))

    def _of_copy(self, entry: Entry, attempt: Attempt) -> Question:
        assert entry.recognition is not None
        return self._question(entry.delivery, entry.number, entry.recognition, attempt, (entry.origin, entry.owed))

    def _of_store(self, one: int | Again, held: Mapping[int | str, HeldCapture]) -> list[Question]:
        """What is asked about a capture that is not at hand, and about its copies where nothing was asked yet;
        nothing of one that was cleared meanwhile."""
        found = held.get(one.delivery_id if isinstance(one, Again) else one)
        if found is None:
            return []
        delivery = found.capture.delivery
        ended = [one for one in found.capture.counted if one.answer is not None or one.failure is not None]
        known = found.recognition if self._is_ours(one) else self._explainer.recognise(delivery)
        came = found.origin, found.owed
        around = one.around if isinstance(one, Again) else None
        asked = [self._question(delivery, found.number, known, ended[-1] if ended else None, came, around)]
        if around is None:
            asked += [self._question(delivery, found.number, known, copy, came) for copy in found.capture.copies]
        if isinstance(one, Again) and one.secret_given_at:
            return [self._with_secret(question, one.secret_given_at) for question in asked]
        return asked

    def _with_secret(self, question: Question, given_at: float) -> Question:
        """The question about what was explained without its secret; what was proved since then stays."""
        name, number = question.delivery.id, question.attempt.number if question.attempt else 0
        settled = question.around.settled or self._store.settlement(name)
        return replace(
            question,
            around=replace(question.around, settled=settled, secret_given_at=given_at),
            proved=tuple(one for one in self._store.findings(name, number) if one.proved),
        )

    def _is_ours(self, one: int | Again) -> bool:
        """Whether this session has kept it, so that it is recognised as it would be now."""
        return isinstance(one, int) and one > self._earlier

    def _question(
        self,
        delivery: Delivery,
        number: int,
        recognition: Recognition,
        attempt: Attempt | None,
        came: tuple[Origin, bool],
        around: Around | None = None,
    ) -> Question:
        origin, owed = came
        if around is None:
            kept_back = self._kept_back(delivery, recognition) if attempt is None and origin == "live" else ""
            around = Around(origin=origin, owed=owed, kept_back=kept_back, settled=self._in_hand.get(delivery.id))
        if self._preserve_host and attempt is not None:
            around = replace(around, host_sent=header(delivery.headers, "host") or "")
        return Question(
            delivery=delivery,
            number=number,
            recognition=recognition,
            attempt=attempt,
            handler=self._handler(attempt.route if attempt else ""),
            around=around,
        )
