"""Long work as one line: a bar, how far it is, how much failed, how long it will take, and how to stop it."""

from __future__ import annotations

from hookscope.tui.canvas.line import Line, Span, fit, line
from hookscope.tui.engine.job import Job

BAR = 20
FULL, EMPTY = "█", "░"
# Before this much time has passed nobody can say how long the rest will take.
SURE_AFTER_S = 2.0


def render_progress(job: Job, now: float, width: int) -> Line:
    """The line, `width` cells wide; `now` is on the clock that the job was started by."""
    filled = BAR * min(job.done, job.total) // max(job.total, 1)
    parts: list[Span] = [
        (f" {job.what} ", "strong"),
        (FULL * filled + EMPTY * (BAR - filled), "accent"),
        (f" {job.done:,} of {job.total:,}", ""),
    ]
    if job.failed:
        parts.append((f"  ✗ {job.failed:,} failed", "bad"))
    if job.cancelled:
        parts.append(("  stopping …", "warn"))
    else:
        parts += [(_left(job, now), "dim"), ("  Esc", "mark"), (" stops it", "dim")]
    return fit(line(*parts), width)


def describe_end(job: Job) -> str:
    """What came of the work, in a sentence."""
    passed = job.done - job.failed
    stopped = f"stopped after {job.done:,} of {job.total:,}" if job.cancelled and job.done < job.total else ""
    told = f"{job.what}: {passed:,} went well" + (f", {job.failed:,} failed" if job.failed else "")
    why = f"; the first error: {job.error}" if job.error is not None else ""
    return f"{told}{f'; {stopped}' if stopped else ''}{why}"


def _left(job: Job, now: float) -> str:
    passed = now - job.started
    if job.done == 0 or passed < SURE_AFTER_S:
        return ""
    return f"  {(job.total - job.done) * passed / job.done:.0f} s left"
