"""A secret for every scheme, and every sample that there is, for the tables of several tests."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import replace
from functools import cache

from hookscope.model.edits import UNCHANGED, Edits
from hookscope.model.secret import Secret
from hookscope.providers.provider import Provider
from hookscope.providers.registry import load_providers
from hookscope.signatures.sign import asymmetric_kind, make_test_key
from hookscope.tools.samples.build import SampleEvent, Signing, build_sample, scheme_of
from hookscope.tools.samples.load import find_sample, load_samples
from hookscope.tools.samples.sample import Sample
from hookscope_relay.delivery import Delivery

NOW = 1_790_000_000.0
URL = "https://hooks.example.com/in/here"
PARAMS = {"webhook_id": "WH-1"}
WHSEC = "whsec_" + base64.b64encode(b"x" * 32).decode()
SECRETS = {
    "text": "some secret",
    "base64": base64.b64encode(b"some secret").decode(),
    "hex": "aabbcc",
    "whsec": WHSEC,
    "whsec-or-text": WHSEC,
    "nfkd": "s\u00e9cret \ufb01ve",
}
PROVIDERS = load_providers()
SIGNING = [provider for provider in PROVIDERS if provider.schemes]
SAMPLES = [
    (provider, sample)
    for provider in PROVIDERS
    for sample in load_samples(provider.name) or (find_sample(provider, "thing.happened"),)
]


def keys_of(provider: Provider, sample: Sample) -> tuple[Secret, Secret]:
    """What signs a provider's samples, and what verifies them."""
    return _keys(provider.name, scheme_of(sample, provider).name)


@cache
def _keys(name: str, scheme_name: str) -> tuple[Secret, Secret]:
    scheme = next(scheme for scheme in PROVIDERS.demand(name).schemes if scheme.name == scheme_name)
    if asymmetric_kind(scheme):
        return make_test_key(name, scheme)
    secret = Secret(name, "test", "user:password" if scheme.kind == "basic" else SECRETS[scheme.secret])
    return secret, secret


def built(
    provider: Provider,
    sample: Sample,
    *,
    seed: bytes = b"1",
    secret: Secret | None = None,
    at: float | None = None,
    attempt: int = 1,
    items: int = 1,
    object_seed: bytes = b"",
    edits: Edits = UNCHANGED,
    url: str = URL,
) -> Delivery:
    """A sample's delivery, as it stands on the wire."""
    event = SampleEvent(seed=seed, at=NOW, attempt=attempt, items=items, object_seed=object_seed)
    delivery = build_sample(
        sample,
        provider,
        event,
        now=NOW,
        randomness=hashlib.sha256(seed).digest()[:10],
        url=url,
        signing=Signing(secret=secret, at=at, params=PARAMS),
        edits=edits,
    )
    return replace(delivery, target="/" + url.split("/", 3)[3] + delivery.target)
