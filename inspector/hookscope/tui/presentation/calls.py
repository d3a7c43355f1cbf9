"""The handler's calls under their delivery: a waterfall on the timeline's scale, each with its outcome, its tie and
what is wrong."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hookscope.api.acknowledge import late_answer
from hookscope.model.call import SURE, Call
from hookscope.model.capture import Attempt
from hookscope.model.finding import Finding
from hookscope.tui.canvas.document import Block, Prose
from hookscope.tui.canvas.line import Line, Role, line, said
from hookscope.tui.presentation.units import SEVERITY_SIGNS, outcome, plural, render_clock, render_elapsed


@dataclass(frozen=True, slots=True)
class OpenCall:
    """The tag of a call's lines: Enter or a click opens the call of that number."""

    number: int


@dataclass(frozen=True)
class CallBlock(Block):
    """Lines of calls, each of which can be opened."""

    lines: tuple[Line, ...]

    def rows(self, width: int) -> Sequence[Line]:
        return Prose(self.lines).rows(width)

    @property
    def folds(self) -> bool:
        """There is a cursor, which chooses a call."""
        return bool(self.lines)


WIDTH = 24
INDENT = 14
SHOWN = 200


def call_lines(calls: Sequence[Call], received_at: float, attempt: Attempt | None = None) -> Iterator[Line]:
    """The calls of a delivery in the order they were made, on a scale from when it was received to when the last call
    ended."""
    if not calls:
        return
    ended = max(call.started_at + call.elapsed_ms / 1000 for call in calls)
    scale = max(ended - received_at, 0.001)
    refused = sum(call.explained is not None for call in calls)
    yield Line()
    yield line(
        (f"{plural(len(calls), 'call').capitalize()} to APIs", "title"),
        (f", {refused} refused" if refused else "", "bad"),
        (f"  over {render_elapsed(scale * 1000)}", "dim"),
        ("   < > ", "mark"),
        ("open them", "dim"),
    )
    if (late := late_answer(attempt, calls)) is not None:
        yield from _finding(late)
    for call in calls[:SHOWN]:
        yield from _call(call, received_at, scale)
    if len(calls) > SHOWN:
        yield line((f"… and {plural(len(calls) - SHOWN, 'more call')}; hookscope show --calls shows all", "dim"))


def _call(call: Call, received_at: float, scale: float) -> Iterator[Line]:
    shown = outcome(call.status, call.failure.kind if call.failure else "")
    role: Role = "bad" if call.explained is not None else shown.role
    yield line(
        (render_clock(call.started_at, True), "dim"),
        "  ▸ ",
        (said(call.api, 32), "accent"),
        f" {said(call.method, 20)} ",
        said(call.path, 300),
        indent=INDENT,
        tag=OpenCall(call.number),
    )
    sure = "" if call.tie.confidence >= SURE else f"  {call.tie.words}"
    yield line(
        " " * INDENT,
        (_bar(call, received_at, scale), role),
        (f" {shown.sign} {shown.word}", role),
        (f" in {render_elapsed(call.elapsed_ms)}", "dim"),
        (said(sure, 200), "warn"),
        (f"  played: {said(call.fault, 80)}" if call.fault else "", "warn"),
        indent=INDENT,
        tag=OpenCall(call.number),
    )
    for finding in call.findings:
        yield from _finding(finding)


def _finding(finding: Finding) -> Iterator[Line]:
    sign, role = SEVERITY_SIGNS[finding.severity]
    yield line(" " * INDENT, (f"{sign} ", role), said(finding.title, 400), indent=INDENT + 2)
    yield line(" " * INDENT, ("→ ", "dim"), said(finding.hint, 600), indent=INDENT + 2)


def _bar(call: Call, received_at: float, scale: float) -> str:
    """Where the call lies between the start and the end of all, at least one cell."""
    start = min(max(round(WIDTH * (call.started_at - received_at) / scale), 0), WIDTH - 1)
    length = max(1, min(round(WIDTH * call.elapsed_ms / 1000 / scale), WIDTH - start))
    return ("·" * start + "█" * length).ljust(WIDTH)
