"""What came out of the database is of the types that we write: a column of SQLite holds whatever somebody put there."""

from __future__ import annotations

from functools import cache
from typing import Any, TypeVar, cast, get_type_hints

T = TypeVar("T")

TEXT, NUMBER = (str,), (int, float)
_BY_HINT: dict[Any, tuple[type, ...]] = {
    str: TEXT,
    str | None: (*TEXT, type(None)),
    int: (int,),
    int | None: (int, type(None)),
    float: NUMBER,
    float | None: (*NUMBER, type(None)),
}


def typed(value: T) -> T:
    """The value, whose texts and numbers are such; TypeError names the first field that is another."""
    for name, kinds in _kinds(cast(Any, type(value))).items():
        if not isinstance(getattr(value, name), kinds):
            raise TypeError(f"{name} is of {type(getattr(value, name)).__name__}")
    return value


@cache
def _kinds(kind: type) -> dict[str, tuple[type, ...]]:
    """The types that each field of a class may have; what is neither a text nor a number is left to its reader."""
    hints = get_type_hints(kind).items()
    return {name: kinds for name, hint in hints if (kinds := _BY_HINT.get(hint) or _of_words(hint))}


def _of_words(hint: Any) -> tuple[type, ...]:
    """A Literal of texts is a text."""
    words = getattr(hint, "__args__", ())
    return TEXT if words and all(isinstance(word, str) for word in words) else ()
