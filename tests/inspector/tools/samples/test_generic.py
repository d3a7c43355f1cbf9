from __future__ import annotations

import pytest

from hookscope.model.secret import Secret
from hookscope.providers.recognition import recognise
from hookscope.providers.registry import load_providers
from hookscope.signatures.verification import verify
from hookscope.tools.samples.generic import generic_sample
from sample_table import NOW, SIGNING, built, keys_of

# What a file gives because no generic payload can: a form, a body that is signed in parts, an event without a name or
# with a time of its own.
NEED_A_FILE = {"airtable", "aws-sns", "dropbox", "linear", "n8n", "twilio", "strava"}
NEED_A_FILE |= {"formstack", "plivo", "telegram"}


@pytest.mark.parametrize("provider", [one for one in SIGNING if one.name not in NEED_A_FILE], ids=lambda one: one.name)
def test_any_provider_has_a_sample_that_is_recognised_as_its_own(provider):
    sample = generic_sample(provider, "thing.happened")
    recognition = recognise(built(provider, sample, secret=keys_of(provider, sample)[0]), load_providers())
    assert (recognition.provider, recognition.event_type) == (provider.name, "thing.happened")


def test_a_users_own_provider_has_one_too():
    table = {
        "name": "brasserie",
        "title": "Brasserie",
        "event": {
            "id": ["header.X-Brasserie-Id"],
            "type": ["body.kind + body.what"],
            "object": ["body.table.0.number"],
        },
        "scheme": [{"name": "brasserie", "kind": "hmac", "header": "X-Brasserie-Signature"}],
        "recognise": [{"body": ["kind", "what"], "confidence": 0.9}, {"header": "X-Brasserie-Signature"}],
    }
    providers = load_providers([table])
    brasserie = providers.get("brasserie")
    secret = Secret("brasserie", "", "s")
    delivery = built(brasserie, generic_sample(brasserie, "order.placed"), secret=secret)
    recognition = recognise(delivery, providers)
    assert (recognition.provider, recognition.event_type) == ("brasserie", "order.placed")
    assert recognition.event_id
    assert recognition.object_id
    assert verify(delivery, brasserie, [secret], NOW).state == "verified"
