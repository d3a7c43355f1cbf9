from __future__ import annotations

import asyncio
import random
import time
from typing import Any

import pytest

from hookscope.model.capture import Failure
from hookscope.model.edits import Edits
from hookscope.model.errors import HandlerUnreachable
from hookscope.model.secret import Secret
from hookscope.tools.samples.build import Signing
from hookscope.tools.samples.load import find_sample
from hookscope.tools.samples.send import Result, send_steps
from hookscope.tools.samples.series import Series
from hookscope.tools.samples.steps import Wanted, plan_steps
from hookscope_relay.delivery import Answer
from hookscope_relay.errors import InputError
from sample_table import NOW, PROVIDERS

NOTION = PROVIDERS.demand("notion")
REFUSED = Failure(kind="refused", detail="nothing listens on 127.0.0.1:1")
SECRET = Secret("notion", "", "secret_x")


class FakePost:
    """Answers with one result after another, the last one for ever; keeps what it got and when."""

    def __init__(self, *statuses: int | Failure, takes_s: float = 0.0) -> None:
        self.statuses = list(statuses)
        self.takes_s = takes_s
        self.got: list[Any] = []
        self.at: list[float] = []
        self.most_at_once = 0
        self._now = 0

    async def __call__(self, delivery):
        self.got.append(delivery)
        self.at.append(time.monotonic())
        self._now += 1
        self.most_at_once = max(self.most_at_once, self._now)
        await asyncio.sleep(self.takes_s)
        self._now -= 1
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        if isinstance(status, Failure):
            return Result(elapsed_ms=1.0, failure=status)
        return Result(elapsed_ms=1.0, answer=Answer(status=status))


def series(**changes):
    values: dict[str, Any] = {
        "sample": find_sample(NOTION, "page.created"),
        "provider": NOTION,
        "url": "http://localhost:3000/",
        "seed": b"seed",
        "started_at": NOW,
        "signing": Signing(secret=SECRET),
    }
    return Series(**values | changes)


async def send(post, retry_after_s=None, **wanted):
    steps = plan_steps(Wanted(**wanted), random.Random(1))
    seen: list[Any] = []
    sent = await send_steps(steps, series(), post, seen.append, retry_after_s)
    assert list(sent) == seen
    return sent


async def test_each_event_is_sent_once_and_told_of():
    post = FakePost(200, 500, 200)
    sent = await send(post, count=3)
    assert [one.result.accepted for one in sent] == [True, False, True]
    assert [one.number for one in sent] == [1, 2, 3]
    assert all(one.last for one in sent)
    assert len({delivery.body for delivery in post.got}) == 3


async def test_without_a_rate_an_event_waits_for_the_answer_before_it():
    post = FakePost(200, takes_s=0.01)
    await send(post, count=3, duplicate=True)
    assert post.most_at_once == 1


async def test_with_a_rate_nobody_waits():
    post = FakePost(200, takes_s=0.2)
    started = time.monotonic()
    await send(post, count=4, rate=50)
    assert post.most_at_once == 4
    assert post.at[-1] - started >= 0.06


async def test_a_burst_is_sent_at_once_and_is_of_one_object():
    post = FakePost(200, takes_s=1.0)
    steps = plan_steps(Wanted(count=4, burst=True), random.Random(1))
    await send_steps(steps, series(one_object=True), post, lambda sent: None)
    assert post.most_at_once == 4


async def test_retries_stop_at_the_first_2xx_and_are_numbered():
    post = FakePost(500, 503, 204, 500)
    sent = await send(post, (0.0, 0.01, 0.01, 0.01))
    assert [(one.attempt, one.last) for one in sent] == [(1, False), (2, False), (3, True)]
    assert [b'"attempt_number":%d' % number in post.got[number - 1].body for number in (1, 2, 3)] == [True] * 3
    assert len({delivery.id for delivery in post.got}) == 3


async def test_retries_end_when_the_provider_gives_up():
    sent = await send(FakePost(500), (0.0, 0.0))
    assert [(one.attempt, one.last) for one in sent] == [(1, False), (2, False), (3, True)]


async def test_a_handler_that_comes_back_is_reached_by_a_retry():
    sent = await send(FakePost(REFUSED, 200), (0.0,))
    assert sent[-1].result.accepted


async def test_nobody_there_ends_it_at_once():
    post = FakePost(REFUSED)
    with pytest.raises(HandlerUnreachable, match="nothing listens on"):
        await send(post, count=50)
    assert len(post.got) == 1


async def test_what_cannot_be_built_is_the_error_itself():
    steps = plan_steps(Wanted(count=3, rate=100), random.Random(1))
    wrong = series(edits=Edits(values=(("/a/b", "1"),)))
    with pytest.raises(InputError, match="no 'a'"):
        await send_steps(steps, wrong, FakePost(200), lambda sent: None)


async def test_a_handler_that_goes_away_in_between_does_not():
    sent = await send(FakePost(200, REFUSED), count=3)
    assert [one.result.accepted for one in sent] == [True, False, False]


@pytest.mark.parametrize(
    ("headers", "by"), [((), "handler"), ((("Hookscope-Answered-By", "relay"),), "relay"), (None, "")]
)
def test_who_answered_is_known(headers, by):
    answer = None if headers is None else Answer(status=202, headers=headers)
    assert Result(elapsed_ms=0, answer=answer).answered_by == by
