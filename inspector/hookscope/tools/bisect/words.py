"""A difference that turns an answer, in a few words: what the failing request has in the place of what."""

from __future__ import annotations

from hookscope.text.safe import safe_text
from hookscope.tools.diff.difference import Difference, DifferenceKind

SHOWN = 60
WRITINGS: dict[DifferenceKind, str] = {
    "order": "the order of the body's keys",
    "escapes": "the escapes in the body's texts",
    "spacing": "the white space between the body's values",
    "edges": "what stands before and behind the body's JSON",
}


def difference_in_words(difference: Difference) -> str:
    """The difference from the good request (left) to the bad one (right); every byte of a sender in it is inert."""
    if difference.kind in WRITINGS:
        return WRITINGS[difference.kind]
    there, gone = _named(safe_text(difference.place))
    if difference.right is None:
        return f"no {gone} (the good one has {_shown(difference.left)})"
    other = "the good one has none" if difference.left is None else f"in the place of {_shown(difference.left)}"
    return f"{there} {_shown(difference.right)} ({other})"


def _named(place: str) -> tuple[str, str]:
    """What comes before the value of a place, and what a place is called that is gone."""
    root, _, name = place.partition("/" if place.startswith("body/") else ".")
    if root == "headers":
        return f"{name}:", name
    if not name:
        root, _, offset = place.partition("@")
        return f"the {root} from byte {offset}:" if offset else f"the {root}", root
    where, name = ("query" if root == "query" else "body"), ("/" + name if root == "body" else name)
    return f"the {where}'s {name} =", f"{name} in the {where}"


def _shown(value: str | None) -> str:
    text = value or "nothing"
    return safe_text(text if len(text) <= SHOWN else text[:SHOWN] + "…")
