"""What is awaited: so many deliveries that meet a filter, and none that came as awaited and had another outcome."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from hookscope.tools.filters.condition import Condition, all_of, negated
from hookscope.tools.filters.keys import OUTCOME_KEYS
from hookscope.tools.filters.language import parse

# An attempt has ended, well or not.
SETTLED = Condition("c.status IS NOT NULL OR c.failure <> ''")


class Captures(Protocol):
    """The store, as far as it is asked here."""

    def numbers(self, where: Condition | None = None) -> list[int]: ...

    def waiting(self) -> list[int]: ...


@dataclass(frozen=True, slots=True)
class Seen:
    """The captures that met the filter, oldest first; and the first that came as awaited and ended otherwise, or 0."""

    held: tuple[int, ...]
    failed: int = 0


class Expectation:
    """`count` deliveries with a number above `after` that meet the filter; `FilterError` for one that makes no sense.

    A filter without a term on the outcome (`status:`, `is:`, `finding:` …) only asks what came; nothing fails it.
    """

    def __init__(self, filter_text: str, count: int, after: int) -> None:
        newer = Condition("c.number > ?", (after,))
        wanted, came = parse(filter_text), parse(filter_text, without=OUTCOME_KEYS)
        self._count = count
        self._wanted = all_of([newer, wanted]) if wanted else newer
        self._failed = all_of([newer, *([came] if came else []), SETTLED, negated(wanted)]) if wanted != came else None

    def look(self, store: Captures) -> Seen:
        """How it stands; what nobody has looked at yet is not judged."""
        waiting = frozenset(store.waiting())
        held = tuple(number for number in store.numbers(self._wanted) if number not in waiting)
        failed = store.numbers(self._failed) if self._failed is not None else []
        return Seen(held, next((number for number in failed if number not in waiting), 0))

    def is_met(self, seen: Seen) -> bool:
        """Whether nothing more is awaited."""
        return len(seen.held) >= self._count
