"""What became of a delivery that was saved as a fixture: where it is, and what was redacted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hookscope.tui.canvas.document import Document, prose
from hookscope.tui.canvas.line import Line, line, said
from hookscope.tui.presentation.units import plural

MAX_PLACES = 200
STATES = {
    "written": "Saved as a fixture",
    "unchanged": "The fixture is there already, and says the same",
    "replaced": "The fixture was replaced",
}


def saved_document(path: str, state: str, redacted: Sequence[str], signature_broken: bool = False) -> Document:
    """The file, each place that was redacted, and what to know of it."""
    return prose(
        line((STATES.get(state, state), "title")),
        Line(),
        line((said(path, 2000), "strong"), hard=True),
        Line(),
        *_places(redacted),
        *(_signature() if signature_broken else ()),
        Line(),
        line(("c", "mark"), (" copies the path    ", "dim"), ("Enter", "mark"), (" closes", "dim")),
    )


def _places(redacted: Sequence[str]) -> Iterator[Line]:
    if not redacted:
        yield line(("✓ ", "ok"), "Nothing in it had to be redacted.")
        return
    yield line(f"{plural(len(redacted), 'place')} {'was' if len(redacted) == 1 else 'were'} redacted:")
    for place in redacted[:MAX_PLACES]:
        yield line("  · ", (said(place, 300), "accent"), indent=4, hard=True)
    if len(redacted) > MAX_PLACES:
        yield line((f"  … {len(redacted) - MAX_PLACES} more; the file lists them", "dim"))


def _signature() -> Iterator[Line]:
    yield Line()
    yield line(
        ("! ", "warn"),
        "Its body was redacted, so its signature no longer verifies: tests and replays sign it anew.",
        indent=2,
    )
