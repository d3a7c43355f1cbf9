"""A line of the screen as a value: spans of text, each with a role that a theme gives a colour to.

Whoever puts a sender's words into a span makes them safe first (`said`); a span's text is drawn as it is and never read
as markup.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias, get_args

from rich.cells import cell_len, get_character_cell_size

from hookscope.text.safe import safe_text

Role: TypeAlias = Literal[
    "", "dim", "strong", "title", "ok", "warn", "bad", "accent", "key", "string", "number", "literal", "mark", "chosen"
]
Span: TypeAlias = tuple[str, Role]

ROLES: tuple[Role, ...] = get_args(Role)
ELLIPSIS = "…"


@dataclass(frozen=True, slots=True)
class Line:
    """Spans from left to right.

    Wrapped, it breaks between words (anywhere where `hard`), and goes on after `indent` cells.

    `tag` names what the line stands for, for a click or Enter on it.
    """

    spans: tuple[Span, ...] = ()
    indent: int = 0
    hard: bool = False
    tag: Hashable = None

    @property
    def plain(self) -> str:
        """The text without roles."""
        return "".join(text for text, _ in self.spans)

    @property
    def width(self) -> int:
        """The cells that the line takes."""
        return sum(cell_len(text) for text, _ in self.spans)

    def cut(self, start: int, end: int) -> tuple[Span, ...]:
        """The spans of the characters from `start` up to `end`."""
        return tuple(_between(self.spans, start, end))


def line(*parts: str | Span, indent: int = 0, hard: bool = False, tag: Hashable = None) -> Line:
    """A line of the given parts; a bare text has the plain role, empty parts are left out."""
    plain: Role = ""
    spans = ((part, plain) if isinstance(part, str) else part for part in parts)
    return Line(tuple(span for span in spans if span[0]), indent, hard, tag)


def said(text: str, limit: int = 2000) -> str:
    """What a sender wrote, safe and on one line; beyond `limit` characters only its length is said."""
    if len(text) <= limit:
        return safe_text(text)
    return f"{safe_text(text[:limit])}{ELLIPSIS} ({len(text):,} characters)"


def said_ends(text: str, each: int = 200) -> str:
    """What a sender wrote, safe and on one line; of a long text the first and the last `each` characters."""
    return safe_text(text if len(text) <= 2 * each else f"{text[:each]}{ELLIPSIS}{text[-each:]}")


def pad(text: str, width: int, right: bool = False) -> str:
    """The text in exactly `width` cells: cut with an ellipsis, or filled with spaces (on the left where `right`)."""
    if text.isascii() and len(text) <= width:
        return text.rjust(width) if right else text.ljust(width)
    cut = crop(text, width)
    space = " " * (width - cell_len(cut))
    return space + cut if right else cut + space


def crop(text: str, width: int) -> str:
    """The text in at most `width` cells, an ellipsis last where something is missing."""
    if cell_len(text) <= width:
        return text
    if width <= 1:
        return ELLIPSIS * max(width, 0)
    return text[: _reach(text, 0, width - 1, least=0)] + ELLIPSIS


def crop_middle(text: str, width: int) -> str:
    """The text in at most `width` cells, its end kept: paths differ at the end."""
    if cell_len(text) <= width or width < 5:
        return crop(text, width)
    tail = text[-(width // 2) :]
    while cell_len(tail) > width // 2:
        tail = tail[1:]
    return crop(text, width - cell_len(tail)) + tail


def fit(value: Line, width: int) -> Line:
    """The line in exactly `width` cells."""
    spans: list[Span] = []
    room = width
    for text, role in value.spans:
        cut = crop(text, room)
        spans.append((cut, role))
        room -= cell_len(cut)
        if cut is not text and cut != text:
            break
    return replace(value, spans=(*spans, (" " * room, "")) if room > 0 else tuple(spans))


def wrap(value: Line, width: int) -> list[Line]:
    """The line as rows of at most `width` cells."""
    if value.width <= width:
        return [value]
    width = max(width, 2)
    indent = min(value.indent, width // 2)
    rows = []
    start = 0
    text = value.plain
    for end in (*cuts(text, width, width - indent, value.hard), len(text)):
        spans = list(value.cut(start, end))
        if start and indent:
            spans.insert(0, (" " * indent, ""))
        rows.append(replace(value, spans=tuple(spans)))
        start = end
    return rows


def cuts(text: str, first: int, rest: int, hard: bool) -> Iterator[int]:
    """The offsets at which a text is cut so that the first row has `first` cells and the others `rest`."""
    start, room = 0, first
    while (end := _reach(text, start, room)) < len(text):
        space = -1 if hard else text.rfind(" ", start, end)
        end = space + 1 if space > start else end
        yield end
        start, room = end, rest


def _reach(text: str, start: int, room: int, least: int = 1) -> int:
    """The offset up to which `text` from `start` fits into `room` cells; at least `least` characters further."""
    if text.isascii():
        return min(len(text), start + max(room, least))
    end = start
    while end < len(text):
        room -= get_character_cell_size(text[end])
        if room < 0 and end >= start + least:
            break
        end += 1
    return end


def _between(spans: tuple[Span, ...], start: int, end: int) -> Iterator[Span]:
    offset = 0
    for text, role in spans:
        part = text[max(start - offset, 0) : max(end - offset, 0)]
        if part:
            yield part, role
        offset += len(text)
