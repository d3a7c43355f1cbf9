from __future__ import annotations

import json

import pytest

from hookscope.signatures.verification import verify
from hookscope.tools.samples.build import scheme_of
from hookscope.tools.samples.load import find_sample, first_event
from hookscope.tools.samples.spoil import stale_by, tamper
from hookscope_relay.errors import InputError
from sample_table import NOW, PARAMS, PROVIDERS, SIGNING, built, keys_of

IDS = [provider.name for provider in SIGNING]
SIGNED = [provider for provider in SIGNING if first_event(provider).signed]


@pytest.mark.parametrize("provider", SIGNED, ids=[provider.name for provider in SIGNED])
def test_what_was_tampered_with_no_longer_verifies(provider):
    sample = first_event(provider)
    secret, public = keys_of(provider, sample)
    good = built(provider, sample, secret=secret)
    bad = tamper(good, provider, [public], PARAMS)
    assert verify(good, provider, [public], NOW, params=PARAMS).state == "verified"
    assert verify(bad, provider, [public], NOW, params=PARAMS).state == "rejected"
    assert len(bad.body) == len(good.body)
    assert sum(one != two for one, two in zip(bad.body, good.body, strict=True)) <= 1


@pytest.mark.parametrize("provider", ["notion", "stripe", "github"])
def test_a_json_body_stays_json(provider):
    found = PROVIDERS.demand(provider)
    good = built(found, first_event(found))
    bad = tamper(good, found)
    assert json.loads(bad.body) != json.loads(good.body)


def test_a_body_without_values_is_tampered_with_at_its_end():
    slack = PROVIDERS.demand("slack")
    good = built(slack, find_sample(slack, "slash_command"))
    assert tamper(good, slack).body[:-1] == good.body[:-1]


@pytest.mark.parametrize("provider", SIGNED, ids=[provider.name for provider in SIGNED])
def test_what_is_stale_is_refused_for_that_where_the_provider_sets_a_bound(provider):
    sample = first_event(provider)
    scheme = scheme_of(sample, provider)
    try:
        age = stale_by(scheme)
    except InputError as error:
        assert "signs no timestamp" in str(error)
        return
    secret, public = keys_of(provider, sample)
    verdict = verify(built(provider, sample, secret=secret, at=NOW - age), provider, [public], NOW, params=PARAMS)
    bounded = scheme.past_s is not None or scheme.kind == "jwt"
    assert verdict.reason == ("stale" if bounded else "")


def test_a_scheme_without_a_timestamp_cannot_be_stale():
    with pytest.raises(InputError, match="the scheme notion signs no timestamp"):
        stale_by(PROVIDERS.demand("notion").schemes[0])
