"""One difference between two requests, as small as it can be put back or taken over by itself:
any mixture of them is a request, too.

What `hookscope diff` tells a person is in `hookscope.tools.diff.difference`: it leaves out what means the same, which
may be what turns an answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from hookscope.text.safe import safe_text

DifferenceKind: TypeAlias = Literal["method", "path", "query", "header", "field", "writing", "body"]

SHOWN = 60


@dataclass(frozen=True, slots=True)
class RequestDifference:
    """Where two requests differ.

    `place` is a parameter, a header, a JSON Pointer or a manner of writing; `good` and `bad` are None where there is
    nothing.
    """

    kind: DifferenceKind
    place: str = ""
    good: str | None = None
    bad: str | None = None

    @property
    def text(self) -> str:
        """The difference in a few words, inert: what the failing one has in the place of what."""
        if self.kind == "header":
            return self._told(f"{safe_text(self.place)}: {_shown(self.bad)}", f"no {safe_text(self.place)}")
        if self.kind in ("query", "field"):
            return self._told(f"{self._named()} = {_shown(self.bad)}", f"no {self._named()}")
        if self.kind == "writing":
            return safe_text(self.place)
        if self.kind == "body":
            return f"the body ({_shown(self.bad)} in the place of {_shown(self.good)})"
        return f"the {self.kind} {_shown(self.bad)} in the place of {_shown(self.good)}"

    def _named(self) -> str:
        where = "the query's" if self.kind == "query" else "the body's"
        return f"{where} {safe_text(self.place)}"

    def _told(self, there: str, gone: str) -> str:
        if self.bad is None:
            return f"{gone} (the good one has {_shown(self.good)})"
        return (
            f"{there} (in the place of {_shown(self.good)})"
            if self.good is not None
            else f"{there} (the good one has none)"
        )

    def to_mapping(self) -> dict[str, str | None]:
        """The difference as plain JSON values, inert."""
        return {
            "kind": self.kind,
            "place": safe_text(self.place),
            "good": None if self.good is None else safe_text(self.good),
            "bad": None if self.bad is None else safe_text(self.bad),
            "text": self.text,
        }


def _shown(value: str | None) -> str:
    if value is None:
        return "none"
    return safe_text(value if len(value) <= SHOWN else value[:SHOWN] + "…") or "nothing"
