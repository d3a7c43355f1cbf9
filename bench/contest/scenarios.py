"""What is measured: so many in flight, large bodies, one long run, and a storm of one event id."""

from __future__ import annotations

from dataclasses import dataclass

SMALL, MEGABYTE, LARGE = 0, 1, 2


@dataclass(frozen=True)
class Scenario:
    """One kind of load. `long` ones are run once, on a contender that was started for them, and by their count."""

    name: str
    what: str
    in_flight: int
    body: int = SMALL
    count: int = 0
    one_event: bool = False
    long: bool = False


SCENARIOS = (
    Scenario("c1", "2 KiB, 1 in flight", 1),
    Scenario("c16", "2 KiB, 16 in flight", 16),
    Scenario("c64", "2 KiB, 64 in flight", 64),
    Scenario("1mb", "1 MB bodies, 1 in flight", 1, body=MEGABYTE, count=10),
    Scenario("25mb", "25 MB bodies, 1 in flight", 1, body=LARGE, count=3),
    Scenario("long", "deliveries in one go, 64 in flight", 64, long=True),
    Scenario("storm", "the same, all with one event id", 64, one_event=True, long=True),
)
BODY_BYTES = {SMALL: 2048, MEGABYTE: 1_000_000, LARGE: 25_000_000}


def by_name(name: str) -> Scenario:
    return next(scenario for scenario in SCENARIOS if scenario.name == name)
