"""Signs a delivery anew as its provider would, after an edit or with a fresh timestamp."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hookscope.providers.provider import Provider, Scheme
from hookscope.secrets import is_candidate
from hookscope.settings import Places
from hookscope.signatures.material import NO_PARAMETERS
from hookscope.signatures.secrets import Secret
from hookscope.signatures.signing import asymmetric_kind, scheme_to_sign, sign
from hookscope.signing_keys import load_or_make_key
from hookscope_relay.delivery import Delivery
from hookscope_relay.errors import InputError

PRIVATE_MARK = b"PRIVATE KEY"


@dataclass(frozen=True, slots=True)
class Resigned:
    """A delivery with a fresh signature; `note` says by which secret or test key."""

    delivery: Delivery
    note: str


def resign(
    delivery: Delivery, provider: Provider | None, secrets: Sequence[Secret], places: Places, now: float, params: Mapping[str, str] = NO_PARAMETERS
) -> Resigned:
    """The delivery signed anew by the provider's configured secret, or by a local test key where the scheme's key is the provider's own.

    InputError where no provider was recognised, it signs nothing, or no secret of it is configured.
    """
    if provider is None:
        raise InputError("the delivery's provider is not known, so it cannot be signed", "name it with --provider")
    scheme = scheme_to_sign(provider, delivery)
    secret, note = _key(provider, scheme, secrets, places)
    return Resigned(sign(delivery, provider, secret, now, delivery.url, params, scheme), note)


def _key(provider: Provider, scheme: Scheme, secrets: Sequence[Secret], places: Places) -> tuple[Secret, str]:
    own = [secret for secret in secrets if secret.provider in (provider.name, "") and not is_candidate(secret)]
    if kind := asymmetric_kind(scheme):
        private = next((secret for secret in own if PRIVATE_MARK in secret.value), None)
        if private is not None:
            return private, f"signed with your {kind} key {private.fingerprint}"
        key = load_or_make_key(places, provider.name, scheme)
        note = f"signed with a local {kind} test key: the handler must trust {key.public_file}"
        return key.private, note
    if not own:
        raise InputError(
            f"no signing secret of {provider.title} is configured",
            f"add it with `hookscope secret set {provider.name}`",
        )
    return own[0], f"signed with the {provider.title} secret {own[0].name} ({own[0].fingerprint})"
