"""Probes before they are sent, and what came of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from hookscope.tui.canvas.document import Document, prose
from hookscope.tui.canvas.line import Line, Role, line, said
from hookscope.tui.presentation.units import plural

if TYPE_CHECKING:
    from hookscope.tools.probe.probe import Conclusion, Probe, ProbeOutcome
    from hookscope.tools.probe.run import Probed

SIGNS: dict[str, tuple[str, Role]] = {
    "proved": ("✓", "ok"),
    "left": ("●", "warn"),
    "ruled-out": ("○", "dim"),
    "open": ("?", "warn"),
}
WORDS = {"proved": "proved", "left": "what is left", "ruled-out": "ruled out", "open": "open"}


def plan_document(number: int, probes: Sequence[Probe], to: str) -> Document:
    """What would be sent, and what each would tell."""
    where = f" to {said(to, 200)}" if to else " to the handler that had it last"
    return prose(
        line((f"Probe #{number}: {plural(len(probes), 're-send')}{where}", "title")),
        Line(),
        *(row for probe, after in zip(probes, (*probes[1:], None), strict=True) for row in _planned(probe, after)),
        Line(),
        line(("y", "mark"), " or ", ("Enter", "mark"), " sends them    ", ("n", "mark"), " does not"),
    )


def probed_document(number: int, probed: Probed) -> Document:
    """What the probes proved, then what the handler said to each."""
    return prose(
        line((f"What the probes of #{number} say", "title")),
        Line(),
        *(row for conclusion in probed.conclusions for row in _concluded(conclusion)),
        *(() if probed.conclusions else (line(("Nothing can be concluded.", "dim")),)),
        Line(),
        *(_told(one, before) for one, before in zip(probed.outcomes, (None, *probed.outcomes), strict=False)),
        Line(),
        line(("Enter", "mark"), (" closes; each is an attempt of the delivery, [ and ] turn to them", "dim")),
    )


def _planned(probe: Probe, after: Probe | None) -> Iterator[Line]:
    """A probe; what it tells is said once for those that tell the same."""
    yield line("· ", (said(probe.title, 300), "strong"), indent=2)
    if after is None or after.tells != probe.tells:
        yield line("  ", (f"tells {said(probe.tells, 300)}", "dim"), indent=2)


def _concluded(conclusion: Conclusion) -> Iterator[Line]:
    sign, role = SIGNS[conclusion.proof]
    yield line((f"{sign} {WORDS[conclusion.proof]}: ", role), said(conclusion.text, 600), indent=2)
    if conclusion.hint:
        yield line("  ", ("→ ", "ok"), said(conclusion.hint, 400), indent=4)


def _told(outcome: ProbeOutcome, before: ProbeOutcome | None) -> Line:
    role: Role = "ok" if outcome.accepted else "bad"
    is_new = outcome.note and (before is None or before.note != outcome.note)
    signed = f"  {said(outcome.note, 100)}" if is_new else ""
    return line(
        ("✓ " if outcome.accepted else "✗ ", role),
        said(outcome.probe.title, 200),
        (f"  {said(outcome.said, 100)}", role),
        (signed, "dim"),
        indent=2,
    )
