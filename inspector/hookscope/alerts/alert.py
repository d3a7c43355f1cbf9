"""An alert as it is configured: what it looks at, the bound, and who is told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from hookscope.text.time_span import render_span

Kind: TypeAlias = Literal["rate-above", "rate-below", "share-above", "silence", "new-finding", "above", "below"]
Form: TypeAlias = Literal["slack", "discord", "json"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """An address that is posted to, in the form that it takes; `json` is signed where there is a secret."""

    url: str = field(repr=False)
    form: Form = "json"
    secret: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One alert. `bound` is a rate a second, a share from 0 to 1, seconds, or a metric's value, by its `kind`, and
    `bound_text` what the user wrote for it; of `new-finding` that is the pattern of codes.

    `subject` is the filter or the metric that is counted, `failing` the one whose share it is. A share counts from
    `least` deliveries on. After it was told, the alert is not told anew before `cool_down_s` have passed.
    """

    name: str
    kind: Kind
    bound: float = 0.0
    bound_text: str = ""
    subject: str = ""
    failing: str = "is:failed"
    window_s: float = 300.0
    least: int = 5
    cool_down_s: float = 600.0
    desktop: bool = False
    command: tuple[str, ...] = ()
    command_timeout_s: float = 10.0
    webhook: Webhook | None = None
    place: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Secrets:
    """Where the values of an alert come from that stand in no file of settings: the environment, and files.

    `read` gives the text of a file; OSError, ValueError or `HookscopeError` where it cannot.
    """

    environ: Mapping[str, str] = field(repr=False)
    read: Callable[[str], str]


def describe(alert: Alert) -> str:
    """What the alert is about."""
    subject, bound, window = alert.subject or "deliveries", alert.bound_text, render_span(alert.window_s)
    words = {
        "rate-above": f"more than {bound} of {subject} over {window}",
        "rate-below": f"fewer than {bound} of {subject} over {window}",
        "share-above": f"more than {bound} of {subject} over {window} meet {alert.failing}",
        "silence": f"no {subject} for {bound}",
        "new-finding": f"a finding{'' if bound == '*' else f' {bound}'} on {subject} that was never there before",
        "above": f"{subject} above {bound}",
        "below": f"{subject} below {bound}",
    }
    return words[alert.kind]
