"""Two mistakes together: which pairs are tried, and in which order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple, TypeAlias

from hookscope.model.secret import Secret
from hookscope.providers.provider import ASYMMETRIC, Provider, Scheme
from hookscope.signatures.material import Material
from hookscope.signatures.mistakes.changes import Change, foremost
from hookscope.signatures.mistakes.of_bodies import body_mistakes, edge_mistakes
from hookscope.signatures.mistakes.of_messages import message_mistakes
from hookscope.signatures.mistakes.of_secrets import secret_mistakes, text_mistakes
from hookscope.signatures.mistakes.of_urls import url_mistakes

Pair: TypeAlias = tuple[Change, Change]

# What happens to a URL besides another change of it, and bodies that are changed once more after a first change.
SECOND_URL = frozenset({"url-scheme", "url-trailing-slash", "url-port", "url-query-dropped"})
CHANGED_AGAIN = frozenset({"body-decompressed", "body-bom", "body-charset", "body-form-reencoded", "body-crlf"})
FIRST_TEMPLATES = frozenset({"id-left-out", "timestamp-left-out", "message-order"})
UNLIKELY_TWICE = ("with `", "without its last", "with a `", "with a ;", "with a ,", "escaped as", "with a #")


class Kinds(NamedTuple):
    """All single changes by kind."""

    keys: list[Change]
    messages: list[Change]
    addresses: list[Change]
    bodies: list[Change]

    def likely(self) -> Kinds:
        """Only the foremost of each mistake."""
        return Kinds(*(foremost(changes) for changes in self))


def pairs_of(kinds: Kinds, scheme: Scheme, provider: Provider, secret: Secret, material: Material) -> Iterator[Pair]:
    """Pairs of different kinds, then two of one kind."""
    for first, second in (
        (kinds.bodies, kinds.keys),
        (kinds.bodies, kinds.messages),
        (kinds.keys, kinds.messages),
        (kinds.keys, kinds.addresses),
        (kinds.addresses, kinds.bodies),
        (kinds.addresses, kinds.messages),
    ):
        yield from ((one, other) for one in first for other in second)
    yield from _two_messages(kinds.messages, scheme, material)
    yield from _two_addresses(kinds.addresses, material)
    yield from _two_bodies(kinds.bodies, material)
    yield from _two_keys(scheme, provider, secret)


def _two_messages(messages: Sequence[Change], scheme: Scheme, material: Material) -> Iterator[Pair]:
    templates = [change for change in messages if change.part == "template"]
    others = [change for change in messages if change.part != "template"]
    yield from ((first, second) for first in templates for second in others)
    algorithms = [change for change in others if change.part == "algorithm"]
    yield from ((first, second) for first in others if first.part != "algorithm" for second in algorithms)
    for first in templates:
        if first.id in FIRST_TEMPLATES:
            for change in message_mistakes(replace(scheme, message=first.value), material):
                if change.template and change.id != first.id:
                    yield first, Change(change.id, change.detail, "template", change.template)


def _two_addresses(addresses: Sequence[Change], material: Material) -> Iterator[Pair]:
    urls = [change for change in addresses if change.part == "url"]
    for first in urls:
        for mistake, detail, url in url_mistakes(first.value, material.facts):
            if mistake in SECOND_URL and mistake != first.id:
                yield first, Change(mistake, detail, "url", url)
    methods = [change for change in addresses if change.part == "method"]
    yield from ((first, second) for first in urls for second in methods)


def _two_bodies(bodies: Sequence[Change], material: Material) -> Iterator[Pair]:
    def further(first: Change, changes: Iterable[tuple[str, str, bytes]]) -> Iterator[Pair]:
        for mistake, detail, body in changes:
            if mistake != first.id:
                yield first, Change(mistake, detail, "body", body)

    for first in bodies:
        yield from further(first, edge_mistakes(first.value))
    for first in bodies:
        if first.id in CHANGED_AGAIN:
            yield from further(first, body_mistakes(first.value, material.facts))


def _two_keys(scheme: Scheme, provider: Provider, secret: Secret) -> Iterator[Pair]:
    if scheme.kind in ASYMMETRIC:
        return
    for mistake, detail, text in text_mistakes(scheme, provider, secret.value):
        if text and not detail.startswith(UNLIKELY_TWICE):
            first = Change(mistake, detail, "key", text)
            for other, told, key in secret_mistakes(scheme, provider, text):
                if not told.startswith(UNLIKELY_TWICE):
                    yield first, Change(other, told, "key", key)
