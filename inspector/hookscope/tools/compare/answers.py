"""What differs between two answers of a handler, and which of it means something.

A place is one of `tools.diff.deliveries`, with `status` in front, and `outcome` where one of the two is no answer.
What differs between two answers to the same delivery varies by itself (dates, ids, counters) and is no difference to
a recorded one.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from hookscope.model.capture import Attempt
from hookscope.tools.diff.deliveries import compare_bodies, compare_headers
from hookscope.tools.diff.difference import Difference
from hookscope_relay.delivery import Answer
from hookscope_relay.errors import HookscopeError, InputError

# Headers of the moment and of the connection; the length follows from the body, which is compared itself.
OF_THE_MOMENT = frozenset({"date", "age", "connection", "keep-alive", "transfer-encoding", "content-length"})
# How a header is written says nothing about the answer.
ONLY_SPELLING = frozenset({"case", "order", "spelling"})
# What may follow a place that lies above another.
_BELOW = ("/", ".", ":", "@", "#")
_PLACE = re.compile(r"/|(status|outcome|headers|body|form|part)($|[/.:@#])")

State: TypeAlias = Literal["same", "different", "nothing recorded", "failed"]


@dataclass(frozen=True, slots=True)
class Comparison:
    """How a handler's answer to one delivery stands to the recorded one, and the places that vary by themselves.

    Every place is written as `--ignore` takes it.
    """

    label: str
    state: State
    differences: tuple[Difference, ...] = ()
    varying: tuple[str, ...] = ()
    error: HookscopeError | None = None
    now: Attempt | None = None

    @property
    def elapsed_ms(self) -> float:
        """How long the handler took."""
        return self.now.elapsed_ms if self.now else 0.0


def compare(recorded: Attempt, now: Attempt, left_out: Sequence[str] = ()) -> tuple[Difference, ...]:
    """What differs from the recorded answer, but for places that are left out: JSON Pointers into the body, or names
    such as `headers.x-id`; `*` stands for one step, and what lies below a place is left out with it."""
    places = [place_of(one) for one in left_out]
    return tuple(difference for difference in differ(recorded, now) if not _is_covered(difference.place, places))


def differ(one: Attempt, other: Attempt) -> Iterator[Difference]:
    """Where two outcomes differ: whether there was an answer, its status, its headers, its body."""
    if one.answer is None or other.answer is None:
        if _said(one) != _said(other):
            yield Difference("outcome", "changed", _said(one), _said(other))
        return
    if one.answer.status != other.answer.status:
        yield Difference("status", "changed", str(one.answer.status), str(other.answer.status))
    for difference in compare_headers(_lasting(one.answer), _lasting(other.answer)):
        if difference.kind not in ONLY_SPELLING:
            yield difference
    if one.answer.body != other.answer.body:
        yield from compare_bodies(one.answer, other.answer)


def place_of(ignored: str) -> str:
    """The place that a user names: a JSON Pointer means one in the body."""
    return f"body{ignored}" if ignored.startswith("/") else ignored


def shown_place(place: str) -> str:
    """A place as a user names it: inside of the body it is a JSON Pointer."""
    return place.removeprefix("body") if place.startswith("body/") else place


def check_places(left_out: Sequence[str]) -> None:
    """InputError for what names no place, and so would leave nothing out."""
    for one in left_out:
        if not _PLACE.match(one):
            close = f"/{one}" if one.replace("_", "").isalnum() else "a JSON Pointer such as /data/id"
            raise InputError(
                f"{one[:60]!r} is no place in an answer",
                f"give {close}, headers.x-id, status, or what a comparison printed",
            )


def _lasting(answer: Answer) -> tuple[tuple[str, str], ...]:
    return tuple(pair for pair in answer.headers if pair[0].lower() not in OF_THE_MOMENT)


def _said(attempt: Attempt) -> str:
    if attempt.answer is not None:
        return str(attempt.answer.status)
    return f"no answer: {attempt.failure.kind}" if attempt.failure is not None else "unknown"


def _is_covered(place: str, by: Collection[str]) -> bool:
    return any(_covers(one, place) for one in by)


def _covers(above: str, place: str) -> bool:
    if "*" not in above:
        return place == above or (place.startswith(above) and place[len(above)] in _BELOW)
    steps, wanted = place.split("/"), above.split("/")
    return len(steps) >= len(wanted) and all(want in ("*", step) for want, step in zip(wanted, steps, strict=False))
