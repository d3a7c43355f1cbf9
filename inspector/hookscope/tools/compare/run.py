"""Hands deliveries over twice and holds the first answers against the recorded ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from hookscope.model.capture import Attempt, Capture
from hookscope.model.session_requests import Replay
from hookscope.tools.compare.answers import Comparison, compare, differ, shown_place
from hookscope.tools.replay.many import Done, Due, ReplayOne, replay_many


@dataclass(frozen=True, slots=True)
class Recorded:
    """The answer to hold others against, and the places in it that were redacted."""

    attempt: Attempt
    redacted: tuple[str, ...] = ()


def recorded_of(capture: Capture) -> Recorded | None:
    """The recorded answer of a capture, or why there was none; None where neither is known."""
    attempt = capture.recorded
    if attempt is None:
        return None
    answer = f"attempts[{capture.attempts.index(attempt)}].answer."
    places = (place.removeprefix(answer) for place in capture.redacted if place.startswith(answer))
    return Recorded(attempt, tuple(_compared_place(place) for place in places))


def _compared_place(redacted: str) -> str:
    """A redacted place as `compare` names it; what is inside of a text counts as the text."""
    kind, _, name = redacted.partition("#")[0].partition(":")
    if kind == "header":
        return f"headers.{name.lower()}"
    return f"{kind}.{name}" if kind in ("form", "part") else f"body{name}"


async def compare_many(
    dues: Sequence[Due],
    recorded: Sequence[Recorded | None],
    wanted: Replay,
    replay: ReplayOne,
    done: Callable[[Comparison], None],
    *,
    ignored: Sequence[str] = (),
    concurrency: int = 1,
    rate: float | None = None,
) -> None:
    """Replay all, then all again; `done` hears of each when its second answer is there."""
    first: dict[str, Done] = {}
    known = dict(zip((due.name for due in dues), recorded, strict=True))

    def keep(outcome: Done) -> None:
        first[outcome.due.name] = outcome

    def judge(again: Done) -> None:
        done(_judged(known[again.due.name], first[again.due.name], again, ignored))

    for hear in (keep, judge):
        await replay_many(dues, wanted, replay, hear, concurrency=concurrency, rate=rate)


def _judged(recorded: Recorded | None, first: Done, again: Done, ignored: Sequence[str]) -> Comparison:
    label = first.due.file or f"#{first.due.name}"
    error = first.error or again.error
    if first.replayed is None or again.replayed is None:
        return Comparison(label, "failed", error=error)
    now = first.replayed.attempt
    if recorded is None:
        return Comparison(label, "nothing recorded", now=now)
    varying = tuple(difference.place for difference in differ(now, again.replayed.attempt))
    differences = compare(recorded.attempt, now, (*varying, *ignored, *recorded.redacted))
    shown = tuple(replace(one, place=shown_place(one.place)) for one in differences)
    return Comparison(label, "different" if shown else "same", shown, tuple(map(shown_place, varying)), now=now)
