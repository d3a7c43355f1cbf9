from __future__ import annotations

import json

import pytest

from hookscope.model.edits import Edits
from hookscope.model.secret import Secret
from hookscope.providers.recognition import recognise
from hookscope.signatures.verification import verify
from hookscope.tools.samples.build import SampleEvent, Signing, build_sample, renamed, scheme_of
from hookscope.tools.samples.load import find_sample, first_event, load_samples
from hookscope_relay.delivery import header, header_values
from hookscope_relay.errors import InputError
from sample_table import NOW, PARAMS, PROVIDERS, SAMPLES, SIGNING, URL, built, keys_of

IDS = [f"{provider.name}-{sample.event}" for provider, sample in SAMPLES]


def test_every_provider_has_a_sample():
    assert {provider.name for provider, _ in SAMPLES} == set(PROVIDERS.names)
    assert len(PROVIDERS) >= 71


@pytest.mark.parametrize(("provider", "sample"), SAMPLES, ids=IDS)
def test_a_sample_is_recognised_with_its_event_and_its_signature_verifies(provider, sample):
    signs = bool(provider.schemes) and sample.signed
    secret, public = keys_of(provider, sample) if signs else (None, None)
    delivery = built(provider, sample, secret=secret)
    recognition = recognise(delivery, PROVIDERS)
    assert (recognition.provider, recognition.event_type) == (provider.name, sample.event_type)
    assert bool(recognition.handshake) == sample.handshake
    if signs:
        verdict = verify(delivery, provider, [public], NOW, params=PARAMS)
        assert (verdict.state, verdict.reason) == ("verified", "")


@pytest.mark.parametrize(("provider", "sample"), SAMPLES, ids=IDS)
def test_no_placeholder_is_left(provider, sample):
    delivery = built(provider, sample)
    assert b"${" not in delivery.body
    assert not any("${" in value for _, value in delivery.headers)
    assert "${" not in delivery.target


@pytest.mark.parametrize("provider", SIGNING, ids=[provider.name for provider in SIGNING])
def test_an_event_is_the_same_for_the_same_seed_and_another_for_another(provider):
    sample = first_event(provider)
    same, again, other = (built(provider, sample, seed=seed) for seed in (b"1", b"1", b"2"))
    assert (same.headers, same.body) == (again.headers, again.body)
    assert (same.headers, same.body) != (other.headers, other.body)


@pytest.mark.parametrize("provider", SIGNING, ids=[provider.name for provider in SIGNING])
def test_the_next_event_of_an_object_has_another_id_and_the_same_object(provider):
    sample = first_event(provider)
    first, second = (
        recognise(built(provider, sample, seed=seed, object_seed=b"object"), PROVIDERS) for seed in (b"1", b"2")
    )
    same_by_nature = {
        "docusign",
        "adyen",
        "twilio",
        "figma",
    }  # their events are known by their object, or by the second
    if first.event_id and provider.name not in same_by_nature:
        assert first.event_id != second.event_id
    assert first.object_id == second.object_id


# Where the provider says in the delivery which attempt it is.
@pytest.mark.parametrize(
    ("provider", "first", "third"),
    [
        ("notion", 1, 3),
        ("slack", None, 2),
        ("bitbucket", 1, 3),
        ("square", None, 2),
        ("jira", None, 2),
        ("twitch", 0, 2),
        ("hubspot", 0, 2),
        ("intercom", 1, 3),
        ("telnyx", 1, 3),
        ("coinbase-commerce", 1, 3),
        ("docusign", 1, 3),
        ("stripe", None, None),
    ],
)
def test_attempts_are_numbered_as_the_provider_does(provider, first, third):
    found = PROVIDERS.demand(provider)
    sample = first_event(found)
    numbers = [recognise(built(found, sample, attempt=attempt), PROVIDERS).attempt_number for attempt in (1, 3)]
    assert numbers == [first, third]


def test_a_retried_event_keeps_its_id():
    notion = PROVIDERS.demand("notion")
    sample = find_sample(notion, "page.created")
    first, third = (json.loads(built(notion, sample, attempt=attempt).body) for attempt in (1, 3))
    assert first | {"attempt_number": 3} == third


def test_edits_are_made_before_signing():
    notion = PROVIDERS.demand("notion")
    secret = Secret("notion", "", "secret_x")
    edits = Edits(values=(("/data/parent/type", '"space"'),), set_headers=(("X-More", "1"),))
    delivery = built(notion, find_sample(notion, "page.created"), secret=secret, edits=edits)
    assert json.loads(delivery.body)["data"]["parent"]["type"] == "space"
    assert header(delivery.headers, "X-More") == "1"
    assert verify(delivery, notion, [secret], NOW).state == "verified"


def test_several_edits_go_into_one_aggregated_event():
    notion = PROVIDERS.demand("notion")
    body = json.loads(built(notion, find_sample(notion, "page.content_updated"), items=3).body)
    blocks = [block["id"] for block in body["data"]["updated_blocks"]]
    assert len(set(blocks)) == 3


def test_github_sends_both_of_its_signatures():
    github = PROVIDERS.demand("github")
    secret = Secret("github", "", "s")
    delivery = built(github, find_sample(github, "push"), secret=secret)
    assert header(delivery.headers, "X-Hub-Signature-256")
    old = github.scheme("github-sha1")
    alone = type(github)(name="github", title="GitHub", schemes=(old,))
    assert verify(delivery, alone, [secret], NOW).scheme == "github-sha1"


def test_a_scheme_can_be_asked_for():
    gitlab = PROVIDERS.demand("gitlab")
    sample = find_sample(gitlab, "Push Hook")
    event = SampleEvent(seed=b"1", at=NOW)
    token = Secret("gitlab", "", "a token")
    delivery = build_sample(
        sample,
        gitlab,
        event,
        now=NOW,
        randomness=b"0" * 10,
        url=URL,
        signing=Signing(secret=token, scheme="gitlab-token"),
    )
    assert header_values(delivery.headers, "X-Gitlab-Token") == ("a token",)
    assert header(delivery.headers, "webhook-signature") is None


def test_what_cannot_be_signed_says_why():
    notion, zapier = PROVIDERS.demand("notion"), PROVIDERS.demand("zapier")
    with pytest.raises(InputError, match="no scheme 'x'; its schemes: notion"):
        scheme_of(find_sample(notion, "page.created"), notion, asked="x")
    with pytest.raises(InputError, match="Zapier signs nothing"):
        scheme_of(first_event(zapier), zapier)


def test_the_host_is_that_of_the_url_and_comes_first():
    notion = PROVIDERS.demand("notion")
    delivery = built(notion, find_sample(notion, "page.created"))
    assert delivery.headers[0] == ("Host", "hooks.example.com")
    assert (delivery.scheme, delivery.url) == ("https", URL)


def test_notions_handshake_brings_the_secret_that_signs_it():
    notion = PROVIDERS.demand("notion")
    secret = Secret("notion", "", "secret_x")
    sample = find_sample(notion, "verification_token")
    assert json.loads(built(notion, sample, secret=secret).body) == {"verification_token": "secret_x"}
    assert json.loads(built(notion, sample).body)["verification_token"].startswith("secret_")


def test_a_handshake_by_query_is_unsigned_and_has_no_body():
    meta = PROVIDERS.demand("meta")
    delivery = built(meta, find_sample(meta, "hub.challenge"), secret=Secret("meta", "", "s"))
    assert (delivery.method, delivery.body) == ("GET", b"")
    assert header(delivery.headers, "X-Hub-Signature-256") is None
    assert delivery.target.startswith("/in/here?hub.mode=subscribe&hub.challenge=")


@pytest.mark.parametrize("provider", ["notion", "github", "stripe", "shopify", "hubspot"])
def test_an_event_can_be_given_a_name_that_nobody_knows(provider):
    found = PROVIDERS.demand(provider)
    delivery = renamed(built(found, first_event(found)), found, "nobody.knows_this")
    assert "knows_this" in recognise(delivery, PROVIDERS).event_type
    assert recognise(delivery, PROVIDERS).provider == provider


def test_stripe_writes_its_json_over_lines_and_meta_escapes_it():
    stripe, meta = PROVIDERS.demand("stripe"), PROVIDERS.demand("meta")
    assert built(stripe, find_sample(stripe, "charge.succeeded")).body.startswith(b'{\n  "id": "evt_')
    assert b"Jos\\u00e9phine" in built(meta, first_event(meta)).body


def test_names_of_events_are_unique_and_bodies_have_an_e_acute_somewhere():
    for name in ("notion", "github", "stripe", "slack"):
        events = [sample.event for sample in load_samples(name)]
        assert len(events) == len(set(events))
        assert any("é" in str(sample.body) for sample in load_samples(name))
