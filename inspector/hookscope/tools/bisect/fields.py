"""Differences between two lists of named values (a query, a form), and lists that have some of them."""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import unquote_plus

from hookscope.tools.bisect.change import DifferenceKind, RequestDifference

ORDER = "the order of its fields"


class Fields:
    """Two `a=1&b=2` texts. Each name whose values differ is one difference; the raw spelling counts."""

    def __init__(self, kind: DifferenceKind, good: str, bad: str) -> None:
        self._texts = (good, bad)
        self._kind = kind
        self._good, self._bad = _by_name(good), _by_name(bad)
        self.differences = tuple(self._found())

    def compose(self, chosen: Collection[RequestDifference]) -> str:
        """The good text with the chosen differences taken over from the bad one."""
        mine = [difference for difference in self.differences if difference in chosen]
        if len(mine) == len(self.differences):
            return self._texts[1]
        names = {difference.place for difference in mine}
        pieces = []
        for name in dict.fromkeys((*self._good, *self._bad)):
            shown = unquote_plus(name)
            pieces += (self._bad if shown in names else self._good).get(name, [])
        return "&".join(pieces) if mine else self._texts[0]

    def _found(self) -> list[RequestDifference]:
        found: dict[str, RequestDifference] = {}
        for name in dict.fromkeys((*self._good, *self._bad)):
            good, bad = self._good.get(name), self._bad.get(name)
            if good != bad:
                shown = unquote_plus(name)
                found[shown] = RequestDifference(self._kind, shown, _joined(good), _joined(bad))
        if not found and self._texts[0] != self._texts[1]:
            return [RequestDifference(self._kind, ORDER, *self._texts)]
        return list(found.values())


def _by_name(text: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for piece in text.split("&") if text else ():
        found.setdefault(piece.partition("=")[0], []).append(piece)
    return found


def _joined(pieces: list[str] | None) -> str | None:
    return None if pieces is None else "&".join(piece.partition("=")[2] for piece in pieces)
