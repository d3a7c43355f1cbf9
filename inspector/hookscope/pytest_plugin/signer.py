"""Signs, unsigns and judges the deliveries of one test, as their provider would."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from hookscope.model.edits import with_length
from hookscope.model.secret import Secret
from hookscope.providers.facts import Facts, descend, read_json
from hookscope.providers.provider import Provider, Scheme
from hookscope.providers.registry import Providers
from hookscope.pytest_plugin.keys import SignerKey, key_for
from hookscope.signatures.body_places import put_in_body, put_in_value, write_json
from hookscope.signatures.sign import asymmetric_kind, scheme_to_sign, sign
from hookscope.signatures.verification import verify
from hookscope_relay.delivery import Delivery, without
from hookscope_relay.errors import InputError

HOUR_S = 3_600.0
DAY_S = 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """A provider (None: not recognised), its secrets, and the parameters that some schemes need.

    With `demanded` a delivery that cannot be signed is an error; without it goes out as it was recorded.
    """

    provider: Provider | None
    providers: Providers
    secrets: tuple[Secret, ...] = ()
    params: Mapping[str, str]
    demanded: bool = False

    def scheme(self, delivery: Delivery) -> Scheme | None:
        """The scheme that signs the delivery; None where its provider is not known or signs nothing."""
        if self.provider is None or all(scheme.explicit for scheme in self.provider.schemes):
            return None
        return scheme_to_sign(self.provider, delivery)

    def key(self, delivery: Delivery) -> SignerKey | None:
        """What signs the delivery; None where nothing can. `InputError` where that was demanded."""
        scheme = self.scheme(delivery)
        if scheme is not None and self.provider is not None:
            key = key_for(self.provider.name, scheme, self.secrets)
            if key is None and self.demanded:
                raise InputError(
                    f"the marker hookscope has no secret for {self.provider.name}", "add it, or give resign=False"
                )
            return key
        if self.demanded and self.provider is None:
            raise InputError(
                "the delivery's provider is not known, so it cannot be signed", "name it with provider= of the marker"
            )
        if self.demanded and self.provider is not None:
            raise InputError(f"{self.provider.title} signs nothing", "leave secret= out of the marker")
        return None

    def sign(self, delivery: Delivery, key: SignerKey, at: float) -> Delivery:
        """The delivery signed with the key, its timestamp `at`; signed is the URL that the delivery has."""
        scheme = self.scheme(delivery)
        assert self.provider is not None and scheme is not None
        for name in scheme.parameters:
            if not self.params.get(name):
                raise InputError(
                    f"{self.provider.title} needs the parameter {name} to sign",
                    f"give the marker params={{{name!r}: …}}",
                )
        return sign(delivery, self.provider, key.private, at, params=self.params, scheme=scheme)

    def verifies(self, delivery: Delivery, key: SignerKey, now: float) -> bool:
        """Whether the provider's own check would accept the delivery."""
        assert self.provider is not None
        return verify(delivery, self.provider, [key.public], now, params=self.params).state == "verified"

    def stale_age(self, delivery: Delivery) -> float:
        """The age in seconds at which a signature is no longer accepted. `InputError` where its scheme knows no age."""
        scheme = self.scheme(delivery)
        if scheme is None:
            raise InputError("a delivery that nobody signs does not get stale", "leave out .stale()")
        if not is_dated(scheme):
            assert self.provider is not None
            raise InputError(
                f"a signature of {self.provider.title} has no timestamp, so it does not get stale",
                "try .duplicate() in the place of .stale()",
            )
        return DAY_S if scheme.past_s is None else scheme.past_s + HOUR_S

    def covers_body(self, delivery: Delivery) -> bool:
        """Whether the body is signed at all, as far as the kind of scheme tells:
        a bare token is the same for every body."""
        scheme = self.scheme(delivery)
        return scheme is not None and (scheme.kind not in ("token", "basic") or bool(scheme.field))

    def signature_headers(self, delivery: Delivery) -> tuple[str, ...]:
        """The names of the headers that carry a signature, as spelt in the delivery."""
        return tuple(name for name, _ in delivery.headers if self._is_signature(name.lower()))

    def unsigned(self, delivery: Delivery) -> Delivery:
        """The delivery without any signature of its provider. `InputError` where nobody knows what to take away."""
        if self.provider is None:
            raise InputError(
                "the delivery's provider is not known, nor what its signature is",
                "name it with provider= of the marker",
            )
        headers = without(delivery.headers, {name.lower() for name in self.signature_headers(delivery)})
        body = delivery.body
        for scheme in self.provider.schemes:
            if scheme.field:
                body = _without_field(replace(delivery, body=body), scheme)
        return replace(delivery, headers=with_length(headers, body), body=body)

    def public_key(self, delivery: Delivery) -> str:
        """The PEM text of the key that verifies; empty for a shared secret."""
        scheme = self.scheme(delivery)
        if scheme is None or not asymmetric_kind(scheme):
            return ""
        key = self.key(delivery)
        return key.public.value.decode("ascii") if key is not None else ""

    def verifying(self, delivery: Delivery) -> Sequence[Secret]:
        """What a diagnosis verifies the delivery with."""
        scheme = self.scheme(delivery)
        if scheme is None or not asymmetric_kind(scheme):
            return self.secrets
        key = self.key(delivery)
        return [*self.secrets, key.public] if key is not None else self.secrets

    def _is_signature(self, name: str) -> bool:
        schemes = self.provider.schemes if self.provider is not None else ()
        wanted = (header.lower() for scheme in schemes for header in scheme.headers)
        return any(name.startswith(one[:-1]) if one.endswith("*") else name == one for one in wanted)


def is_dated(scheme: Scheme) -> bool:
    """Whether signatures of the scheme have a timestamp."""
    return bool(scheme.timestamp or scheme.timestamp_key or scheme.kind in ("jwt", "http-message"))


def _without_field(delivery: Delivery, scheme: Scheme) -> bytes:
    """The body with an empty text in the place of each signature inside it; as it was where there is none."""
    if scheme.items:
        return _without_items(delivery.body, scheme)
    if not Facts(delivery).text(scheme.field):
        return delivery.body
    return put_in_body(delivery.body, scheme.field, "")


def _without_items(body: bytes, scheme: Scheme) -> bytes:
    data = read_json(body)
    listed, _, inner = scheme.items.partition(".*.")
    items = descend(data, listed)
    for entry in items if isinstance(items, list) else ():
        item = descend(entry, inner) if inner else entry
        if isinstance(item, dict):
            put_in_value(item, scheme.field.removeprefix("item."), "")
    return write_json(data) if isinstance(items, list) else body
