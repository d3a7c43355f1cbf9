"""The figures as text: tables in Markdown, widths evened out so that they read well in a terminal too."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from contest.figures import median, ratio, slowdown, spread
from contest.measure import Sample, in_bodies
from contest.rounds import Outcome
from contest.scenarios import SCENARIOS, Scenario
from contest.start_up import BARE

Outcomes = Mapping[str, Outcome]
Pick = Callable[[Sample], float]
PROFILE_ROWS = 15
YARDSTICK, BASE = "ssh", "direct"


def render(outcomes: Outcomes) -> str:
    """All tables of a run."""
    parts = [_timed(outcomes, scenario) for scenario in SCENARIOS if not scenario.long and not scenario.count]
    parts += [_bodies(outcomes, scenario) for scenario in SCENARIOS if scenario.count]
    parts += [_long(outcomes, scenario) for scenario in SCENARIOS if scenario.long]
    parts += [_starts(outcomes), _processes(outcomes), *_profiles(outcomes), _checks(outcomes)]
    return "\n\n".join(part for part in parts if part)


def of(outcomes: Outcomes, name: str, scenario: str, pick: Pick) -> float:
    """The median over the rounds."""
    found = outcomes[name].samples.get(scenario, ()) if name in outcomes else ()
    return median([pick(sample) for sample in found])


def _timed(outcomes: Outcomes, scenario: Scenario) -> str:
    def row(name: str) -> list[str]:
        def get(pick: Pick, whose: str = name) -> float:
            return of(outcomes, whose, scenario.name, pick)

        samples = outcomes[name].samples[scenario.name]
        rate, p50, cost = get(_rate), get(_p50), get(_cost)
        added, yard_added = p50 - get(_p50, BASE), get(_p50, YARDSTICK) - get(_p50, BASE)
        return [
            name, number(rate), f"±{100 * spread([_rate(sample) for sample in samples]):.0f} %",
            number(p50), number(get(_p99)), number(added), number(cost), number(get(_trip)),
            times(ratio(rate, get(_rate, YARDSTICK))),
            "-" if name == BASE else times(ratio(cost, get(_cost, YARDSTICK))),
            "-" if name == BASE else times(ratio(added, yard_added)), str(sum(sample.load.bad + sample.doubled for sample in samples)),
        ]  # fmt: skip

    head = ["contender", "a second", "rounds", "p50 µs", "p99 µs", "added p50", "CPU µs", "in the trip"]
    head += ["x ssh: rate", "CPU", "added", "bad"]
    return _table(scenario.what, head, _rows(outcomes, scenario, row))


def _bodies(outcomes: Outcomes, scenario: Scenario) -> str:
    def row(name: str) -> list[str]:
        samples = outcomes[name].samples[scenario.name]
        p50 = of(outcomes, name, scenario.name, _p50)
        peaks = " + ".join(f"{peak:.0f}" for peak in samples[-1].peak_mb.values())
        return [
            name, number(p50 / 1000, 1), times(ratio(p50, of(outcomes, YARDSTICK, scenario.name, _p50))),
            number(of(outcomes, name, scenario.name, _cost) / 1000, 1), peaks or "-",
            number(median([in_bodies(sample, scenario) for sample in samples]), 1),
            str(sum(sample.load.changed for sample in samples)), str(sum(sample.load.bad for sample in samples)),
        ]  # fmt: skip

    head = ["contender", "p50 ms", "x ssh", "CPU ms", "peak MB", "grown by, bodies", "changed", "bad"]
    return _table(scenario.what, head, _rows(outcomes, scenario, row))


def _long(outcomes: Outcomes, scenario: Scenario) -> str:
    def row(name: str) -> list[str]:
        outcome = outcomes[name]
        sample, first = outcome.samples[scenario.name][-1], outcome.firsts.get(scenario.name)
        early = first.cost_us if first else math.nan
        peaks = " + ".join(f"{what} {peak:.0f}" for what, peak in sample.peak_mb.items())
        return [
            name, f"{sample.load.done:,}", number(sample.load.rate), number(sample.load.p99_us),
            number(early), number(sample.cost_us), times(ratio(sample.cost_us, early)),
            times(slowdown(sample.load.slice_ends)), number(sample.rest_s, 1), peaks or "-",
            str(sample.load.bad + sample.doubled),
        ]  # fmt: skip

    head = ["contender", "answered", "a second", "p99 µs", "CPU µs at 1,000", "at all", "grown", "last tenth x first"]
    head += ["at rest after s", "peak MB", "bad"]
    return _table(scenario.what, head, _rows(outcomes, scenario, row))


def _starts(outcomes: Outcomes) -> str:
    rows = []
    for name, outcome in outcomes.items():
        bare = median(begun.wall_ms for begun in outcome.starts.get(BARE, ()))
        for what, found in outcome.starts.items():
            walls = [begun.wall_ms for begun in found]
            cells = [number(median(walls)), number(min(walls)), number(median(begun.cpu_ms for begun in found))]
            rows.append([name, what, *cells, times(ratio(median(walls), bare))])
    head = ["contender", "what", "median ms", "best ms", "CPU ms", "x python"]
    return _table("From the command to its first sign of life", head, rows)


def _processes(outcomes: Outcomes) -> str:
    """Where the processor time of 64 in flight went: by process, and by its first thread."""
    rows = []
    for name, outcome in outcomes.items():
        samples = outcome.samples.get("c64", [])
        for process in samples[0].during if samples else ():
            rows.append([name, process, *_split(samples, process)])
    head = ["contender", "process", "user µs", "system µs", "of these, main thread", "behind the load"]
    return _table("Processor time a delivery at 64 in flight", head, rows)


def _split(samples: Sequence[Sample], process: str) -> list[str]:
    def each(pick: Callable[[Sample], float]) -> str:
        return number(median([1e6 * pick(sample) / max(1, sample.load.done) for sample in samples]))

    return [
        each(lambda sample: sample.during[process].user),
        each(lambda sample: sample.during[process].system),
        each(lambda sample: sample.during[process].main),
        each(lambda sample: sample.after[process].total),
    ]


def _profiles(outcomes: Outcomes) -> list[str]:
    tables = []
    for profile in (profile for outcome in outcomes.values() for profile in outcome.profiles):
        for what, found in (("module of its own", profile.modules), ("function on top", profile.functions)):
            rows = [[name, number(cost, 1)] for name, cost in found[:PROFILE_ROWS]]
            title = f"{profile.contender}: {profile.process}, µs a delivery by {what} ({profile.samples:,} samples)"
            tables.append(_table(title, [what, "µs"], rows))
    return tables


def _checks(outcomes: Outcomes) -> str:
    lines = [f"- {name} says: {told}" for name, outcome in outcomes.items() for told in outcome.checks]
    lines += [f"- {name} is left out: {one.left_out}" for name, one in outcomes.items() if one.left_out]
    samples = [sample for one in outcomes.values() for each in one.samples.values() for sample in each]
    if samples:
        busy = median([sample.others for sample in samples])
        lines.append(f"- what else ran on the machine took {busy:.2f} processors (median of all runs)")
    return "\n".join(lines)


def _rows(outcomes: Outcomes, scenario: Scenario, row: Callable[[str], list[str]]) -> list[list[str]]:
    return [row(name) for name, outcome in outcomes.items() if outcome.samples.get(scenario.name)]


def _table(title: str, head: list[str], rows: list[list[str]]) -> str:
    if not rows:
        return ""
    widths = [max(len(line[column]) for line in (head, *rows)) for column in range(len(head))]

    def line(cells: Sequence[str]) -> str:
        first, *others = cells
        padded = [first.ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True))]
        return "| " + " | ".join(padded) + " |"

    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    return "\n".join([f"**{title}**", "", line(head), line(rule), *map(line, rows)])


def number(value: float, places: int = 0) -> str:
    return "-" if math.isnan(value) else f"{value:,.{places}f}"


def times(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.2f}" if value < 10 else f"{value:.0f}"


def _rate(sample: Sample) -> float:
    return sample.load.rate


def _p50(sample: Sample) -> float:
    return sample.load.p50_us


def _p99(sample: Sample) -> float:
    return sample.load.p99_us


def _cost(sample: Sample) -> float:
    return sample.cost_us


def _trip(sample: Sample) -> float:
    return sample.trip_us
