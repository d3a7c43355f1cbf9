"""Delta debugging (Zeller and Hildebrandt 2002): the smallest set of differences that turns an answer,
by trying subsets of them.

`test` sends a request that has a subset of the differences and says whether the answer is the good one's, the bad one's
or another. It is the caller's to send; nothing here knows of requests.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Generic, Literal, TypeAlias, TypeVar

Outcome: TypeAlias = Literal["good", "bad", "other"]

T = TypeVar("T")
Test: TypeAlias = Callable[[frozenset[int]], Awaitable[Outcome]]

MOST_REPEATS = 9
REPEATS_WHEN_FLAKY = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Smallest(Generic[T]):
    """What was found.

    Taking `turning` over into the good request gives the bad answer; taking `curing` back from the bad one gives the
    good answer; no member of either can be left out. `complete` is False where the sends ran out: then both are only as
    small as they got.
    """

    turning: tuple[T, ...]
    curing: tuple[T, ...]
    sends: int
    complete: bool = True
    flaky: bool = False
    start: tuple[Outcome, Outcome] = ("good", "bad")

    @property
    def found(self) -> bool:
        """Whether the two requests got different answers at all."""
        return self.start == ("good", "bad")

    @property
    def causes(self) -> tuple[T, ...]:
        """Every difference that matters, in order."""
        return tuple(dict.fromkeys((*self.turning, *self.curing)))


class _OutOfSends(Exception):
    pass


class _Unsteady(Exception):
    pass


async def bisect(items: Sequence[T], test: Test, *, max_sends: int, repeats: int = 1) -> Smallest[T]:
    """Find the smallest sets of `items` that turn the answer, both ways;
    more repeats are made where answers contradict each other."""
    search = _Search(len(items), test, max_sends, repeats)
    while True:
        try:
            return _translated(await search.run(), items)
        except _Unsteady:
            search.repeats = REPEATS_WHEN_FLAKY if search.repeats < REPEATS_WHEN_FLAKY else MOST_REPEATS
            search.forget()


class _Search:
    """The state of one search: what was sent, how often, and the smallest sets so far."""

    def __init__(self, count: int, test: Test, max_sends: int, repeats: int) -> None:
        self.all = frozenset(range(count))
        self.repeats = repeats
        self._test = test
        self._max_sends = max_sends
        self._sends = 0
        self._flaky = False
        self.forget()

    def forget(self) -> None:
        """Begin anew: what contradicted itself is not to be relied on."""
        self._known: dict[frozenset[int], Outcome] = {}
        self.turning = self.curing = self.all

    async def run(self) -> Smallest[int]:
        complete = True
        start: tuple[Outcome, Outcome] = ("good", "bad")
        try:
            start = (await self._ask(frozenset()), await self._ask(self.all))
            if start == ("good", "bad"):
                await self._search()
            elif self._can_repeat():
                raise self._unsteady()
        except _OutOfSends:
            complete = False
        return Smallest(
            turning=tuple(sorted(self.turning)),
            curing=tuple(sorted(self.curing)),
            sends=self._sends,
            complete=complete,
            flaky=self._flaky,
            start=start,
        )

    async def _search(self) -> None:
        await self._minimise(self.all, self._turns, self._keep_turning)
        cures = await self._cures(self.turning)
        await self._minimise(self.turning if cures else self.all, self._cures, self._keep_curing)
        await self._confirm()

    async def _confirm(self) -> None:
        """Ask again what the result rests on."""
        for subset, wanted in ((self.turning, "bad"), (self.all - self.curing, "good")):
            self._known.pop(subset, None)
            if await self._ask(subset) != wanted and self._can_repeat():
                raise self._unsteady()

    def _can_repeat(self) -> bool:
        """Whether asking more often may still help: answers that never vary cannot be unsteady."""
        return self.repeats < MOST_REPEATS and (self._flaky or self.repeats == 1) and self._sends < self._max_sends

    def _unsteady(self) -> _Unsteady:
        return _Unsteady()

    async def _turns(self, subset: frozenset[int]) -> bool:
        return await self._ask(subset) == "bad"

    async def _cures(self, subset: frozenset[int]) -> bool:
        return await self._ask(self.all - subset) == "good"

    def _keep_turning(self, subset: frozenset[int]) -> None:
        self.turning = subset

    def _keep_curing(self, subset: frozenset[int]) -> None:
        self.curing = subset

    async def _minimise(
        self,
        whole: frozenset[int],
        holds: Callable[[frozenset[int]], Awaitable[bool]],
        keep: Callable[[frozenset[int]], None],
    ) -> None:
        """Keep ever smaller subsets for which it holds, as it does for the whole, until no member can be left out."""
        keep(whole)
        current, parts = whole, 2
        while len(current) > 1:
            pieces = _divided(current, parts)
            smaller = await self._first(pieces, holds)
            if smaller is not None:
                current, parts = smaller, 2
            else:
                rests = [current - piece for piece in pieces] if parts > 2 else []
                smaller = await self._first(rests, holds)
                if smaller is not None:
                    current, parts = smaller, max(parts - 1, 2)
                elif parts >= len(current):
                    return
                else:
                    parts = min(parts * 2, len(current))
            keep(current)

    async def _first(
        self, subsets: Sequence[frozenset[int]], holds: Callable[[frozenset[int]], Awaitable[bool]]
    ) -> frozenset[int] | None:
        for subset in subsets:
            if await holds(subset):
                return subset
        return None

    async def _ask(self, subset: frozenset[int]) -> Outcome:
        """The outcome that most of the repeated sends have, as soon as the others cannot outnumber it."""
        if subset in self._known:
            return self._known[subset]
        votes: Counter[Outcome] = Counter()
        while True:
            if self._sends >= self._max_sends:
                raise _OutOfSends
            self._sends += 1
            votes[await self._test(subset)] += 1
            self._flaky = self._flaky or len(votes) > 1
            (leader, most), *rest = votes.most_common(2)
            second = rest[0][1] if rest else 0
            if most - second > self.repeats - votes.total() or votes.total() >= self.repeats:
                self._known[subset] = leader
                return leader


def _divided(items: frozenset[int], parts: int) -> list[frozenset[int]]:
    """The items in so many pieces of about the same size, neighbours together."""
    ordered = sorted(items)
    cuts = [len(ordered) * part // parts for part in range(parts + 1)]
    return [frozenset(ordered[low:high]) for low, high in pairwise(cuts) if low < high]


def _translated(found: Smallest[int], items: Sequence[T]) -> Smallest[T]:
    return Smallest(
        turning=tuple(items[index] for index in found.turning),
        curing=tuple(items[index] for index in found.curing),
        sends=found.sends,
        complete=found.complete,
        flaky=found.flaky,
        start=found.start,
    )
