"""An alert as it is configured."""

from __future__ import annotations

from hookscope.alerts.alert import Alert


def test_an_alert_has_its_defaults():
    alert = Alert(name="a", kind="silence")
    assert (alert.window_s, alert.cool_down_s, alert.least, alert.failing) == (300.0, 600.0, 5, "is:failed")
    assert (alert.desktop, alert.command, alert.webhook) == (False, (), None)
