"""An alarm as others read it."""

from __future__ import annotations

import dataclasses
import json

import pytest

from hookscope.alerts.alert import Alert
from hookscope.alerts.forms import build_body, sign, signing_key, to_mapping
from hookscope.alerts.judge import Alarm, Measured

ALERT = Alert(name="a <!channel> & @everyone", kind="share-above", bound_text="20%", subject="provider:stripe")
ALARM = Alarm(
    alert=ALERT,
    state="raised",
    at=1_764_547_200.0,
    text="3 of 10",
    measured=Measured(now=0, since=0, count=10, failing=3, latest=7),
)


def test_the_facts_are_plain_values():
    facts = to_mapping(ALARM)
    assert json.loads(json.dumps(facts)) == facts
    assert (facts["state"], facts["at"], facts["count"], facts["failing"], facts["latest"]) == (
        "raised",
        "2025-12-01T00:00:00.000Z",
        10,
        3,
        7,
    )
    assert json.loads(build_body(ALARM, "json")) == facts


def test_a_count_of_a_relay_s_counter_is_a_whole_number():
    alarm = dataclasses.replace(ALARM, measured=Measured(now=0, since=0, count=8.0, failing=0.0))
    assert b'"count": 8, "failing": 0, ' in build_body(alarm, "json")


def test_nobody_in_a_chat_is_called_by_a_name():
    assert json.loads(build_body(ALARM, "slack")) == {"text": "✗ a &lt;!channel&gt; &amp; @everyone: 3 of 10"}
    discord = json.loads(build_body(ALARM, "discord"))
    assert discord["allowed_mentions"] == {"parse": []}
    assert discord["content"].startswith("✗ a <!channel>")


def test_the_signature_is_that_of_standard_webhooks():
    """The vector of the specification's own libraries."""
    key = signing_key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    assert key is not None
    headers = sign(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert (headers["webhook-id"], headers["webhook-timestamp"]) == ("msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330")


@pytest.mark.parametrize("text", ["", "whsec_", "no base64!", "whsec_ü"])
def test_what_is_no_secret_is_none(text):
    assert signing_key(text) is None
