from __future__ import annotations

from pathlib import Path

import pytest

from factories import make_delivery
from hookscope.config.settings import places
from hookscope.model.edits import Edits, edit
from hookscope.model.secret import Secret
from hookscope.providers.provider import Provider
from hookscope.secrets.resign import resign
from hookscope.signatures.verification import verify
from hookscope.tools.samples.load import first_event
from hookscope_relay.errors import InputError
from sample_table import NOW, PARAMS, PROVIDERS, SIGNING, built, keys_of

LATER = NOW + 86_400.0


def provider_of(name: str) -> Provider:
    provider = PROVIDERS.demand(name)
    assert provider is not None
    return provider


SECRETS = [
    Secret("stripe", "candidate", "no"),
    Secret("stripe", "default", "whsec_abc"),
    Secret("notion", "x", "secret_y"),
]


@pytest.mark.parametrize("provider", ["stripe", "notion"])
def test_a_shared_secret_signs_with_a_fresh_timestamp(provider: str, tmp_path: Path) -> None:
    where = places({"HOOKSCOPE_HOME": str(tmp_path)})
    signed = resign(make_delivery(), provider_of(provider), SECRETS, where, NOW)
    own = [secret for secret in SECRETS if secret.provider == provider and secret.name != "candidate"]
    assert verify(signed.delivery, provider_of(provider), own, NOW + 5).state == "verified"
    assert own[0].fingerprint in signed.note
    assert own[0].value.decode() not in signed.note


@pytest.mark.parametrize("provider", SIGNING, ids=[provider.name for provider in SIGNING])
def test_every_provider_that_signs_is_signed_anew_when_it_was_edited_and_time_went_by(
    provider: Provider, tmp_path: Path
) -> None:
    sample = first_event(provider)
    private, public = keys_of(provider, sample)
    came = built(provider, sample, secret=private)
    edited = edit(came, Edits(path="/another?way=1", set_headers=(("X-Note", "edited"),)))
    signed = resign(edited, provider, [private], places({"HOOKSCOPE_HOME": str(tmp_path)}), LATER, PARAMS)
    assert signed.note
    assert verify(signed.delivery, provider, [public], LATER, params=PARAMS).state == "verified"


def test_an_asymmetric_scheme_signs_with_a_test_key_and_says_so(tmp_path: Path) -> None:
    where = places({"HOOKSCOPE_HOME": str(tmp_path)})
    signed = resign(make_delivery(), provider_of("discord"), (), where, NOW)
    public = next((tmp_path / "test-keys").glob("discord*.pub.pem"))
    assert str(public) in signed.note
    trusted = [Secret("discord", "test", public.read_bytes())]
    assert verify(signed.delivery, provider_of("discord"), trusted, NOW).state == "verified"


@pytest.mark.parametrize(
    ("provider", "part"),
    [("", "provider is not known"), ("github", "of GitHub is configured"), ("zapier", "signs nothing")],
)
def test_what_cannot_be_signed_is_told(provider: str, part: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=part):
        resign(make_delivery(), PROVIDERS.get(provider), SECRETS, places({"HOOKSCOPE_HOME": str(tmp_path)}), NOW)
