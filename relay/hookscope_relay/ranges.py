"""Which numbers a relay's settings may hold: one that would lose or refuse everything is told at the start, by its option's name."""

from __future__ import annotations

from hookscope_relay.errors import InputError
from hookscope_relay.settings import RelaySettings

MAX_PORT = 65535

# Fields of `Limits` and `Retention`, with the option that sets each: all must be above 0. A slowest rate of 0 is none.
LIMIT_OPTIONS = {
    "body_bytes": "max-body",
    "answer_bytes": "max-answer",
    "target_bytes": "max-target",
    "field_bytes": "max-header",
    "header_bytes": "max-header-bytes",
    "header_count": "max-headers",
    "head_s": "header-time",
    "body_s": "body-time",
    "endpoint_deliveries": "max-deliveries-endpoint",
    "deliveries": "max-deliveries",
    "endpoint_bytes": "max-in-flight-endpoint",
    "bytes": "max-in-flight",
    "session_reply_bytes": "max-replies-session",
    "reply_bytes": "max-replies",
    "sessions": "max-sessions",
    "endpoints": "max-endpoints",
    "unused_s": "unused-after",
}
RETENTION_OPTIONS = {"age_s": "keep-age", "count": "keep-count", "bytes": "keep-bytes", "total_bytes": "keep-total"}


def check_numbers(settings: RelaySettings) -> None:
    """Raise `InputError` for a number that makes no sense."""
    if not 0 <= settings.port <= MAX_PORT:
        raise InputError(f"port {settings.port} is none", "give a port from 1 to 65535, or 0 for a free one")
    if not settings.deadline_s > 0:
        raise InputError(f"a deadline of {settings.deadline_s:g} s lets no sender wait", "give one such as 25s")
    for name, option in LIMIT_OPTIONS.items():
        _check_above_nothing(option, getattr(settings.limits, name), "makes no sense")
    for name, option in RETENTION_OPTIONS.items():
        _check_above_nothing(option, getattr(settings.retention, name), "would keep nothing")
    if not settings.limits.min_rate >= 0:
        raise InputError(f"--min-rate {settings.limits.min_rate:g} is no rate", "give one such as 1KiB, or 0 for none")


def _check_above_nothing(option: str, value: float, effect: str) -> None:
    if not value > 0:
        raise InputError(f"--{option} {value:g} {effect}", "give a number above 0")
