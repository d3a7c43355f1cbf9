"""A condition on captures: SQL over `captures` under the alias `c`, with its parameters; made by the language,
run by the store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Condition:
    """SQL text and the parameters of its question marks. An empty text is true of every capture."""

    text: str = ""
    parameters: tuple[object, ...] = ()

    def sql(self) -> tuple[str, tuple[object, ...]]:
        """What goes behind WHERE, and its parameters."""
        return self.text, self.parameters

    def __bool__(self) -> bool:
        return bool(self.text)


EVERYTHING = Condition()


def all_of(conditions: Sequence[Condition]) -> Condition:
    """True where every one of them is."""
    return _joined(conditions, " AND ")


def any_of(conditions: Sequence[Condition]) -> Condition:
    """True where at least one of them is."""
    return _joined(conditions, " OR ")


def negated(condition: Condition) -> Condition:
    """True where the condition is not, an unknown included."""
    return Condition(f"NOT coalesce(({condition.text}), 0)", condition.parameters)


def like_pattern(text: str, before: str = "", after: str = "") -> str:
    """The text as a pattern for `LIKE ? ESCAPE '\\'`, its `*` standing for anything."""
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_").replace("*", "%")
    return before + escaped + after


def like(column: str, pattern: str) -> Condition:
    """True where the column matches the pattern; the case of ASCII letters does not matter."""
    return Condition(f"{column} LIKE ? ESCAPE '\\'", (pattern,))


def _joined(conditions: Sequence[Condition], word: str) -> Condition:
    if len(conditions) == 1:
        return conditions[0]
    text = word.join(f"({condition.text})" for condition in conditions)
    return Condition(text, tuple(value for condition in conditions for value in condition.parameters))
