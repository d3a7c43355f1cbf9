"""Two texts of named values (a query, a form), and texts that have some of their differences; raw spelling counts."""

from __future__ import annotations

from collections.abc import Collection

from hookscope.tools.diff.deliveries import compare_said
from hookscope.tools.diff.difference import ABSENT, Difference, named, numbered, paired


class Fields:
    """Two `a=1&b=2` texts; `place` is what their differences' places begin with."""

    def __init__(self, place: str, good: str, bad: str) -> None:
        self._place = place
        self._texts = (good, bad)
        self._pieces = [
            numbered((piece.partition("=")[0], piece) for piece in text.split("&") if text) for text in (good, bad)
        ]
        said = ({key: piece.partition("=")[2] for key, piece in side.items()} for side in self._pieces)
        self.differences = tuple(compare_said(place, *said))
        if not self.differences and good != bad:
            self.differences = (Difference(place, "spelling", good, bad),)

    def compose(self, chosen: Collection[Difference]) -> str:
        """The good text with the chosen differences taken over from the bad one."""
        taken = {(one.place, one.kind) for one in self.differences if one in chosen}
        if not taken or len(taken) == len(self.differences):
            return self._texts[1 if taken else 0]
        pieces = []
        for (name, count), good, bad in paired(*self._pieces):
            place = named(f"{self._place}.{name}", count)
            if bad is ABSENT:
                pieces += [good] if (place, "removed") not in taken else []
            elif good is ABSENT:
                pieces += [bad] if (place, "added") in taken else []
            else:
                pieces.append(bad if (place, "changed") in taken else good)
        return "&".join(pieces)
