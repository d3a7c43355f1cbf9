"""The verdict on one delivery: which scheme it carries, whether a configured secret makes its signature,
and whether it is in time.

A provider's better schemes shut out its legacy ones: a delivery that carries both is judged by the better one, so that
nothing can be gained by spoiling it.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from hookscope.model.secret import Secret
from hookscope.model.verdict import Verdict
from hookscope.providers.clocks import out_of_bounds
from hookscope.providers.facts import Facts
from hookscope.providers.provider import ASYMMETRIC, Provider, Scheme
from hookscope.signatures import json_web_tokens
from hookscope.signatures.canonical import SNS_HASHES, algorithm_of, body_bound, escaped_body
from hookscope.signatures.digests import digest_of, encode_digest, same
from hookscope.signatures.keys import decode_base64, key_of
from hookscope.signatures.material import NO_PARAMETERS, Material
from hookscope.signatures.receive import (
    Received,
    Trouble,
    applies,
    decode_signature,
    header_present,
    is_exact,
    malformed_signature,
    matches,
    place_of,
    receive,
)
from hookscope.signatures.templates import build_message
from hookscope.signatures.urls import is_host_of, official_forms
from hookscope_relay.delivery import Delivery

REASONS = (
    "missing-header",
    "malformed",
    "stale",
    "from-the-future",
    "mismatch",
    "wrong-key-kind",
    "unknown-version",
    "parameter-missing",
)

# What says most about a delivery comes first when several schemes or secrets refuse it.
WEIGHT = {
    reason: weight
    for weight, reason in enumerate(("stale", "from-the-future", "mismatch", "malformed", "wrong-key-kind"))
}


class SchemeOutcome(NamedTuple):
    """What one scheme says: no reason means verified, by the secret given."""

    scheme: Scheme
    reason: str = ""
    detail: str = ""
    secret: Secret | None = None
    age: float = 0.0


def verify(
    delivery: Delivery,
    provider: Provider,
    secrets: Sequence[Secret],
    now: float,
    url: str = "",
    params: Mapping[str, str] = NO_PARAMETERS,
) -> Verdict:
    """The verdict on a delivery.

    `url` is the URL that the sender called, where it is known better than the delivery knows it.
    """
    facts = Facts(delivery)
    outcome = judge(facts, provider, secrets, now, Material(facts, url, params))
    return to_verdict(provider, outcome)


def to_verdict(provider: Provider, outcome: SchemeOutcome | None) -> Verdict:
    """An outcome as a verdict; None stands for a delivery that carries no signature."""
    if outcome is None:
        return Verdict(state="unsigned", provider=provider.name)
    name = outcome.scheme.name
    if outcome.reason == "no-secret":
        return Verdict(state="no-secret", provider=provider.name, scheme=name)
    if outcome.reason:
        return Verdict(state="rejected", provider=provider.name, scheme=name, reason=outcome.reason)
    used = outcome.secret.fingerprint if outcome.secret else ""
    return Verdict(state="verified", provider=provider.name, scheme=name, secret=used)


def judge(
    facts: Facts, provider: Provider, secrets: Sequence[Secret], now: float, material: Material
) -> SchemeOutcome | None:
    """The outcome of the scheme that says most; None where the delivery carries no scheme of the provider."""
    ours = [secret for secret in secrets if not secret.provider or secret.provider == provider.name]
    outcomes: list[SchemeOutcome] = []
    carried_better = False
    for scheme in provider.schemes:
        if scheme.explicit or (scheme.legacy and carried_better) or not applies(scheme, facts):
            continue
        received = receive(scheme, facts)
        if received is None:
            continue
        carried_better = carried_better or not scheme.legacy
        outcome = judge_scheme(scheme, received, ours, now, material)
        if not outcome.reason:
            return outcome
        outcomes.append(outcome)
    if not outcomes:
        return _of_unknown_version(provider, facts)
    return min(outcomes, key=lambda outcome: WEIGHT.get(outcome.reason, 9))


def _of_unknown_version(provider: Provider, facts: Facts) -> SchemeOutcome | None:
    """For a signature whose version, in a header beside it, is none of the provider's;
    None where there is no signature."""
    for scheme in provider.schemes:
        beside = [(name, wanted) for name, wanted in scheme.when if name not in scheme.headers and facts.header(name)]
        if beside and not scheme.explicit and header_present(scheme, facts):
            name = beside[0][0]
            return SchemeOutcome(
                scheme, "unknown-version", f"{name} is {facts.header(name)[:40]!r}, which is not known"
            )
    return None


def judge_scheme(
    scheme: Scheme,
    received: tuple[Received, ...] | Trouble,
    secrets: Sequence[Secret],
    now: float,
    material: Material,
) -> SchemeOutcome:
    """What one scheme says of what was received for it."""
    if isinstance(received, Trouble):
        return SchemeOutcome(scheme, received.reason, received.detail)
    if (obstacle := _obstacle(scheme, secrets, material)) is not None:
        return obstacle
    if scheme.kind in ("token", "basic"):
        return _judge_token(scheme, received, secrets)
    if scheme.kind in ("jws", "http-message"):
        return _judge_message(scheme, received, secrets, now, material)
    judge_kind = _judge_jwt if scheme.kind == "jwt" else _judge_signature
    return judge_kind(scheme, received, secrets, now, material)


def _judge_message(
    scheme: Scheme, received: tuple[Received, ...], secrets: Sequence[Secret], now: float, material: Material
) -> SchemeOutcome:
    from hookscope.signatures.judge_messages import judge_detached, judge_message  # few schemes need it

    if scheme.kind == "jws":
        return SchemeOutcome(scheme, *judge_detached(scheme, received[0].signature, secrets, material))
    return SchemeOutcome(scheme, *judge_message(scheme, secrets, now, material))


def _obstacle(scheme: Scheme, secrets: Sequence[Secret], material: Material) -> SchemeOutcome | None:
    """What forbids checking the signature at all: another version, an absent parameter, secret or id."""
    if not secrets:
        return SchemeOutcome(scheme, "no-secret")
    if (forbidden := _forbidden(scheme, material.facts)) is not None:
        return forbidden
    for name in scheme.parameters:
        if not material.params.get(name):
            return SchemeOutcome(scheme, "parameter-missing", f"{scheme.name} needs the parameter {name}")
    if scheme.id:
        material.id = material.look(scheme.id).encode("latin-1", "replace")
        if not material.id and "{id}" in scheme.message:
            return SchemeOutcome(
                scheme, "missing-header", f"{scheme.id.partition('.')[2]}, which is signed, is missing"
            )
    return None


def _forbidden(scheme: Scheme, facts: Facts) -> SchemeOutcome | None:
    """A version that is not the scheme's, or a certificate of a host that is not the sender's."""
    if not (scheme.requires or scheme.certificate_hosts):
        return None
    unmet = [(name, wanted) for name, wanted in scheme.requires if not matches(facts.header(name), wanted)]
    for name, wanted in sorted(unmet, key=lambda one: not facts.header(one[0])):
        if facts.header(name):
            return SchemeOutcome(scheme, "unknown-version", f"{name} is not {wanted!r}")
        return SchemeOutcome(scheme, "missing-header", f"{name}, which says how it is signed, is missing")
    if scheme.message == "{sns}" and facts.text("body.SignatureVersion") not in SNS_HASHES:
        return SchemeOutcome(scheme, "unknown-version", f"SignatureVersion is not {' or '.join(SNS_HASHES)}")
    told = facts.text(scheme.certificate_url) if scheme.certificate_hosts else ""
    if told and not is_host_of(told, scheme.certificate_hosts):
        return SchemeOutcome(scheme, "malformed", f"{scheme.certificate_url.partition('.')[2]} is of a foreign host")
    return None


def _judge_signature(
    scheme: Scheme, received: tuple[Received, ...], secrets: Sequence[Secret], now: float, material: Material
) -> SchemeOutcome:
    unusable: SchemeOutcome | None = None
    trouble = malformed_signature(scheme, received)
    for secret in secrets:
        holds = _holding(scheme, received, secret, material)
        if holds is None:
            unusable = unusable or SchemeOutcome(scheme, "wrong-key-kind", f"the secret is no {scheme.secret}", secret)
        elif holds:
            reason, age = out_of_bounds(scheme, holds[0].timestamp, now)
            detail = "the timestamp is missing or cannot be read" if reason == "malformed" else ""
            return SchemeOutcome(scheme, reason, detail, secret, age)
    if unusable is not None and len(secrets) == 1:
        return unusable
    return SchemeOutcome(scheme, "malformed" if trouble else "mismatch", trouble)


def _holding(
    scheme: Scheme, received: tuple[Received, ...], secret: Secret, material: Material
) -> tuple[Received, ...] | None:
    """The received signatures that a secret makes (of a batch: all, or none); None for a secret of the wrong kind."""
    if scheme.kind in ASYMMETRIC:
        return _holding_public(scheme, received, secret, material)
    key = key_of(scheme, secret.value)
    if key is None:
        return None
    for version in official_versions(scheme, material):
        holding = []
        expected, made_for = b"", None
        for one in received:
            if made_for is None or one.timestamp != made_for or scheme.items:
                version.timestamp = one.timestamp.encode("latin-1", "replace")
                version.item = one.item
                made_for = one.timestamp
                expected = encode_digest(scheme, digest_of(scheme, key, build_message(scheme.message, version, key)))
            if same(one.signature, expected, scheme.any_case):
                holding.append(one)
                if not scheme.items:
                    return (one,)
            elif scheme.items:
                break
        if holding and len(holding) == len(received):
            return tuple(holding)
    return ()


def _holding_public(
    scheme: Scheme, received: tuple[Received, ...], secret: Secret, material: Material
) -> tuple[Received, ...] | None:
    from hookscope.signatures import asymmetric  # loads the cryptography library, which few schemes need

    key = asymmetric.load_public(scheme.kind, secret.value)
    if key is None or not asymmetric.fits(key, scheme.algorithm):
        return None
    for version in official_versions(scheme, material):
        for one in received:
            version.timestamp = one.timestamp.encode("latin-1", "replace")
            signature = decode_signature(scheme, one.signature) if is_exact(scheme, one.signature) else None
            message = build_message(scheme.message, version, b"")
            if signature is not None and asymmetric.check(key, signature, message, algorithm_of(scheme, version)):
                return (one,)
    return ()


def official_versions(scheme: Scheme, material: Material) -> Iterator[Material]:
    """The material, and then the other forms of URL and body that the provider's own library accepts."""
    if "{form}" in scheme.message and not body_bound(material):
        return
    yield material
    for url in official_forms(material.url, scheme.url_forms) if scheme.url_forms else ():
        if url != material.url:
            yield material.but(url=url)
    if scheme.body_forms and (escaped := escaped_body(material.body)) is not None:
        yield material.but(body=escaped)


def _judge_token(scheme: Scheme, received: tuple[Received, ...], secrets: Sequence[Secret]) -> SchemeOutcome:
    for one in received:
        shown = one.signature
        if scheme.kind == "basic":
            word, _, encoded = shown.partition(" ")
            decoded = decode_base64(encoded.strip().encode("latin-1", "replace")) if word.lower() == "basic" else None
            if decoded is None:
                return SchemeOutcome(scheme, "malformed", f"{place_of(scheme)} is no Basic credential")
            shown = decoded.decode("latin-1")
        for secret in secrets:
            if same(shown, secret.value) or (scheme.field and same_text(shown, secret.value)):
                return SchemeOutcome(scheme, "", "", secret)
    return SchemeOutcome(scheme, "mismatch")


def same_text(shown: str, value: bytes) -> bool:
    """Whether a text out of JSON is the secret, in constant time."""
    return hmac.compare_digest(shown.encode("utf-8", "surrogatepass"), value)


def _judge_jwt(
    scheme: Scheme, received: tuple[Received, ...], secrets: Sequence[Secret], now: float, material: Material
) -> SchemeOutcome:
    token = json_web_tokens.read_token(received[0].signature)
    if token is None:
        return SchemeOutcome(scheme, "malformed", f"{place_of(scheme)} is no JSON Web Token")
    if token.algorithm not in scheme.algorithms:
        return SchemeOutcome(
            scheme, "unknown-version", f"the token's algorithm is not {' or '.join(scheme.algorithms)}"
        )
    unusable: SchemeOutcome | None = None
    for secret in secrets:
        key = key_of(scheme, secret.value)
        holds = json_web_tokens.token_holds(token, key) if key is not None else None
        if holds is None:
            unusable = SchemeOutcome(scheme, "wrong-key-kind", "the secret is no key of this kind", secret)
        elif holds:
            if name := json_web_tokens.broken_claim(scheme, token, material):
                return SchemeOutcome(scheme, "mismatch", f"the claim {name} does not hold", secret)
            reason, age = json_web_tokens.time_trouble(scheme, token, now)
            return SchemeOutcome(scheme, reason, "", secret, age)
    return unusable if unusable is not None and len(secrets) == 1 else SchemeOutcome(scheme, "mismatch")


def present(provider: Provider, facts: Facts) -> tuple[Scheme, ...]:
    """The provider's schemes whose header the delivery has, readable or not."""
    return tuple(scheme for scheme in provider.schemes if scheme.headers and header_present(scheme, facts))
