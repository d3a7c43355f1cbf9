"""An alert as it is configured."""

from __future__ import annotations

from typing import get_args

import pytest

from hookscope.alerts.alert import Alert, Kind, describe


def test_an_alert_has_its_defaults():
    alert = Alert(name="a", kind="silence")
    assert (alert.window_s, alert.cool_down_s, alert.least, alert.failing) == (300.0, 600.0, 5, "is:failed")
    assert (alert.desktop, alert.command, alert.webhook) == (False, (), None)


@pytest.mark.parametrize("kind", get_args(Kind))
def test_every_kind_has_words(kind):
    told = describe(Alert(name="a", kind=kind, bound_text="7x", subject="provider:stripe"))
    assert "provider:stripe" in told
    assert "7x" in told


def test_any_finding_is_just_a_finding():
    told = describe(Alert(name="a", kind="new-finding", bound_text="*"))
    assert told == "a finding on deliveries that was never there before"
