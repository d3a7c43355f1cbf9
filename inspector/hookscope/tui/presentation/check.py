"""What a check of the handler found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from hookscope.tui.canvas.document import Document, prose
from hookscope.tui.canvas.line import Line, Role, line, said
from hookscope.tui.presentation.units import plural

if TYPE_CHECKING:
    from hookscope.tools.check.fact import Fact, State
    from hookscope.tools.check.report import CheckReport

NAME_WIDTH = 20
SIGNS: dict[State, tuple[str, Role]] = {
    "failed": ("✗", "bad"),
    "warning": ("!", "warn"),
    "passed": ("✓", "ok"),
    "skipped": ("·", "dim"),
}


def checked_document(report: CheckReport) -> Document:
    """What is wrong first, with the evidence and what to do; then what is right, a line each."""
    facts = [fact for fact in report.facts if fact.applies]
    counts = Counter(fact.state for fact in facts)
    told = f"{plural(report.sends, 'delivery', 'deliveries')} in {report.elapsed_s:.1f} s"
    return prose(
        line((f"{said(report.url, 200)} as a handler of {said(report.provider, 40)}", "title")),
        _verdict(report),
        line((f"{counts['passed']} passed, {counts['failed']} failed, {counts['warning']} to look at; {told}", "dim")),
        *(line(("note: ", "dim"), said(note, 600), indent=6) for note in report.notes if note),
        Line(),
        *(row for state in SIGNS for fact in facts if fact.state == state for row in _told(fact)),
        Line(),
        line(("Enter", "mark"), (" closes; `hookscope check` does the same, with --json and --junit for CI", "dim")),
    )


def _verdict(report: CheckReport) -> Line:
    if report.faults:
        return line(("✗ What is wrong: ", "bad"), (", ".join(fact.name for fact in report.faults), "strong"))
    return line(("✓ Nothing was found wrong", "ok")) if not report.failed else line(("✗ Checks failed", "bad"))


def _told(fact: Fact) -> Iterator[Line]:
    sign, role = SIGNS[fact.state]
    yield line((f"{sign} ", role), (fact.name.ljust(NAME_WIDTH), "strong"), " ", said(fact.line, 400), indent=4)
    if fact.state in ("passed", "skipped"):
        return
    for text in fact.evidence:
        yield line("    ", (said(text, 600), "dim"), indent=4)
    if fact.because:
        yield line("    ", (f"follows from {fact.because}", "dim"), indent=4)
    if fact.hint:
        yield line("    ", ("→ ", "ok"), said(fact.hint, 400), indent=6)
