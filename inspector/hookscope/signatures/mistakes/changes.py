"""Mistakes as changes that can be put in place: of the key, the message, the address, the algorithm and the body."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from hookscope.model.secret import Secret
from hookscope.providers.provider import ASYMMETRIC, Provider, Scheme
from hookscope.signatures.canonical import algorithm_of
from hookscope.signatures.material import Material
from hookscope.signatures.mistakes.of_bodies import body_mistakes
from hookscope.signatures.mistakes.of_messages import message_mistakes
from hookscope.signatures.mistakes.of_secrets import secret_mistakes
from hookscope.signatures.mistakes.of_urls import method_mistakes, url_mistakes

URL_PARTS = ("{url}", "{path}", "{path_escaped_twice}")
BODY_PARTS = ("{body}", "{crc32}", "{form}", "{sns}")
HASHES = ("sha1", "sha256", "sha512", "sha384", "md5", "sha224", "sha3_256", "blake2s")

# How many changes of each mistake count as likely.
FOREMOST = {
    "secret-whitespace": 10,
    "secret-quoted": 6,
    "body-reserialized": 48,
    "body-number-changed": 8,
    "body-charset": 6,
    "timestamp-unit": 6,
    "message-order": 24,
    "message-separator": 6,
    "url-host": 6,
}
FOREMOST_OTHERS = 4


class Change(NamedTuple):
    """One mistake put in place: the part that it changes, and what that part then is."""

    id: str
    detail: str
    part: str
    value: Any  # Any: bytes, text or a function, by the part

    @property
    def fault(self) -> tuple[str, str]:
        """The mistake's id and detail."""
        return self.id, self.detail


def key_changes(scheme: Scheme, provider: Provider, secret: Secret, others: Sequence[Secret]) -> Iterator[Change]:
    """Changes of the key."""
    for mistake, detail, key in secret_mistakes(scheme, provider, secret.value, others):
        yield Change(mistake, detail, "key", key)


def message_changes(scheme: Scheme, material: Material) -> Iterator[Change]:
    """Changes of what is signed and in which order."""
    seen = {scheme.message}
    for change in message_mistakes(scheme, material):
        if change.values:
            name, value = change.values[0]
            yield Change(change.id, change.detail, name, value)
        elif change.template not in seen:
            seen.add(change.template)
            yield Change(change.id, change.detail, "template", change.template)


def address_changes(scheme: Scheme, material: Material) -> Iterator[Change]:
    """Changes of URL and method, where the scheme signs them."""
    if any(part in scheme.message for part in URL_PARTS):
        for mistake, detail, url in url_mistakes(material.url, material.facts):
            yield Change(mistake, detail, "url", url)
    if "{method}" in scheme.message:
        for mistake, detail, method in method_mistakes(material.method):
            yield Change(mistake, detail, "method", method)


def algorithm_changes(scheme: Scheme, material: Material, digests: Iterable[bytes]) -> Iterator[Change]:
    """Other algorithms whose digests are as long as one that was received."""
    if scheme.kind in ASYMMETRIC:
        for name in ("sha1", "sha256", "sha384", "sha512") if scheme.kind != "ed25519" else ():
            if name != algorithm_of(scheme, material):
                yield Change("algorithm-other", name.upper(), "algorithm", name)
        return
    sizes = {len(digest) for digest in digests}
    for name in HASHES:
        if hashlib.new(name, usedforsecurity=False).digest_size in sizes:
            yield from _of_hash(scheme, name)


def covers_body(scheme: Scheme, material: Material) -> bool:
    """Whether a scheme signs anything of this body; of a body that is no form there are no fields."""
    if "{form}" in scheme.message and "urlencoded" not in material.facts.header("content-type").lower():
        return False
    return bool(scheme.field) or any(part in scheme.message for part in BODY_PARTS)


def body_changes(material: Material) -> Iterator[Change]:
    """Changes of the body."""
    for mistake, detail, body in body_mistakes(material.body, material.facts):
        yield Change(mistake, detail, "body", body)


def foremost(changes: Sequence[Change]) -> list[Change]:
    """The first few changes of each mistake, in order."""
    counts: dict[str, int] = {}
    kept = []
    for change in changes:
        counts[change.id] = counts.get(change.id, 0) + 1
        if counts[change.id] <= FOREMOST.get(change.id, FOREMOST_OTHERS):
            kept.append(change)
    return kept


def _of_hash(scheme: Scheme, name: str) -> Iterator[Change]:
    """The digests that people mistake for the scheme's, of one hash."""
    label = name.upper().replace("SHA", "SHA-") if name.startswith("sha") else name.upper()

    def plain(data: bytes) -> bytes:
        return hashlib.new(name, data, usedforsecurity=False).digest()

    def keyed(key: bytes, data: bytes) -> bytes:
        return hmac.digest(key, data.removeprefix(key), name)

    if name != scheme.algorithm or scheme.kind != "hmac":
        yield Change(
            "algorithm-other", f"HMAC with {label}", "algorithm", lambda key, data: hmac.digest(key, data, name)
        )
    if scheme.kind == "hash":
        yield Change("algorithm-other", f"HMAC with {label} of the message without the secret", "algorithm", keyed)
        return
    for detail, compute in (
        (f"{label} of the message, without the secret", lambda key, data: plain(data)),
        (f"{label} of secret and message joined, no HMAC", lambda key, data: plain(key + data)),
        (f"{label} of message and secret joined, no HMAC", lambda key, data: plain(data + key)),
        (f"HMAC with {label}, key and message swapped", lambda key, data: hmac.digest(data, key, name)),
        (f"{label} of secret, colon and message, no HMAC", lambda key, data: plain(key + b":" + data)),
        (f"{label} of secret, full stop and message, no HMAC", lambda key, data: plain(key + b"." + data)),
    ):
        yield Change("algorithm-other", detail, "algorithm", compute)
