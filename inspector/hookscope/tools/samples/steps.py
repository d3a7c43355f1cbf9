"""What is sent when: a plan of single deliveries, made from what a person asked for."""

from __future__ import annotations

import random
from dataclasses import dataclass

from hookscope_relay.errors import InputError

BURST = 5
GAP_S = 1.0
BURST_OVER_S = 1.0
MOST_ITEMS = 4
MOST = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """How many events, and in which manner. `rate` is events a second, 0 for one after another as they are answered."""

    count: int = 1
    rate: float = 0.0
    burst: bool = False
    duplicate: bool = False
    shuffle: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One delivery of the plan: of which event (by number), when it is sent and when its event happened,
    in seconds from the start.

    `waits` says that it is sent when its predecessor was answered, instead of at `send_at_s`. A copy repeats an event
    sent before.
    """

    event: int
    send_at_s: float
    happened_at_s: float
    waits: bool
    items: int = 1
    copy: bool = False


def plan_steps(wanted: Wanted, chance: random.Random) -> tuple[Step, ...]:
    """The steps in the order in which they are sent; `InputError` for what makes no sense together.

    Events happened a second apart, the last one just now; in a burst within a second, all to one object. Shuffled, they
    do not come in the order in which they happened. Each duplicate follows its event.
    """
    _check(wanted)
    count = wanted.count
    gap = BURST_OVER_S / count if wanted.burst else GAP_S
    order = _shuffled(count, chance) if wanted.shuffle else list(range(count))
    steps: list[Step] = []
    for place, event in enumerate(order):
        step = Step(
            event=event,
            send_at_s=_send_at(wanted, place, gap),
            happened_at_s=(event - count + 1) * gap,
            waits=not (wanted.rate or wanted.burst),
            items=chance.randint(1, MOST_ITEMS) if wanted.burst else 1,
        )
        steps.append(step)
        if wanted.duplicate:
            steps.append(
                Step(
                    event=event,
                    send_at_s=step.send_at_s,
                    happened_at_s=step.happened_at_s,
                    waits=step.waits,
                    items=step.items,
                    copy=True,
                )
            )
    return tuple(steps)


def _send_at(wanted: Wanted, place: int, gap: float) -> float:
    if wanted.rate:
        return place / wanted.rate
    return place * gap / 2 if wanted.burst else 0.0


def _shuffled(count: int, chance: random.Random) -> list[int]:
    """An order that is not the right one."""
    order = list(range(count))
    chance.shuffle(order)
    if order == sorted(order):
        order.reverse()
    return order


def _check(wanted: Wanted) -> None:
    if not 1 <= wanted.count <= MOST:
        raise InputError(f"--count {wanted.count} is not between 1 and {MOST}", "choose a number in between")
    if wanted.shuffle and wanted.count < 2:
        raise InputError("one delivery cannot be out of order", "give --count 2 or more with --shuffle")
    if wanted.rate < 0:
        raise InputError("a rate is above zero", "write it as 5/s")
