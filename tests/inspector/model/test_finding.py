"""A finding as JSON."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest

from hookscope.model.finding import SEVERITIES, Evidence, Finding

FINDING = Finding(
    code="redirect.trailing-slash",
    severity="error",
    cause="redirect",
    layer="framework",
    title="The handler redirects.",
    hint="Register the other path.",
    evidence=(Evidence("It answered 301.", "answer.status", 2, 5), Evidence("Bare.")),
    product="flask",
    confidence=0.98765,
    alternatives=("proxy",),
)


def test_keys_stand_in_the_order_of_the_contract() -> None:
    keys = ["code", "severity", "cause", "layer", "product", "confidence", "alternatives", "title", "evidence", "hint"]
    assert list(FINDING.to_mapping()) == keys


def test_confidence_has_two_places() -> None:
    assert FINDING.to_mapping()["confidence"] == 0.99


def test_evidence_names_its_place() -> None:
    assert FINDING.to_mapping()["evidence"] == [
        {"text": "It answered 301.", "place": "answer.status", "start": 2, "end": 5},
        {"text": "Bare.", "place": "", "start": 0, "end": 0},
    ]


def test_the_mapping_is_plain_json() -> None:
    mapping = FINDING.to_mapping()
    assert json.loads(json.dumps(mapping)) == mapping


PROBE = "Look; `hookscope probe NUMBER` tells which"
OFFER = "Look. `hookscope probe NUMBER` (key p) tells these causes apart"
KEEP = "Keep it: what comes is checked, and `hookscope verify NUMBER` checks this one"


@pytest.mark.parametrize(
    ("hint", "capture", "told"),
    [
        (PROBE, 12, "Look; `hookscope probe 12` tells which"),
        (PROBE, "a b.json", "Look"),
        (OFFER, 0, "Look"),
        (KEEP, "a b.json", "Keep it: what comes is checked, and `hookscope verify 'a b.json'` checks this one"),
        (KEEP, 0, "Keep it: what comes is checked"),
        (KEEP + ". Then go", "", "Keep it: what comes is checked. Then go"),
    ],
)
def test_a_hint_names_the_capture_that_it_is_for_and_offers_what_can_be_done(
    hint: str, capture: int | str, told: str
) -> None:
    finding = dataclasses.replace(FINDING, hint=hint)
    assert finding.hint_for(capture) == told
    assert finding.to_mapping(capture)["hint"] == told


def test_severities_rise() -> None:
    assert SEVERITIES == ("info", "warning", "error")


def test_a_finding_does_not_change() -> None:
    with pytest.raises(AttributeError):
        FINDING.title = "other"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"confidence": 0.95, "alternatives": ()}, "95% sure of the cause"),
        ({"confidence": 0.95, "alternatives": ("csrf",)}, "95% sure of the cause, else one of the others"),
        ({"proved": "the probe was accepted"}, "proved"),
    ],
)
def test_how_sure_it_is_names_what_it_is_sure_of(values: dict[str, Any], said: str) -> None:
    assert dataclasses.replace(FINDING, **{"proved": "", **values}).how_sure == said
