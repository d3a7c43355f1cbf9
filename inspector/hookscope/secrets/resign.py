"""Signs a delivery anew as its provider would, after an edit or with a fresh timestamp."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hookscope.config.settings import Places
from hookscope.model.secret import Secret
from hookscope.providers.provider import Provider, Scheme
from hookscope.secrets.signing_key import find_key
from hookscope.signatures.material import NO_PARAMETERS
from hookscope.signatures.sign import scheme_to_sign, sign
from hookscope_relay.delivery import Delivery
from hookscope_relay.errors import InputError


@dataclass(frozen=True, slots=True)
class Resigned:
    """A delivery with a fresh signature; `note` says by which secret or test key."""

    delivery: Delivery
    note: str


def resign(
    delivery: Delivery,
    provider: Provider | None,
    secrets: Sequence[Secret],
    places: Places,
    now: float,
    params: Mapping[str, str] = NO_PARAMETERS,
    scheme: Scheme | None = None,
) -> Resigned:
    """The delivery signed anew by the provider's configured secret,
    or by a local test key where the scheme's key is the provider's own.

    InputError where no provider was recognised, it signs nothing, or no secret of it is configured.
    """
    if provider is None:
        raise InputError("the delivery's provider is not known, so it cannot be signed", "name it with --provider")
    scheme = scheme or scheme_to_sign(provider, delivery)
    key = find_key(provider, scheme, secrets, places)
    return Resigned(sign(delivery, provider, key.secret, now, delivery.url, params, scheme), key.note)
