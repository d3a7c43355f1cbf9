"""The tabs of the detail, and its title line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias, get_args

from hookscope.diagnosis.case import Earlier, Settlement
from hookscope.model.call import Call
from hookscope.model.capture import Attempt, Capture
from hookscope.model.finding import Finding
from hookscope.model.summary import Summary
from hookscope.model.verdict import Recognition, Verdict
from hookscope.tui.canvas.document import Document
from hookscope.tui.canvas.line import Line, Span, crop_middle, fit, line, said, said_ends
from hookscope.tui.engine.proof import Proof
from hookscope.tui.presentation.call import call_answer, call_findings, call_raw, call_request
from hookscope.tui.presentation.calls import call_lines
from hookscope.tui.presentation.findings import Offers, findings_document
from hookscope.tui.presentation.raw import raw_document
from hookscope.tui.presentation.request_answer import answer_document, request_document
from hookscope.tui.presentation.timeline import related_lines, timeline_document
from hookscope.tui.presentation.units import outcome_of, render_elapsed

Tab: TypeAlias = Literal["findings", "request", "answer", "timeline", "raw"]
TABS: tuple[Tab, ...] = get_args(Tab)
# What stands side by side, from a width on that leaves each of them room for a line of JSON.
PAIR: tuple[Tab, ...] = ("request", "answer")
PAIR_WIDTH = 96
NAMES: dict[Tab, str] = {tab: tab.capitalize() for tab in TABS}
SHORT_NAMES: dict[Tab, str] = NAMES | {"request": "Req", "answer": "Ans", "timeline": "Time"}
DOT = "•"


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """A capture as it was read for the detail, with what was found on the attempt that is shown (None:
    there is none); `call` is the one of its calls that was opened."""

    number: int
    capture: Capture
    attempt: Attempt | None = None
    findings: tuple[Finding, ...] = ()
    verdict: Verdict | None = None
    settled: Settlement | None = None
    related: tuple[Earlier, ...] = ()
    recognition: Recognition = field(default_factory=Recognition)
    proof: Proof | None = None
    url_to_register: str = ""
    beside: str = ""
    calls: tuple[Call, ...] = ()
    call: Call | None = None

    @property
    def shown_findings(self) -> tuple[Finding, ...]:
        """The findings of what is shown: of the attempt, or of the call that was opened."""
        return self.call.findings if self.call is not None else self.findings


@dataclass(frozen=True, slots=True)
class TabMarks:
    """What the tab line says of the documents: how many findings there are, and which tabs hold a body, or more than
    one attempt."""

    findings: int = 0
    filled: frozenset[Tab] = frozenset()


def marks_of(detail: Detail | None) -> TabMarks:
    """The marks of what is shown; none while it is being read."""
    if detail is None:
        return TabMarks()
    request = detail.call or detail.capture.delivery
    asked = detail.call or detail.attempt
    answer = asked.answer if asked else None
    history = len(detail.capture.attempts) > 1 or detail.calls or len(detail.related) > 1
    held: dict[Tab, bool] = {
        "request": bool(request.body),
        "answer": bool(answer and answer.body),
        "timeline": bool(history),
    }
    return TabMarks(len(detail.shown_findings), frozenset(tab for tab, has in held.items() if has))


BUILDERS: dict[Tab, Callable[[Detail], Document]] = {
    "findings": lambda detail: findings_document(
        detail.capture,
        detail.attempt,
        detail.findings,
        detail.verdict,
        Offers(detail.proof, detail.url_to_register),
        detail.beside,
    ),
    "request": lambda detail: request_document(detail.capture, detail.attempt),
    "answer": lambda detail: answer_document(detail.capture, detail.attempt),
    "timeline": lambda detail: timeline_document(
        detail.capture,
        detail.settled,
        related_lines(detail.number, detail.recognition, detail.related),
        tuple(call_lines(detail.calls, detail.capture.delivery.received_at, detail.capture.outcome)),
    ),
    "raw": lambda detail: raw_document(detail.capture, detail.attempt),
}


CALL_BUILDERS: dict[Tab, Callable[[Call], Document]] = {
    "findings": call_findings,
    "request": call_request,
    "answer": call_answer,
    "raw": call_raw,
}


def build_tab(tab: Tab, detail: Detail) -> Document:
    """What a tab shows of a capture, or of the call that was opened; the timeline is that of both."""
    if detail.call is not None and tab in CALL_BUILDERS:
        return CALL_BUILDERS[tab](detail.call)
    return BUILDERS[tab](detail)


def default_tab(summary: Summary) -> Tab:
    """The tab that a delivery opens on: what went wrong, with the handler's calls too, or what came."""
    failed = bool(summary.failure) or (summary.status or 200) >= 300
    if summary.api and not failed:
        return "timeline"
    return "findings" if failed or summary.severity in ("warning", "error") else "request"


def tabs_shown(chosen: Tab, width: int) -> tuple[Tab, ...]:
    """The tabs whose documents stand next to each other in so many columns when one of them is chosen."""
    return PAIR if chosen in PAIR and width >= PAIR_WIDTH else (chosen,)


def render_tabs(chosen: Tab, marks: TabMarks, width: int) -> Line:
    """The tab line: the chosen one stands in brackets, what is shown beside it is bright, and a dot says which others
    hold more than they always do. Short of room their names are short, and then the others are numbers."""
    for names in (NAMES, SHORT_NAMES, {}):
        shown = line(*(_tab(tab, names, chosen, marks, width) for tab in TABS))
        if shown.width <= width:
            break
    return fit(shown, width)


def _tab(tab: Tab, names: Mapping[Tab, str], chosen: Tab, marks: TabMarks, width: int) -> Span:
    count = f" ({marks.findings})" if tab == "findings" and marks.findings else ""
    number = TABS.index(tab) + 1
    if tab == chosen:
        return f"[{number} {names.get(tab) or SHORT_NAMES[tab]}{count}]", "title"
    name = f" {names[tab]}{count}" if tab in names else ""
    return f" {number}{name}{DOT if tab in marks.filled else ' '}", "title" if tab in tabs_shown(
        chosen, width
    ) else "dim"


def tab_at(chosen: Tab, marks: TabMarks, width: int, column: int) -> Tab | None:
    """The tab at a column of that line."""
    left = 0
    for tab, (text, _) in zip(TABS, render_tabs(chosen, marks, width).spans, strict=False):
        left += len(text)
        if column < left:
            return tab
    return None


def render_title(summary: Summary | None, width: int) -> Line:
    """Which delivery the detail shows, and what came of it."""
    if summary is None:
        return fit(line((" no delivery is selected", "dim")), width)
    shown = outcome_of(summary)
    badge = f" ▸ api {said(summary.api, 40)}" if summary.api else ""
    took = f" {render_elapsed(summary.elapsed_ms)}" if summary.elapsed_ms is not None else ""
    first = f" #{summary.number} {said(summary.method, 20)} "
    end = f"  {shown.sign} {shown.word}{took}{badge}"
    target = crop_middle(said_ends(summary.target) or "/", max(width - len(first) - len(end), 8))
    return fit(line((first, "strong"), target, (end, shown.role)), width)
