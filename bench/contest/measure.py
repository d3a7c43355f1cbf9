"""One measurement: a load, and what the contender's processes took for it, until they rest again."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass

from contest.accounts import Usage, forget_peaks, machine_busy_s, memory_mb, tree, usage, usages
from contest.contender import Contender
from contest.load import Generator, Load
from contest.scenarios import BODY_BYTES, Scenario

# A contender rests when it takes less than this share of a processor for this long.
REST_SHARE, REST_S = 0.06, 0.35
REST_LIMIT_S = 90


@dataclass(frozen=True)
class Sample:
    """A load and its cost. `during` and `after` are processor time while it was sent and until rest, by process."""

    load: Load
    arrived: int
    during: dict[str, Usage]
    after: dict[str, Usage]
    rest_s: float
    peak_mb: dict[str, float]
    before_mb: dict[str, float]
    #: Processors' worth of work by all that is no part of the measurement: what else ran on the machine.
    others: float

    @property
    def cost_us(self) -> float:
        """Processor microseconds a delivery, with all that was made behind it."""
        spent = sum(part.total for part in (*self.during.values(), *self.after.values()))
        return 1e6 * spent / max(1, self.load.done)

    @property
    def trip_us(self) -> float:
        """Processor microseconds a delivery that were taken while the load was on."""
        return 1e6 * sum(part.total for part in self.during.values()) / max(1, self.load.done)

    @property
    def doubled(self) -> int:
        """How many requests reached the handler beyond those that were sent."""
        return max(0, self.arrived - self.load.sent)


def measure(contender: Contender, generator: Generator, scenario: Scenario, seconds: float, count: int) -> Sample:
    """Sends the scenario's load through the contender."""
    roots = contender.roots()
    before_mb = {}
    for name, pid in roots.items():
        pids = tree([pid])
        forget_peaks(pids)
        before_mb[name] = memory_mb(pids)
    arrived, _ = generator.arrived()
    busy, ours, begun = machine_busy_s(), _ours(contender, generator), time.monotonic()
    start = usages(roots)
    load = generator.send(
        contender.address, in_flight=scenario.in_flight, seconds=seconds, count=count,
        body=scenario.body, one_event=scenario.one_event, arrivals=contender.answers_itself,
    )  # fmt: skip
    contender.carried += load.sent
    end, took = usages(roots), time.monotonic() - begun
    others = machine_busy_s() - busy - (_ours(contender, generator) - ours)
    rest_s = wait_for_rest(contender)
    rest = usages(roots)
    return Sample(
        load=load,
        arrived=generator.arrived()[0] - arrived,
        during={name: end[name] - start[name] for name in roots},
        after={name: rest[name] - end[name] for name in roots},
        rest_s=rest_s,
        peak_mb={name: memory_mb(tree([pid]), "VmHWM") for name, pid in roots.items()},
        before_mb=before_mb,
        others=max(0.0, others) / took,
    )


def _ours(contender: Contender, generator: Generator) -> float:
    """Processor seconds of contender, handler, and this process with the load generators that it has waited for."""
    times = os.times()
    mine = times.user + times.system + times.children_user + times.children_system
    return mine + usage(tree([*contender.roots().values(), generator.handler.pid])).total


def wait_for_rest(contender: Contender) -> float:
    """Waits until the contender's processes have nothing left to do; returns how long that took."""
    begun = time.monotonic()
    while (now := time.monotonic()) - begun < REST_LIMIT_S:
        before = usage(tree(contender.roots().values())).total
        time.sleep(REST_S)
        if usage(tree(contender.roots().values())).total - before <= REST_SHARE * REST_S:
            return now - begun
    return REST_LIMIT_S


def usual_count(scenario: Scenario, deliveries: int) -> int:
    return deliveries if scenario.long else scenario.count


def in_bodies(sample: Sample, scenario: Scenario) -> float:
    """The growth of memory at its highest, in bodies of the scenario."""
    grown = sum(sample.peak_mb[name] - sample.before_mb[name] for name in sample.peak_mb)
    return grown * 1e6 / BODY_BYTES[scenario.body]
