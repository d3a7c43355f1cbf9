"""An alert in words."""

from __future__ import annotations

from hookscope.alerts.alert import Alert
from hookscope.text.time_span import render_span


def describe(alert: Alert) -> str:
    """What the alert is about."""
    subject, bound, window = alert.subject or "deliveries", alert.bound_text, render_span(alert.window_s)
    words = {
        "rate-above": f"more than {bound} of {subject} over {window}",
        "rate-below": f"fewer than {bound} of {subject} over {window}",
        "share-above": f"more than {bound} of {subject} over {window} are {alert.failing}",
        "silence": f"nothing of {subject} for {bound}",
        "new-finding": f"a finding{'' if bound == '*' else f' {bound}'} on {subject} that was never there before",
        "above": f"{subject} above {bound}",
        "below": f"{subject} below {bound}",
    }
    return words[alert.kind]
