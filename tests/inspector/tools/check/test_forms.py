"""Every form of a provider's deliveries, against handlers that take one form rightly and another not."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import replace

import pytest

from checking_bench import correct, drive, make_kit, say
from hookscope.tools.check.forms import every_form, other_forms
from hookscope.tools.samples.load import load_samples
from hookscope_relay.delivery import header

KIT = make_kit("slack")
KEY = KIT.secret.value


def slack(body_of):
    """A handler of Slack's that hashes what `body_of` makes of a delivery."""

    def handle(delivery):
        stamp = header(delivery.headers, "X-Slack-Request-Timestamp") or ""
        wanted = "v0=" + hmac.new(KEY, b"v0:%s:" % stamp.encode() + body_of(delivery), hashlib.sha256).hexdigest()
        return say(200 if header(delivery.headers, "X-Slack-Signature") == wanted else 401)

    return handle


def json_only(delivery):
    return b"" if "urlencoded" in (header(delivery.headers, "Content-Type") or "") else delivery.body


def test_slack_sends_commands_and_payloads_as_forms():
    forms = list(other_forms(KIT.sample, load_samples("slack")))
    assert [sample.form is not None for sample in forms] == [True, True]


def test_a_handler_that_keeps_the_raw_body_of_json_alone_is_found_out():
    judgement = drive(every_form(KIT), slack(json_only))
    assert judgement.state == "failed"
    assert "with a signature of an empty body is accepted" in judgement.evidence[-1]


@pytest.mark.parametrize("handle", [slack(lambda delivery: delivery.body), correct(KIT)])
def test_a_handler_that_takes_every_form_passes(handle):
    assert drive(every_form(KIT), handle).state == "passed"


def test_one_that_breaks_is_warned_of_and_one_that_takes_no_forms_is_left_alone():
    for status, state in ((500, "warning"), (404, "passed")):
        assert drive(every_form(KIT), lambda _, status=status: say(status)).state == state


def test_a_provider_of_one_form_has_nothing_to_check():
    kit = make_kit("notion")
    assert not drive(every_form(replace(kit)), correct(kit)).applies


def test_mailguns_inbound_mail_comes_urlencoded_and_in_parts():
    inbound = next(sample for sample in load_samples("mailgun") if sample.event == "received")
    assert [sample.event for sample in other_forms(inbound, load_samples("mailgun"))] == ["received-with-attachment"]
    kit = make_kit("mailgun")
    shown = replace(kit, sample=inbound, scheme=kit.provider.scheme("mailgun-form"))
    judgement = drive(every_form(shown), correct(shown))
    assert judgement.state == "passed"
    assert "multipart form (received-with-attachment)" in judgement.evidence[0]


def test_a_batch_of_sendgrid_has_an_event_a_line_and_a_handler_that_writes_it_again_is_found_out():
    kit = make_kit("sendgrid")
    single, batch = kit.genuine().body, load_samples("sendgrid")[-1]
    assert single.endswith(b"}]\r\n")
    assert b"},\r\n{" in replace(kit, sample=batch).genuine().body
    assert drive(every_form(kit), correct(kit)).state == "passed"

    def written_again(delivery):
        """As the provider's own advice has it for single events."""
        text = json.dumps(json.loads(delivery.body), separators=(",", ":"), ensure_ascii=False) + "\r\n"
        return correct(kit)(replace(delivery, body=text.encode()))

    assert written_again(kit.genuine()).accepted
    judgement = drive(every_form(kit), written_again)
    assert judgement.state == "failed"
    assert "batch of application/json (batch)" in judgement.evidence[0]
