"""Signs as RFC 9421 and detached JSON Web Signatures have it: the counterpart of `judge_messages`."""

from __future__ import annotations

import base64
import hmac
import json
from dataclasses import replace

from hookscope.model.secret import Secret
from hookscope.providers.facts import Facts
from hookscope.providers.provider import Scheme
from hookscope.signatures import asymmetric, http_messages
from hookscope.signatures.http_messages import MessageSignature
from hookscope.signatures.json_web_tokens import HASH_OF, KIND_OF
from hookscope.signatures.judge_messages import ALGORITHMS, DetachedToken, detached_input, read_detached
from hookscope.signatures.keys import key_of
from hookscope.signatures.material import Material
from hookscope_relay.delivery import Headers, without
from hookscope_relay.errors import InputError

LABEL = "sig1"


def message_headers(scheme: Scheme, secret: Secret, now: float, material: Material) -> Headers:
    """The headers with Content-Digest, Signature-Input and Signature set.

    They cover what the delivery's own signature covers, else the scheme's `covers`; `InputError` where the secret is no
    key of the scheme's algorithms, or what is covered is absent.
    """
    delivery = material.facts.delivery
    known = next(iter(http_messages.read_signatures(material.facts)), None)
    covered = tuple(name for name, parameters in known.covered if not parameters) if known else scheme.covers
    stated = known.parameters if known else {}
    algorithm = _algorithm(scheme, secret, stated.get("alg", ""))
    parameters: dict[str, str | int] = {"created": int(now), "keyid": stated.get("keyid", "test"), "alg": algorithm}
    headers = without(delivery.headers, {"signature", "signature-input", "content-digest"})
    if "content-digest" in covered:
        headers = (*headers, ("Content-Digest", http_messages.content_digest(delivery.body)))
    written = http_messages.write_input(covered, parameters)
    unsigned = MessageSignature(LABEL, tuple((name, {}) for name in covered), {}, written, b"")
    seen = Material(Facts(replace(delivery, headers=headers)), material.url, material.params)
    base = http_messages.signature_base(unsigned, seen)
    if base is None:
        raise InputError("the delivery lacks a component that is to be signed", f"it covers {', '.join(covered)}")
    value = base64.b64encode(_make(scheme, secret, algorithm, base)).decode("ascii")
    return (*headers, ("Signature-Input", f"{LABEL}={written}"), ("Signature", f"{LABEL}=:{value}:"))


def detached_value(scheme: Scheme, secret: Secret, text: str, material: Material) -> str:
    """A detached token over the delivery, with the head of the one it carries (`text`) where that can be read."""
    known = read_detached(text)
    algorithm = str(known.head["alg"]) if known and known.head["alg"] in scheme.algorithms else scheme.algorithms[0]
    head = dict(known.head) if known else {"alg": algorithm, "kid": "test", "tl_version": "2", "tl_headers": ""}
    head["alg"] = algorithm
    written = base64.urlsafe_b64encode(json.dumps(head, separators=(",", ":")).encode()).rstrip(b"=")
    private = asymmetric.load_private(KIND_OF[algorithm[:2]], secret.value)
    hash_name = HASH_OF.get(algorithm[2:], "sha512")
    if private is None:
        raise InputError(f"the secret does not fit {scheme.name}, which signs with {algorithm}", "give another key")
    message = detached_input(scheme, DetachedToken(head, written, b""), material)
    signature = base64.urlsafe_b64encode(asymmetric.make_joined(private, message, hash_name)).rstrip(b"=")
    return f"{written.decode()}..{signature.decode()}"


def _algorithm(scheme: Scheme, secret: Secret, stated: str) -> str:
    """The algorithm of the delivery's signature where the secret fits it,
    else the first of the scheme's that it fits."""
    for name in (stated, *scheme.algorithms):
        kind = ALGORITHMS[name][0] if name in ALGORITHMS else ""
        if kind == "hmac" and key_of(scheme, secret.value) is not None:
            return name
        if kind not in ("", "hmac") and asymmetric.load_private(kind, secret.value) is not None:
            return name
    raise InputError(f"the secret does not fit {scheme.name}", "give a shared secret or a private key in PEM")


def _make(scheme: Scheme, secret: Secret, algorithm: str, base: bytes) -> bytes:
    kind, hash_name, is_pss = ALGORITHMS[algorithm]
    if kind == "hmac":
        return hmac.digest(key_of(scheme, secret.value) or b"", base, hash_name)
    private = asymmetric.load_private(kind, secret.value)
    assert private is not None  # `_algorithm` chose it by this key
    return (asymmetric.make_pss if is_pss else asymmetric.make_joined)(private, base, hash_name)
