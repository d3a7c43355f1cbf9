"""A batch of events as senders lay it out: one event a line, joined or ended with CRLF or LF,
with and without the list's brackets."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from hookscope.signatures.mistakes.json_layouts import JsonLayout, written

COMPACT, SPACED = JsonLayout("compact"), JsonLayout("spaced", (", ", ": "))
MAX_EVENTS = 1000
MAX_ESCAPES = 4

# What stands after the opening bracket, between events, before the closing bracket and after it; `N` is the line end.
FRAMES: tuple[tuple[str, str, str, str], ...] = (
    ("", ",N", "N", "N"),  # SendGrid
    ("", ",N", "", "N"),
    ("", ",N", "N", ""),
    ("", ",N", "", ""),
    ("N", ",N", "N", "N"),
    ("N", ",N", "N", ""),
    ("", "N,", "N", "N"),
    ("", "N,", "", "N"),
    ("", "N,", "N", ""),
    ("", "N,", "", ""),
    ("", "N,N", "", ""),
    ("", "N,N", "N", "N"),
    ("N", "N,N", "N", "N"),
    ("N", ",", "N", ""),
    ("", ", N", "", ""),
)
# The same without brackets: an event a line.
LINES: tuple[tuple[str, str], ...] = (("N", "N"), ("N", ""))


def batches(value: object, finish: Callable[[str], str]) -> Iterator[tuple[str, str]]:
    """Each layout of a list of objects that is one event a line, as (name, text); none for any other value."""
    if (
        not isinstance(value, list)
        or not 0 < len(value) <= MAX_EVENTS
        or not all(isinstance(one, dict) for one in value)
    ):
        return
    for layout in (COMPACT, SPACED):
        for escapes, events in _written(value, layout, finish):
            for line_end, end in (("CRLF", "\r\n"), ("LF", "\n")):
                for name, text in _framed(events, end):
                    yield f"one event a line, {name.replace('N', line_end)}, {layout.name}, {escapes}", text


def _written(
    value: Sequence[object], layout: JsonLayout, finish: Callable[[str], str]
) -> Iterator[tuple[str, list[str]]]:
    """The events' texts for each of the first escapes that any of them is written with."""
    found: dict[str, list[str]] = {}
    forms = [dict(written(event, layout, finish)) for event in value]
    if not all(forms):
        return
    for name in list(dict.fromkeys(name for form in forms for name in form))[:MAX_ESCAPES]:
        # An event that these escapes leave alone has them under the first name.
        found[name] = [form.get(name) or next(iter(form.values())) for form in forms]
    yield from found.items()


def _framed(events: Sequence[str], end: str) -> Iterator[tuple[str, str]]:
    for frame in FRAMES:
        opening, between, closing, after = (part.replace("N", end) for part in frame)
        yield f"{frame[1]} between", f"[{opening}{between.join(events)}{closing}]{after}"
    for between, after in LINES:
        yield f"{between} between, no brackets", between.replace("N", end).join(events) + after.replace("N", end)
