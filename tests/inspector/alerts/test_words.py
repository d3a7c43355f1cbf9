"""Alerts in words."""

from __future__ import annotations

from typing import get_args

import pytest

from hookscope.alerts.alert import Alert, Kind
from hookscope.alerts.words import describe


@pytest.mark.parametrize("kind", get_args(Kind))
def test_every_kind_has_words(kind):
    told = describe(Alert(name="a", kind=kind, bound_text="7x", subject="provider:stripe"))
    assert "provider:stripe" in told
    assert "7x" in told


def test_any_finding_is_just_a_finding():
    told = describe(Alert(name="a", kind="new-finding", bound_text="*"))
    assert told == "a finding on deliveries that was never there before"
