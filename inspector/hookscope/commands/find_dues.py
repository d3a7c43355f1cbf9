"""Which captures of the store are to be replayed: those that are named, then those that meet a filter, oldest first."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence

from hookscope.store.captures import CaptureStore
from hookscope.tools.filters.language import parse
from hookscope.tools.replay.many import Due

NAMES_KEPT_BACK = re.compile(r"(?<![^\s(])is:kept-back", re.IGNORECASE)


def find_dues(store: CaptureStore, names: Sequence[str], text: str) -> list[Due]:
    """The captures of these names, and those that meet the filter `text` (empty: none).

    Raises `NoSuchCapture`, and `FilterError`.
    """
    where = parse(text) if text else None
    numbers = [store.number_of(name) for name in names]
    if where is not None:
        numbers += _without_kept_back(store, store.numbers(where), text)
    return [_due(store, number) for number in numbers]


def _without_kept_back(store: CaptureStore, numbers: Sequence[int], text: str) -> list[int]:
    """Those that --only-path did not keep back, unless the filter names them; how many are left out is said."""
    if NAMES_KEPT_BACK.search(text):
        return list(numbers)
    kept_back = set(store.numbers(parse("is:kept-back")))
    left = [number for number in numbers if number not in kept_back]
    if len(left) < len(numbers):
        count = len(numbers) - len(left)
        told = f"hookscope: {count} left out, which their path kept from the handler; is:kept-back names them"
        print(told, file=sys.stderr)
    return left


def _due(store: CaptureStore, number: int) -> Due:
    summary = store.summary(number)
    return Due(str(number), summary.received_at if summary else 0.0)
