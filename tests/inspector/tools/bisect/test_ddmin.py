"""Delta debugging on plain numbers: every planted cause is found, whatever the handler does beside it."""

from __future__ import annotations

import itertools
import random
import statistics

import pytest

from hookscope.tools.bisect.ddmin import Outcome, bisect

COUNT = 24


class Handler:
    """Answers `bad` where a planted cause is there: all of `together`, or any of `each`.

    Of a flaky one some answers are turned.
    """

    def __init__(self, together: set[int] = frozenset(), each: set[int] = frozenset(), flaky: float = 0.0) -> None:
        self.together, self.each, self.flaky = together, each, flaky
        self.chance = random.Random(1)

    async def test(self, subset: frozenset[int]) -> Outcome:
        is_bad = bool(self.together and self.together <= subset) or bool(self.each & subset)
        if self.flaky and self.chance.random() < self.flaky:
            is_bad = not is_bad
        return "bad" if is_bad else "good"


CAUSES = [
    {7},
    {0},
    {COUNT - 1},
    *({a, b} for a, b in itertools.islice(itertools.combinations(range(1, COUNT, 5), 2), 10)),
]


@pytest.mark.parametrize("causes", CAUSES, ids=str)
async def test_causes_that_only_work_together_are_all_found(causes: set[int]) -> None:
    found = await bisect(range(COUNT), Handler(together=causes).test, max_sends=200)
    assert set(found.turning) == causes
    assert len(found.curing) == 1
    assert set(found.curing) <= causes


@pytest.mark.parametrize("causes", CAUSES, ids=str)
async def test_causes_that_each_suffice_are_all_found(causes: set[int]) -> None:
    found = await bisect(range(COUNT), Handler(each=causes).test, max_sends=200)
    assert set(found.curing) == causes
    assert len(found.turning) == 1
    assert set(found.causes) == causes


async def test_a_single_cause_among_many_takes_few_sends() -> None:
    sends = [(await bisect(range(64), Handler(together={at}).test, max_sends=200)).sends for at in range(64)]
    assert statistics.median(sends) <= 16
    assert max(sends) <= 18


@pytest.mark.parametrize("seed", range(10))
async def test_a_flaky_handler_is_asked_more_often_and_the_cause_is_found(seed: int) -> None:
    handler = Handler(together={seed}, flaky=0.04)
    handler.chance = random.Random(seed)
    found = await bisect(range(COUNT), handler.test, max_sends=600, repeats=5)
    assert (found.turning, found.curing) == ((seed,), (seed,))


async def test_a_contradiction_makes_it_repeat_by_itself() -> None:
    handler = Handler(together={3})
    answers: list[int] = []

    async def test(subset: frozenset[int]) -> Outcome:
        answers.append(1)
        return "good" if len(answers) == 2 else await handler.test(subset)

    found = await bisect(range(8), test, max_sends=200)
    assert found.turning == (3,)


async def test_requests_that_get_the_same_answer_are_not_searched() -> None:
    found = await bisect(range(8), Handler().test, max_sends=100)
    assert not found.found
    assert found.start == ("good", "good")


async def test_it_stops_at_the_most_sends_with_what_it_has() -> None:
    found = await bisect(range(COUNT), Handler(together={3, 17}).test, max_sends=8)
    assert found.sends == 8
    assert not found.complete
    assert {3, 17} <= set(found.turning)


async def test_other_answers_count_as_neither() -> None:
    async def test(subset: frozenset[int]) -> Outcome:
        if 2 in subset and 5 in subset:
            return "bad"
        return "other" if 2 in subset else "good"

    found = await bisect(range(8), test, max_sends=200)
    assert found.turning == (2, 5)
    assert found.curing == (2,)


async def test_a_single_difference_is_told_with_few_sends() -> None:
    found = await bisect(["x"], Handler(together={0}).test, max_sends=10)
    assert found.turning == found.curing == ("x",)
    assert found.sends == 4
