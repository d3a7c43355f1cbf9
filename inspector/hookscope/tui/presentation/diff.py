"""Two deliveries compared: which they are, then place by place what differs, side by side where both have room."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from hookscope.model.summary import Summary
from hookscope.tools.diff.difference import Difference
from hookscope.tui.canvas.document import Document, prose
from hookscope.tui.canvas.line import Line, Role, Span, crop, line, said
from hookscope.tui.presentation.units import outcome_of, plural, render_clock

SIDE_BY_SIDE = 100
MAX_VALUE = 2000
SHOWN_BEFORE = 24
# Values that share less than this of their text are other values, and not changed ones.
MOST_ALIKE = 0.5
SIGNS: dict[str, tuple[str, Role]] = {
    "changed": ("~", "warn"),
    "added": ("+", "ok"),
    "removed": ("-", "bad"),
    "order": ("⇅", "dim"),
    "case": ("~", "dim"),
    "spelling": ("~", "dim"),
}
REMARKS = {"order": "another order", "case": "another case of its letters", "spelling": "spelt another way"}
REQUEST = frozenset({"method", "path", "query", "http_version"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """Two captures, why these, and what differs between them from left to right."""

    left: Summary
    right: Summary
    why: str
    differences: tuple[Difference, ...]


def diff_document(compared: Compared, width: int) -> Document:
    """All of it, laid out for `width` cells."""
    lines: list[Line] = [*_heading(compared), Line()]
    if not compared.differences:
        lines.append(line(("✓ ", "ok"), "They say the same: request line, headers and body."))
    for title, belongs in SECTIONS:
        found = [one for one in compared.differences if belongs(one)]
        if found:
            lines.append(line((title, "title"), (f"  {plural(len(found), 'difference')}", "dim")))
            lines += [row for one in found for row in difference_rows(one, width)]
            lines.append(Line())
    return prose(*lines, line(("Esc", "mark"), (" closes    ", "dim"), ("j k", "mark"), (" scroll", "dim")))


def _root(one: Difference) -> str:
    return one.place.partition(".")[0].partition("#")[0]


# What matters comes first: what differs between any two deliveries is a section of its own, at the end.
SECTIONS: tuple[tuple[str, Callable[[Difference], bool]], ...] = (
    ("Request", lambda one: not one.is_usual and _root(one) in REQUEST),
    ("Body", lambda one: not one.is_usual and _root(one) not in REQUEST and _root(one) != "headers"),
    ("Headers", lambda one: not one.is_usual and _root(one) == "headers"),
    ("Different each time", lambda one: one.is_usual),
)


def _heading(compared: Compared) -> Iterator[Line]:
    number = compared.right.number
    yield line((f"#{number} against #{compared.left.number}", "title"), (f", {compared.why}", "dim"))
    for sign, summary in (("-", compared.left), ("+", compared.right)):
        shown = outcome_of(summary)
        role: Role = "bad" if sign == "-" else "ok"
        yield line(
            (f"{sign} ", role),
            (f"#{summary.number} ", "strong"),
            (f"{render_clock(summary.received_at)}  ", "dim"),
            f"{said(summary.method, 20)} {said(summary.target, 200) or '/'}  ",
            (said(summary.event_type, 80), "accent"),
            (f"  {shown.sign} {shown.word}", shown.role),
        )


def difference_rows(one: Difference, width: int) -> Iterator[Line]:
    """One difference: its place, and both sides in a row of `width` cells where they fit, else below one another."""
    sign, role = SIGNS[one.kind]
    remark = f"  {REMARKS[one.kind]}" if one.kind in REMARKS else ""
    place = said(one.place, 300)
    sides = _sides(one)
    cells = (width - 4) // 4
    if width >= SIDE_BY_SIDE and all(line(*side).width < (width - 4 - cells) // 2 for side in sides):
        yield line(
            (f"{sign} ", role),
            (crop(place, cells).ljust(cells), "key"),
            "  ",
            *_column(sides[0], width - 4 - cells, half=True),
            " ",
            *_column(sides[1], width - 4 - cells, half=False),
            (remark, "dim"),
        )
        return
    yield line((f"{sign} ", role), (place, "key"), (remark, "dim"))
    for mark, spans in zip("-+", sides, strict=True):
        if spans:
            yield line((f"  {mark} ", "bad" if mark == "-" else "ok"), *spans, indent=4, hard=True)


def _column(spans: Sequence[Span], width: int, half: bool) -> Iterator[Span]:
    """The spans in half of `width` cells; the left half is filled up."""
    room = width // 2 - 1
    text = crop("".join(part for part, _ in spans), room)
    offset = 0
    for part, role in spans:
        yield text[offset : offset + len(part)], role
        offset += len(part)
    if half:
        yield " " * (room - Line(((text, ""),)).width), ""


def _sides(one: Difference) -> tuple[list[Span], list[Span]]:
    """What stands on each side, the part that differs marked."""
    left, right = one.left, one.right
    if left is None or right is None or one.kind in REMARKS:
        return _plain(left, "bad"), _plain(right, "ok")
    same = _same_start(left, right)
    rest = _same_start(left[same:][::-1], right[same:][::-1])
    if same + rest < MOST_ALIKE * max(len(left), len(right)):
        return _plain(left, "bad"), _plain(right, "ok")
    return _marked(left, same, rest, "bad"), _marked(right, same, rest, "ok")


def _same_start(one: str, other: str) -> int:
    """How many characters both begin with."""
    pairs = zip(one, other, strict=False)
    return next((index for index, (left, right) in enumerate(pairs) if left != right), min(len(one), len(other)))


def _plain(text: str | None, role: Role) -> list[Span]:
    if text is None:
        return []
    return [(said(text, MAX_VALUE), role)] if text else [("(empty)", "dim")]


def _marked(text: str, same: int, rest: int, role: Role) -> list[Span]:
    first = max(0, same - SHOWN_BEFORE)
    middle = text[same : len(text) - rest]
    spans: list[Span] = [
        ("…" if first else "", "dim"),
        (said(text[first:same]), "dim"),
        (said(middle, MAX_VALUE), role),
    ]
    return [*spans, (said(text[len(text) - rest :], MAX_VALUE) if rest else "", "dim")]
