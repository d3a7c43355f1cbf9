"""The verdict by HTTP Message Signatures (RFC 9421) and by detached JSON Web Signatures (RFC 7515, appendix F)."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Sequence
from typing import Any, NamedTuple

from hookscope.model.secret import Secret
from hookscope.providers.facts import read_json
from hookscope.providers.provider import Scheme
from hookscope.signatures import http_messages
from hookscope.signatures.http_messages import MessageSignature
from hookscope.signatures.json_web_tokens import HASH_OF, KIND_OF
from hookscope.signatures.keys import decode_base64, key_of
from hookscope.signatures.material import Material
from hookscope.signatures.templates import build_message

# RFC 9421, section 6.2.2: name to (kind of key, hash, whether with PSS).
ALGORITHMS: dict[str, tuple[str, str, bool]] = {
    "hmac-sha256": ("hmac", "sha256", False),
    "ed25519": ("ed25519", "sha512", False),
    "ecdsa-p256-sha256": ("ecdsa", "sha256", False),
    "ecdsa-p384-sha384": ("ecdsa", "sha384", False),
    "rsa-v1_5-sha256": ("rsa", "sha256", False),
    "rsa-pss-sha512": ("rsa", "sha512", True),
}


class MessageOutcome(NamedTuple):
    """A reason (empty: it holds), a sentence, the secret that verifies, and the age in seconds."""

    reason: str = ""
    detail: str = ""
    secret: Secret | None = None
    age: float = 0.0


class DetachedToken(NamedTuple):
    """A JSON Web Signature without its payload: its head, its head as written, and its signature."""

    head: dict[str, Any]
    written: bytes
    signature: bytes


def judge_message(scheme: Scheme, secrets: Sequence[Secret], now: float, material: Material) -> MessageOutcome:
    """The outcome for the first label that holds, else the one that says most."""
    found = http_messages.read_signatures(material.facts)
    if not found:
        return MessageOutcome("malformed", "Signature and Signature-Input have no label in common that can be read")
    outcomes = [_judge_label(scheme, one, secrets, now, material) for one in found]
    return min(outcomes, key=lambda outcome: (bool(outcome.reason), outcome.reason not in ("stale", "from-the-future")))


def _judge_label(
    scheme: Scheme, found: MessageSignature, secrets: Sequence[Secret], now: float, material: Material
) -> MessageOutcome:
    base = http_messages.signature_base(found, material)
    if base is None:
        return MessageOutcome("missing-header", f"{found.label} covers a component that is not there or is not known")
    stated = found.parameters.get("alg", "")
    if stated and stated not in scheme.algorithms:
        return MessageOutcome("unknown-version", f"the algorithm of {found.label} is {stated[:40]!r}")
    candidates = [stated] if stated else list(scheme.algorithms)
    holding = next(
        (one for one in secrets if any(holds(scheme, one, name, base, found.signature) for name in candidates)), None
    )
    if holding is None:
        return MessageOutcome("mismatch")
    if http_messages.covers(found, "content-digest") and http_messages.digest_holds(material) is False:
        return MessageOutcome("mismatch", "Content-Digest is signed, and is that of another body", holding)
    reason, age = _time_trouble(scheme, found, now)
    return MessageOutcome(reason, "", holding, age)


def holds(scheme: Scheme, secret: Secret, algorithm: str, base: bytes, signature: bytes) -> bool:
    """Whether a secret makes a signature of a base by an algorithm of RFC 9421."""
    kind, hash_name, is_pss = ALGORITHMS[algorithm]
    if kind == "hmac":
        key = key_of(scheme, secret.value)
        return key is not None and hmac.compare_digest(hmac.digest(key, base, hash_name), signature)
    from hookscope.signatures import asymmetric  # loads the cryptography library, which few schemes need

    public = asymmetric.load_public(kind, secret.value)
    if public is None or not asymmetric.fits(public, hash_name):
        return False
    if is_pss:
        return asymmetric.check_pss(public, signature, base, hash_name)
    return asymmetric.check_joined(public, signature, base, hash_name)


def _time_trouble(scheme: Scheme, found: MessageSignature, now: float) -> tuple[str, float]:
    created, expires = (found.parameters.get(name, "") for name in ("created", "expires"))
    if expires.isdigit() and now > int(expires[:15]):
        return "stale", now - int(expires[:15])
    if not created.isdigit():
        return "", 0.0
    age = now - int(created[:15])
    if scheme.past_s is not None and age > scheme.past_s and not expires:
        return "stale", age
    return ("from-the-future", age) if scheme.future_s is not None and -age > scheme.future_s else ("", age)


def read_detached(text: str) -> DetachedToken | None:
    """A detached token in a header's value; None where it is none."""
    head, middle, signature = (*text.strip().encode("latin-1", "replace").split(b"."), b"", b"", b"")[:3]
    value = read_json(decode_base64(head) or b"")
    if middle or not isinstance(value, dict) or not isinstance(value.get("alg"), str):
        return None
    return DetachedToken(value, head, decode_base64(signature) or b"")


def listed_headers(token: DetachedToken) -> tuple[str, ...]:
    """The headers that a token of TrueLayer's form covers, as it spells them."""
    listed = token.head.get("tl_headers")
    return tuple(name.strip() for name in listed.split(",")[:100] if name.strip()) if isinstance(listed, str) else ()


def detached_input(scheme: Scheme, token: DetachedToken, material: Material) -> bytes:
    """The bytes that a detached token signs: its head and the payload that the scheme's template makes."""
    payload = build_message(scheme.message, material.but(listed=listed_headers(token)), b"")
    return token.written + b"." + base64.urlsafe_b64encode(payload).rstrip(b"=")


def judge_detached(scheme: Scheme, text: str, secrets: Sequence[Secret], material: Material) -> MessageOutcome:
    """The outcome of a detached token."""
    token = read_detached(text)
    if token is None:
        return MessageOutcome("malformed", f"{scheme.headers[0]} is no detached JSON Web Signature")
    algorithm = str(token.head["alg"])
    if algorithm not in scheme.algorithms:
        return MessageOutcome("unknown-version", f"the token's algorithm is not {' or '.join(scheme.algorithms)}")
    from hookscope.signatures import asymmetric  # as above

    hash_name, unusable = HASH_OF.get(algorithm[2:], "sha512"), None
    for secret in secrets:
        public = asymmetric.load_public(KIND_OF[algorithm[:2]], secret.value)
        if public is None or not asymmetric.fits(public, hash_name):
            unusable = MessageOutcome("wrong-key-kind", "the secret is no key of this kind", secret)
            continue
        for version in _with_either_slash(material):
            if asymmetric.check_joined(public, token.signature, detached_input(scheme, token, version), hash_name):
                return MessageOutcome("", "", secret)
    return unusable if unusable is not None and len(secrets) == 1 else MessageOutcome("mismatch")


def _with_either_slash(material: Material) -> tuple[Material, ...]:
    """The material, and with the other slash at the end of its path, which TrueLayer's own library takes too."""
    bare, mark, query = material.url.partition("?")
    other = bare[:-1] if bare.endswith("/") else bare + "/"
    return material, material.but(url=other + mark + query)
