"""Builds deliveries from samples: fresh ids and times, the number of the attempt, and a signature that holds.

Pure: the clock, the seeds and the secret are the caller's. `hookscope send`, `check`, and the screen use it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from hookscope.model.edits import UNCHANGED, Edits, edit
from hookscope.model.secret import Secret
from hookscope.providers.facts import Facts
from hookscope.providers.provider import Provider, Scheme
from hookscope.signatures.sign import scheme_to_sign, sign
from hookscope.tools.samples.sample import Sample
from hookscope.tools.samples.templates import PlaceholderValues, fill_text, write_body
from hookscope_relay.delivery import Delivery, new_delivery_id
from hookscope_relay.errors import InputError

MADE_UP_SECRET = "secret_${alnum43}"  # noqa: S105  # a template of what Notion sends in its handshake


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleEvent:
    """One event as it happened, and which time it is told.

    The same `seed` gives the same event, byte for byte where nothing else differs.

    Events of one `object_seed` tell of the same object (empty: an object of its own). `items` is how many edits were
    aggregated into it.
    """

    seed: bytes
    at: float
    object_seed: bytes = b""
    attempt: int = 1
    items: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Signing:
    """What to sign with: no `secret` leaves the delivery unsigned.

    `url` is the one that the sender calls, which some schemes sign.
    """

    secret: Secret | None = None
    at: float | None = None
    params: Mapping[str, str] = field(default_factory=dict)
    scheme: str = ""


UNSIGNED = Signing()


def build_sample(
    sample: Sample,
    provider: Provider,
    event: SampleEvent,
    *,
    now: float,
    randomness: bytes,
    url: str,
    signing: Signing = UNSIGNED,
    edits: Edits = UNCHANGED,
) -> Delivery:
    """The delivery of a sample's event to `url`, edited first and signed then.

    `now` is when it is sent, `randomness` 10 bytes for the delivery's own id; the target is the tail behind `url`,
    which is only a query. `InputError` for edits that lead nowhere, and where the secret does not fit the scheme.
    """
    values = _values(sample, event, signing.secret)
    query = "?" + fill_text(sample.query, values, "query") if sample.query else ""
    delivery = Delivery(
        id=new_delivery_id(now, randomness),
        received_at=now,
        method=sample.method,
        target=query,
        headers=_headers(sample, values, url),
        body=write_body(sample, values),
        scheme=url.partition("://")[0],
        url=url + query,
    )
    delivery = edit(delivery, edits)
    if signing.secret is None or not sample.signed:
        return delivery
    return sign_sample(delivery, sample, provider, now, signing)


def sign_sample(delivery: Delivery, sample: Sample, provider: Provider, now: float, signing: Signing) -> Delivery:
    """The delivery signed as the provider signs this sample,
    older forms of the signature that it sends too included."""
    if signing.secret is None:
        return delivery
    at = now if signing.at is None else signing.at
    # Some schemes sign the path, which is that of the whole URL; what is kept is the tail behind it.
    seen = replace(delivery, target="/" + delivery.url.partition("://")[2].partition("/")[2])
    schemes = (scheme_of(sample, provider, seen, signing.scheme), *map(provider.scheme, sample.beside))
    for scheme in schemes:
        seen = sign(seen, provider, signing.secret, at, delivery.url, signing.params, scheme)
    return replace(seen, target=delivery.target)


def scheme_of(sample: Sample, provider: Provider, delivery: Delivery | None = None, asked: str = "") -> Scheme:
    """The scheme that a sample is signed with: the one asked for, else the sample's own,
    else the one that its delivery carries, else the first.

    `InputError` where the provider signs nothing or has no such scheme.
    """
    name = asked or sample.scheme
    if not name and delivery is not None:
        return scheme_to_sign(provider, delivery)
    found = provider.scheme(name) if name else next((one for one in provider.schemes if not one.explicit), None)
    if found is None:
        known = ", ".join(scheme.name for scheme in provider.schemes)
        wrong = f"{provider.title} has no scheme {name!r}" if name and known else f"{provider.title} signs nothing"
        raise InputError(wrong, f"its schemes: {known}" if known else "send it with --unsigned")
    return found


def renamed(delivery: Delivery, provider: Provider, event: str) -> Delivery:
    """The delivery with another event's name where the provider's names stand; unsigned again.

    For event types that nobody knows.
    """
    facts = Facts(delivery)
    places = provider.event.type[0].split(" + ") if provider.event.type else []
    places = [place for place in places if place.startswith("header.") or facts.look(place) is not None]
    for place, name in zip(places, event.split(".", len(places) - 1), strict=False):
        where, _, path = place.partition(".")
        if where == "header":
            delivery = edit(delivery, Edits(set_headers=((path, name),)))
        elif where == "body":
            delivery = edit(delivery, Edits(values=(("/" + path.replace(".", "/"), f'"{name}"'),)))
    return delivery


def _values(sample: Sample, event: SampleEvent, secret: Secret | None) -> PlaceholderValues:
    values = PlaceholderValues(
        seed=event.seed,
        object_seed=event.object_seed or event.seed,
        at=event.at,
        event=sample.event,
        attempt=event.attempt,
        items=event.items,
    )
    known = secret.value.decode("utf-8", "replace") if secret else fill_text(MADE_UP_SECRET, values, "secret")
    return replace(values, secret=known)


def _headers(sample: Sample, values: PlaceholderValues, url: str) -> tuple[tuple[str, str], ...]:
    host = url.partition("://")[2].partition("/")[0]
    pairs: Sequence[tuple[str, str]] = sample.headers
    if values.attempt > 1:
        pairs = (*pairs, *sample.retry_headers)
    return (("Host", host), *((name, fill_text(value, values, name)) for name, value in pairs))
