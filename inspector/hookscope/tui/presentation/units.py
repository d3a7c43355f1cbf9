"""Sizes, times and outcomes in words and signs: a colour never stands alone."""

from __future__ import annotations

import time
from typing import NamedTuple

from hookscope.model.summary import Summary
from hookscope.tui.canvas.line import Role

FAILURES = {
    "refused": "refused",
    "timeout": "timeout",
    "dns": "no host",
    "tls": "TLS",
    "reset": "reset",
    "closed": "closed",
    "bad-response": "invalid",
    "too-large": "large",
    "cut-off": "cut off",
}
FAILURE_SENTENCES = {
    "refused": "nothing listens at the handler's address",
    "timeout": "the handler did not answer in time",
    "dns": "the handler's host name has no address",
    "tls": "the handler's TLS could not be agreed on",
    "reset": "the handler cut the connection while we waited",
    "closed": "the handler closed the connection without an answer",
    "bad-response": "what the handler sent is not HTTP",
    "too-large": "the handler's answer is larger than the limit",
    "cut-off": "the request broke off before it was whole, and so it was at the handler",
}
UNITS = (("kB", 1e3), ("MB", 1e6), ("GB", 1e9))

# What a handler says that has no time now; a delivery that is held had nothing else.
ASK_TO_WAIT = (429, 503)
SEVERITY_SIGNS: dict[str, tuple[str, Role]] = {
    "error": ("✗", "bad"),
    "warning": ("!", "warn"),
    "info": ("i", "accent"),
    "": ("", ""),
}


class OutcomeSign(NamedTuple):
    """What came of a delivery: a sign, a word of at most 7 cells, and the role of both."""

    sign: str
    word: str
    role: Role


def outcome_of(summary: Summary) -> OutcomeSign:
    """What the sender got, or the last replay without a change; without either, who keeps it. What is to be tried again
    is held, whatever its handler said so far."""
    if summary.held and (summary.failure or summary.status in ASK_TO_WAIT):
        return OutcomeSign("○", "held", "warn")
    if summary.failure or summary.status is not None:
        return outcome(summary.status, summary.failure)
    if summary.held:
        return OutcomeSign("○", "held", "warn")
    if summary.attempts and summary.tried is None:
        return OutcomeSign("…", "running", "dim")
    if summary.is_expired:
        return OutcomeSign("✗", "expired", "bad")
    return OutcomeSign("○", "owed", "warn") if summary.owed else OutcomeSign("○", "kept", "dim")


def outcome(status: int | None, failure: str) -> OutcomeSign:
    """The outcome of an attempt that ended."""
    if failure or status is None:
        return OutcomeSign("✗", FAILURES.get(failure, "failed"), "bad")
    if status < 300:
        return OutcomeSign("✓", str(status), "ok")
    return OutcomeSign("↪", str(status), "warn") if status < 400 else OutcomeSign("✗", str(status), "bad")


def render_size(count: int) -> str:
    """A number of bytes in at most three digits and a unit."""
    if count < 1000:
        return f"{count} B"
    unit, size = next(((unit, size) for unit, size in UNITS if count < 999.5 * size), UNITS[-1])
    value = count / size
    return f"{value:.1f} {unit}" if value < 10 else f"{value:.0f} {unit}"


def render_elapsed(elapsed_ms: float | None) -> str:
    """A duration in at most 6 cells up to three hours; empty where there is none."""
    if elapsed_ms is None:
        return ""
    if elapsed_ms < 9.95:
        return f"{elapsed_ms:.1f} ms"
    if elapsed_ms < 999.5:
        return f"{elapsed_ms:.0f} ms"
    return f"{elapsed_ms / 1000:.1f} s" if elapsed_ms < 99_950 else f"{elapsed_ms / 1000:.0f} s"


def render_clock(at: float, milliseconds: bool = False) -> str:
    """The local time of day."""
    moment = time.localtime(at)
    clock = time.strftime("%H:%M:%S", moment)
    return f"{clock}.{int(at % 1 * 1000):03d}" if milliseconds else clock


def plural(count: int, one: str, many: str = "") -> str:
    """`1 delivery`, `3 deliveries`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"
