"""Every provider that signs, from one sample delivery each."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from hookscope.model.secret import Secret
from hookscope.providers.registry import load_providers
from hookscope.pytest_plugin.form import RequestForm
from hookscope.pytest_plugin.prepare import Prepared, prepare
from hookscope.pytest_plugin.signer import Signer, is_dated
from hookscope.signatures.sign import asymmetric_kind, scheme_to_sign
from hookscope.signatures.verification import verify
from hookscope_relay.delivery import Delivery
from hookscope_relay.errors import InputError
from vectors.mistake_cases import PARAMS, PREFIXED, SECRETS, makers
from vectors.reading import load_vectors, to_delivery

NOW = time.time()
PROVIDERS = load_providers()
PLAIN = Delivery(
    id="",
    received_at=NOW,
    method="POST",
    target="/",
    headers=(("Host", "hooks.example.com"), ("Content-Type", "application/json")),
    body=b'{"id":"evt_1","value":[{"id":"1"}],"signature":{"token":"t1"}}',
)


def samples() -> dict[str, Delivery]:
    """The first vector of each provider that signs, and for those without one a sample made for it."""
    found = {maker.provider.name: maker.sample() for maker in makers()}
    for vector in load_vectors().values():
        found.setdefault(vector["provider"], to_delivery(vector))
    for provider in PROVIDERS:
        if any(not scheme.explicit for scheme in provider.schemes):
            found.setdefault(provider.name, replace(PLAIN, target=f"/{provider.name}"))
    return {name: replace(delivery, received_at=NOW) for name, delivery in sorted(found.items())}


SAMPLES = samples()


def signer_of(name: str) -> Signer:
    provider = PROVIDERS.demand(name)
    assert provider is not None
    secrets: tuple[Secret, ...] = ()
    scheme = scheme_to_sign(provider, SAMPLES[name])
    if not asymmetric_kind(scheme):
        secrets = (Secret(name, "given", PREFIXED.get(name) or SECRETS[scheme.secret]),)
    return Signer(provider=provider, providers=PROVIDERS, secrets=secrets, params=PARAMS)


def state_of(prepared: Prepared, signer: Signer, now: float = NOW) -> tuple[str, str]:
    assert signer.provider is not None
    secrets = signer.verifying(prepared.delivery)
    verdict = verify(prepared.delivery, signer.provider, secrets, now, params=PARAMS)
    return verdict.state, verdict.reason


@pytest.mark.parametrize("name", SAMPLES)
def test_a_provider_signs_and_verifies(name: str) -> None:
    signer = signer_of(name)
    assert state_of(prepare(RequestForm(delivery=SAMPLES[name]), signer, NOW), signer) == ("verified", "")


@pytest.mark.parametrize("name", SAMPLES)
def test_a_tampered_one_is_never_verified(name: str) -> None:
    signer = signer_of(name)
    prepared = prepare(RequestForm(delivery=SAMPLES[name], is_tampered=True), signer, NOW)
    assert state_of(prepared, signer) == ("rejected", "mismatch")


@pytest.mark.parametrize("name", SAMPLES)
def test_an_unsigned_one_carries_no_signature(name: str) -> None:
    signer = signer_of(name)
    prepared = prepare(RequestForm(delivery=SAMPLES[name], is_unsigned=True), signer, NOW)
    assert state_of(prepared, signer) == ("unsigned", "")


@pytest.mark.parametrize("name", SAMPLES)
def test_a_stale_one_is_refused_for_its_age_alone(name: str) -> None:
    signer = signer_of(name)
    delivery = SAMPLES[name]
    scheme = signer.scheme(delivery)
    assert scheme is not None
    form = RequestForm(delivery=delivery, is_stale=True)
    if not is_dated(scheme):
        with pytest.raises(InputError, match="has no timestamp"):
            prepare(form, signer, NOW)
        return
    is_bounded = scheme.past_s is not None or scheme.kind == "jwt"
    assert state_of(prepare(form, signer, NOW), signer) == (("rejected", "stale") if is_bounded else ("verified", ""))


def test_a_missing_parameter_is_named_with_the_remedy() -> None:
    signer = replace(signer_of("paypal"), params={})
    with pytest.raises(InputError, match="needs the parameter webhook_id to sign; give the marker params="):
        prepare(RequestForm(delivery=SAMPLES["paypal"]), signer, NOW)


def test_the_samples_are_of_every_kind() -> None:
    schemes = [scheme_to_sign(signer_of(name).provider, SAMPLES[name]) for name in SAMPLES]  # type: ignore[arg-type]
    assert {scheme.kind for scheme in schemes} >= {"hmac", "ed25519", "ecdsa", "rsa", "jwt", "token", "basic"}
