from __future__ import annotations

import re
from typing import get_args

import pytest

from hookscope.providers.registry import load_providers
from hookscope.tools.samples.load import (
    DATA,
    find_sample,
    first_event,
    handshake_sample,
    list_samples,
    load_samples,
)
from hookscope.tools.samples.sample import Basis, Writing
from hookscope_relay.errors import InputError

PROVIDERS = load_providers()
SAMPLED = tuple(sorted(path.stem for path in DATA.glob("*.json")))
ALL = [sample for name in SAMPLED for sample in load_samples(name)]

# developers.notion.com/reference/webhooks-events-delivery and the types of Notion's own library.
NOTION = [
    "page.created",
    "page.deleted",
    "page.undeleted",
    "page.moved",
    "page.locked",
    "page.unlocked",
    "page.content_updated",
    "page.properties_updated",
    "page.transcription_block.transcript_deleted",
    "database.created",
    "database.deleted",
    "database.undeleted",
    "database.moved",
    "database.content_updated",
    "database.schema_updated",
    "data_source.created",
    "data_source.deleted",
    "data_source.undeleted",
    "data_source.moved",
    "data_source.content_updated",
    "data_source.schema_updated",
    "comment.created",
    "comment.updated",
    "comment.deleted",
    "view.created",
    "view.updated",
    "view.deleted",
    "file_upload.created",
    "file_upload.completed",
    "file_upload.expired",
    "file_upload.upload_failed",
]
MAIN = {
    "notion": [*NOTION, "verification_token", "automation"],
    "github": [
        "ping",
        "push",
        "pull_request.opened",
        "pull_request.closed",
        "pull_request.synchronize",
        "issues.opened",
        "issues.closed",
        "issue_comment.created",
        "pull_request_review.submitted",
        "pull_request_review_comment.created",
        "release.published",
        "workflow_run.completed",
        "workflow_job.completed",
        "check_run.completed",
        "check_suite.completed",
        "star.created",
        "fork",
        "create",
        "delete",
        "installation.created",
        "deployment_status.created",
    ],
    "stripe": [
        "payment_intent.succeeded",
        "payment_intent.payment_failed",
        "charge.succeeded",
        "charge.refunded",
        "charge.dispute.created",
        "customer.created",
        "customer.subscription.created",
        "customer.subscription.updated",
        "customer.subscription.deleted",
        "invoice.paid",
        "invoice.payment_failed",
        "checkout.session.completed",
        "payout.paid",
        "payout.failed",
        "refund.created",
    ],
    "slack": [
        "url_verification",
        "app_mention",
        "message",
        "slash_command",
        "block_actions",
        "view_submission",
        "shortcut",
    ],
}


@pytest.mark.parametrize("provider", MAIN)
def test_the_main_events_are_there(provider):
    assert set(MAIN[provider]) <= {sample.event for sample in load_samples(provider)}


def test_every_file_is_of_a_provider_that_we_know():
    assert set(SAMPLED) <= set(PROVIDERS.names)


@pytest.mark.parametrize("name", SAMPLED)
def test_every_sample_names_its_source_and_the_day_it_was_read(name):
    for sample in load_samples(name):
        assert sample.source.startswith("https://"), sample.event
        assert re.fullmatch("" if sample.basis == "recalled" else r"20\d\d-\d\d-\d\d", sample.read_on)
        assert sample.basis in get_args(Basis)
        assert sample.writing in get_args(Writing)
        assert sum(part is not None for part in (sample.body, sample.form, sample.text)) <= 1
        assert all(PROVIDERS.demand(name).scheme(scheme) for scheme in (*sample.beside, sample.scheme) if scheme)


def test_names_of_events_are_unique():
    names = [(sample.provider, sample.event) for sample in ALL]
    assert len(names) == len(set(names))


def test_a_name_may_stop_at_a_dot():
    github = PROVIDERS.demand("github")
    assert find_sample(github, "pull_request").event == "pull_request.opened"
    assert find_sample(github, "pull_request.closed").event == "pull_request.closed"


def test_an_unknown_event_is_refused_with_what_is_near():
    with pytest.raises(InputError, match=r"no sample of Notion for the event 'page.creatd'; did you mean page.created"):
        find_sample(PROVIDERS.demand("notion"), "page.creatd")
    with pytest.raises(InputError, match="see `hookscope send notion --list`"):
        find_sample(PROVIDERS.demand("notion"), "zzz")


def test_a_provider_without_a_file_has_any_event():
    sample = find_sample(PROVIDERS.demand("vercel"), "deployment.created")
    assert (sample.event, sample.basis) == ("deployment.created", "generic")


def test_a_first_event_is_no_handshake():
    assert first_event(PROVIDERS.demand("notion")).event == "page.created"
    assert first_event(PROVIDERS.demand("github")).event == "push"
    assert handshake_sample(PROVIDERS.demand("slack")).event == "url_verification"
    assert handshake_sample(PROVIDERS.demand("github")) is None


def test_a_list_has_every_sample_and_says_what_is_unusual():
    rows = {(row.provider, row.event): row for row in list_samples(PROVIDERS)}
    assert len(rows) > 300
    assert rows["slack", "url_verification"].remark == "handshake"
    assert rows["meta", "hub.challenge"].remark == "handshake, unsigned"
    assert "generic" in rows["vercel", "*"].remark
    assert rows["notion", "page.created"].to_mapping()["source"].startswith("https://developers.notion.com/")


def test_a_fragment_is_used_with_keys_changed():
    closed = find_sample(PROVIDERS.demand("github"), "pull_request.closed").body["pull_request"]
    assert closed["state"] == "closed"
    assert closed["user"]["login"] == "josephine"
    assert "$use" not in str(closed)


def test_the_form_of_the_files_is_written_down():
    text = (DATA / "README.md").read_text("utf-8")
    assert all(f"`{key}`" in text for key in ("aggregates", "beside", "retry_headers", "$use", "says") if key != "$use")
