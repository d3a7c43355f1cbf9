"""Mistakes of schemes without a digest of the message: shared tokens, and JSON Web Tokens with their claims."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Iterator, Sequence

from hookscope.model.secret import Secret
from hookscope.providers.provider import Provider, Scheme
from hookscope.signatures.json_web_tokens import HASH_OF, broken_claim, read_token, token_holds
from hookscope.signatures.keys import decode_base64, key_of
from hookscope.signatures.material import Material
from hookscope.signatures.mistakes.of_bodies import body_mistakes
from hookscope.signatures.mistakes.of_headers import Faults
from hookscope.signatures.mistakes.of_secrets import secret_mistakes
from hookscope.signatures.mistakes.of_urls import method_mistakes, url_mistakes

HMAC_ALGORITHMS = ("HS256", "HS384", "HS512")
LEAST_KNOWN = 4
WORD = re.compile(rb"(bearer|token|basic|apikey|jwt)[ :=]+", re.IGNORECASE)


def search_token(
    provider: Provider,
    scheme: Scheme,
    secret: Secret,
    others: Sequence[Secret],
    material: Material,
    tick: Callable[[], None],
) -> Iterator[Faults]:
    """Changes of the configured secret, or of the header's form, that make the shown token."""
    forms = list(_shown(scheme, material))
    for shown, faults in forms:
        tick()
        if faults and shown == secret.value:
            yield faults
            return
        if len(shown) > len(secret.value) >= LEAST_KNOWN and shown.startswith(secret.value):
            lost = len(shown) - len(secret.value)
            yield (("secret-truncated", f"its last {lost} characters are missing"), *faults)
            return
    for shown, faults in forms:
        for mistake, detail, key in secret_mistakes(scheme, provider, secret.value, others):
            tick()
            if hmac.compare_digest(key, shown):
                yield ((mistake, detail), *faults)
                return


def _shown(scheme: Scheme, material: Material) -> Iterator[tuple[bytes, Faults]]:
    for value in _token_texts(scheme, material):
        shown = value.encode("utf-8" if scheme.field else "latin-1", "replace")
        if scheme.kind == "basic":
            shown = decode_base64(shown.partition(b" ")[2].strip()) or b""
        if shown:
            yield shown, ()
        if match := WORD.match(shown):
            yield shown[match.end() :], (("prefix-other", f"{match[0].decode('latin-1').strip()} before the token"),)


def _token_texts(scheme: Scheme, material: Material) -> list[str]:
    facts = material.facts
    return [facts.text(scheme.field)] if scheme.field else [facts.header(name) for name in scheme.headers]


def search_jwt(
    provider: Provider,
    scheme: Scheme,
    secret: Secret,
    others: Sequence[Secret],
    material: Material,
    tick: Callable[[], None],
) -> Iterator[Faults]:
    """Changes of the secret that make the token's signature; where that holds,
    changes of body or URL that make its claim."""
    for text in _token_texts(scheme, material):
        token = read_token(text)
        if token is None or (token.algorithm not in scheme.algorithms and token.algorithm not in HMAC_ALGORITHMS):
            continue
        key = key_of(scheme, secret.value)
        if token.algorithm not in scheme.algorithms:
            if key is not None and token_holds(token, key):
                yield (("algorithm-other", f"the token is signed with {token.algorithm}"),)
            return
        if key is not None and token_holds(token, key):
            yield from _claims(scheme, material, str(token.claims.get(broken_claim(scheme, token, material), "")), tick)
            return
        for mistake, detail, other in secret_mistakes(scheme, provider, secret.value, others):
            tick()
            if token.algorithm.startswith("HS"):
                digest = hmac.digest(other, token.signed, HASH_OF[token.algorithm[2:]])
                holds = hmac.compare_digest(digest, token.signature)
            else:
                holds = bool(token_holds(token, other))
            if holds:
                yield ((mistake, detail),)
                return


def _claims(scheme: Scheme, material: Material, stated: str, tick: Callable[[], None]) -> Iterator[Faults]:
    token = next((token for text in _token_texts(scheme, material) if (token := read_token(text))), None)
    if token is None:
        return
    for mistake, detail, body in body_mistakes(material.body, material.facts):
        tick()
        if hashlib.sha256(body).hexdigest() == stated:
            yield ((mistake, detail),)
            return
    for mistake, detail, url in url_mistakes(material.url, material.facts):
        tick()
        if not broken_claim(scheme, token, material.but(url=url)):
            yield ((mistake, detail),)
            return
    for mistake, detail, method in method_mistakes(material.method):
        tick()
        if not broken_claim(scheme, token, material.but(method=method)):
            yield ((mistake, detail),)
            return
