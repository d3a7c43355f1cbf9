from __future__ import annotations

import json
from typing import Any

from hookscope.model.secret import Secret
from hookscope.providers.recognition import recognise
from hookscope.signatures.verification import verify
from hookscope.tools.samples.build import Signing
from hookscope.tools.samples.load import find_sample
from hookscope.tools.samples.series import Series
from hookscope.tools.samples.steps import Step
from sample_table import NOW, PROVIDERS

NOTION = PROVIDERS.demand("notion")
SLACK = PROVIDERS.demand("slack")
SECRET = Secret("notion", "", "secret_x")


def series(**changes):
    values: dict[str, Any] = {
        "sample": find_sample(NOTION, "page.content_updated"),
        "provider": NOTION,
        "url": "http://localhost:3000/hooks",
        "seed": b"seed",
        "started_at": NOW,
        "signing": Signing(secret=SECRET),
    }
    return Series(**values | changes)


def step(event=0, **changes):
    return Step(**{"event": event, "send_at_s": 0.0, "happened_at_s": 0.0, "waits": True} | changes)


def test_a_copy_is_its_event_byte_for_byte_with_an_id_of_its_own():
    one = series().build(step(), 1, NOW, b"0" * 10)
    two = series().build(step(copy=True), 1, NOW + 1, b"1" * 10)
    assert (one.headers, one.body) == (two.headers, two.body)
    assert one.id != two.id


def test_events_differ_and_in_a_burst_they_are_of_one_object():
    apart, together = (
        [
            recognise(series(one_object=one).build(step(event), 1, NOW, b"0" * 10), PROVIDERS).object_id
            for event in (0, 1)
        ]
        for one in (False, True)
    )
    assert len(set(apart)) == 2
    assert len(set(together)) == 1


def test_an_event_happened_when_its_step_says():
    body = json.loads(series().build(step(happened_at_s=-20.0), 1, NOW + 5, b"0" * 10).body)
    assert body["timestamp"] == "2026-09-21T14:13:00.000Z"


def test_a_stale_one_is_signed_in_the_past():
    slack = Secret("slack", "", "s")
    made = series(sample=find_sample(SLACK, "message"), provider=SLACK, signing=Signing(secret=slack), stale_s=400.0)
    assert verify(made.build(step(), 1, NOW, b"0" * 10), SLACK, [slack], NOW).reason == "stale"


def test_a_tampered_one_does_not_verify():
    made = series(tampered=True, checking=(SECRET,))
    assert verify(made.build(step(), 1, NOW, b"0" * 10), NOTION, [SECRET], NOW).reason == "mismatch"
