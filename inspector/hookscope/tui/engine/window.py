"""The list's window on the capture store: the numbers of all rows,
and the summaries of the pages that were looked at."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Iterable, Sequence

from hookscope.model.summary import Summary
from hookscope.store.queries import Where
from hookscope.tui.engine.ports import Reader

PAGE = 128
PAGES_KEPT = 24


class Window:
    """Rows in order of arrival, oldest first; a row is named by its capture's number, which never changes."""

    def __init__(self, store: Reader, where: Where | None = None, numbers: Iterable[int] | None = None) -> None:
        self._store = store
        self.where = where
        self._numbers = array("q", store.numbers(where) if numbers is None else numbers)
        self._pages: OrderedDict[int, dict[int, Summary]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._numbers)

    @property
    def numbers(self) -> Sequence[int]:
        """The captures of all rows."""
        return self._numbers

    def number(self, index: int) -> int:
        """The capture's number in a row; IndexError where there is no such row."""
        return self._numbers[index]

    def index(self, number: int) -> int | None:
        """The row of a capture; None where it is not in the list."""
        index = bisect_left(self._numbers, number)
        return index if index < len(self._numbers) and self._numbers[index] == number else None

    def nearest(self, number: int) -> int | None:
        """The row of a capture, or of the next one after where it was; None in an empty list."""
        return min(bisect_left(self._numbers, number), len(self._numbers) - 1) if self._numbers else None

    def summary(self, index: int) -> Summary | None:
        """A row's summary; None where the capture was deleted meanwhile."""
        page = index // PAGE
        if page not in self._pages:
            self._load(page)
        self._pages.move_to_end(page)
        return self._pages[page].get(self._numbers[index])

    def append(self, numbers: Sequence[int]) -> int:
        """Add captures that just arrived; returns how many of them were not there yet.

        For a list without a condition. What other processes kept between them is added too.
        """
        last = self._numbers[-1] if self._numbers else 0
        fresh = sorted(number for number in numbers if number > last)
        if fresh and last and fresh[-1] - last > len(fresh):
            fresh = [row.number for row in self._rows(None, last + 1, fresh[-1])]
        if fresh:
            self._pages.pop((len(self._numbers) - 1) // PAGE, None)
            self._numbers.extend(fresh)
        return len(fresh)

    def differing(self, rows: Iterable[Summary]) -> set[int]:
        """The captures among these rows of the store that are others than when they were read for the list."""
        known = {number: row for page in self._pages.values() for number, row in page.items()}
        return {row.number for row in rows if known.get(row.number, row) != row}

    def replace(self, numbers: Iterable[int]) -> None:
        """Take other rows, as the store has them now."""
        self._numbers = array("q", numbers)
        self._pages.clear()

    def forget(self, numbers: Iterable[int]) -> None:
        """Read these captures again when they are next looked at."""
        for number in numbers:
            index = self.index(number)
            if index is not None:
                self._pages.pop(index // PAGE, None)

    def _load(self, page: int) -> None:
        numbers = self._numbers[page * PAGE : (page + 1) * PAGE]
        self._pages[page] = {row.number: row for row in self._rows(self.where, numbers[0], numbers[-1])}
        while len(self._pages) > PAGES_KEPT:
            self._pages.popitem(last=False)

    def _rows(self, where: Where | None, first: int, last: int) -> list[Summary]:
        """All rows from one number to another, oldest first; there may be more of them than the list has."""
        rows: list[Summary] = []
        while True:
            read = self._store.summaries(where, limit=PAGE, before=last + 1, after=first - 1)
            rows += read
            if len(read) < PAGE:
                return rows[::-1]
            last = read[-1].number - 1
