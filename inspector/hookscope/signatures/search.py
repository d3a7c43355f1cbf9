"""The bounded search for mistakes: changes key, message, address, algorithm and body, singly and then two at a time.

A candidate counts only if it makes a digest that was received, or passes the public key's check: an explanation is a proof.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from hookscope.providers.provider import ASYMMETRIC, Provider, Scheme
from hookscope.signatures.budget import Budget, Exhausted, Meter
from hookscope.signatures.changes import (
    Change,
    address_changes,
    algorithm_changes,
    body_changes,
    key_changes,
    message_changes,
)
from hookscope.signatures.digests import digest_of, encode_digest
from hookscope.signatures.header_mistakes import Faults, Reading, raw_texts, read_leniently, stated_times
from hookscope.signatures.keys import key_of
from hookscope.signatures.material import Material
from hookscope.signatures.pairs import Kinds, pairs_of
from hookscope.signatures.secret_mistakes import completions
from hookscope.signatures.secrets import Secret
from hookscope.signatures.templates import build_message
from hookscope.signatures.token_search import search_jwt, search_token
from hookscope.signatures.verification import algorithm_of, official_versions

KEPT_BODY_BYTES = 24 << 20
LEAST_TRUNCATED = 8
MOST_COMPLETED_BYTES = 1 << 16
MAX_SECRETS = 5
MAX_TIMES = 3


@dataclass(frozen=True, slots=True)
class Explained:
    """What a search found: explanations, each one fault or more as (mistake id, detail), best first; and what it ruled out.

    `holds` says that the signature is right as it is, so that whatever was refused lies elsewhere.
    """

    explanations: tuple[Faults, ...]
    ruled_out: tuple[str, ...]
    tried: int
    holds: bool = False


def search(
    provider: Provider,
    schemes: Sequence[Scheme],
    secrets: Sequence[Secret],
    others: Sequence[Secret],
    material: Material,
    budget: Budget,
    clock: Callable[[], float],
    progress: Callable[[int], None] | None = None,
) -> Explained:
    """Search the mistakes of each scheme and secret in turn until one explains what was received or the budget is spent."""
    meter = Meter(budget, clock, progress, clock())
    try:
        for scheme in schemes:
            for secret in secrets[:MAX_SECRETS]:
                rest = [one for one in (*secrets, *others) if one.value != secret.value]
                if not (meter.found or meter.holds):
                    _search_one(provider, scheme, secret, rest, material, meter)
    except Exhausted:
        if not meter.found:
            meter.ruled_out.append(f"the search stopped at its limit, after {meter.tried - 1} candidates")
    ruled_out = () if meter.found or meter.holds else tuple(dict.fromkeys(meter.ruled_out))
    return Explained(tuple(sorted(meter.found, key=_unlikeliness)[:4]), ruled_out, meter.tried, meter.holds)


def _unlikeliness(faults: Faults) -> tuple[int, bool]:
    """Fewer mistakes are likelier; and a newline between message and end is likelier the body's than a separator."""
    return len(faults), any(mistake == "message-separator" and "\\n" in detail for mistake, detail in faults)


def _search_one(
    provider: Provider, scheme: Scheme, secret: Secret, rest: Sequence[Secret], material: Material, meter: Meter
) -> None:
    if scheme.kind in ("token", "basic", "jwt"):
        look = search_jwt if scheme.kind == "jwt" else search_token
        for faults in look(provider, scheme, secret, rest, material, meter.tick):
            meter.find(faults)
        return
    readings = read_leniently(scheme, material.facts)
    for timestamp in stated_times(scheme, material.facts)[:MAX_TIMES]:
        start = material.but(timestamp=timestamp.encode("latin-1", "replace"))
        if readings and scheme.items:
            start.item = readings[0].item
            readings = [reading for reading in readings if reading.item is start.item]
        if scheme.id:
            start.id = material.look(scheme.id).encode("latin-1", "replace")
        if not (meter.found or meter.holds):
            Question(provider, scheme, secret, rest, start, readings, meter).answer()


class Question:
    """One scheme, one secret, one delivery: what is tried, and against what."""

    def __init__(
        self,
        provider: Provider,
        scheme: Scheme,
        secret: Secret,
        others: Sequence[Secret],
        material: Material,
        readings: Sequence[Reading],
        meter: Meter,
    ) -> None:
        self.provider, self.scheme, self.secret, self.others = provider, scheme, secret, others
        self.material, self.meter, self.readings = material, meter, readings
        self.received = {reading.digest: reading for reading in readings}
        self.is_public = scheme.kind in ASYMMETRIC
        self.right_key = secret.value if self.is_public else key_of(scheme, secret.value)
        self.bodies: list[Change] = []

    def answer(self) -> None:
        """Find every explanation of the least number of mistakes: of form alone, single ones, pairs."""
        for phase in (self._as_it_is, self._single, self._likely_pairs, self._cut_secret, self._all_pairs):
            phase()
            if self.meter.found or self.meter.holds:
                return

    def _as_it_is(self) -> None:
        """No other mistake than the header's form: a wrong prefix or encoding, a cut signature."""
        if self.right_key is None:
            return
        for version in official_versions(self.scheme, self.material):
            reading = self._try((), version)
            if reading is not None and reading.faults:
                self.meter.find(reading.faults)
            elif reading is not None:
                self.meter.holds = True
                return
            elif not self.is_public and (fault := self._truncated(version)):
                self.meter.find((fault,))

    def _truncated(self, version: Material) -> tuple[str, str] | None:
        if self.right_key is None:
            return None
        message = build_message(self.scheme.message, version, self.right_key)
        expected = encode_digest(self.scheme, digest_of(self.scheme, self.right_key, message)).decode("ascii")
        for text in raw_texts(self.scheme, self.material.facts):
            is_cut = LEAST_TRUNCATED <= len(text) < len(expected.rstrip("=")) and expected.startswith(text)
            if is_cut:
                return "signature-truncated", f"only {len(text)} of {len(expected)} characters"
        return None

    def _single(self) -> None:
        for name, changes in self._kinds_by_name():
            count = 0
            for change in changes:
                count += 1
                self._find((change,))
            if count:
                self.meter.ruled_out.append(f"{name}, in {count} other forms")

    def _kinds_by_name(self) -> Iterator[tuple[str, Iterable[Change]]]:
        yield "the secret", key_changes(self.scheme, self.provider, self.secret, self.others)
        yield "the message's parts, order and separators", message_changes(self.scheme, self.material)
        yield "the URL and method", address_changes(self.scheme, self.material)
        yield "the algorithm", algorithm_changes(self.scheme, self.material, self.received)
        yield "the body", self._bodies()

    def _bodies(self) -> Iterator[Change]:
        """Changes of the body, remembered for pairs as far as memory allows."""
        kept = 0
        for change in body_changes(self.scheme, self.material):
            kept += len(change.value)
            if kept <= KEPT_BODY_BYTES:
                self.bodies.append(change)
            yield change

    def _kinds(self) -> Kinds:
        keys = list(key_changes(self.scheme, self.provider, self.secret, self.others))
        messages = list(message_changes(self.scheme, self.material))
        messages += algorithm_changes(self.scheme, self.material, self.received)
        return Kinds(keys, messages, list(address_changes(self.scheme, self.material)), self.bodies)

    def _likely_pairs(self) -> None:
        self._first_pair(self._kinds().likely())

    def _all_pairs(self) -> None:
        self._first_pair(self._kinds())
        self.meter.ruled_out.append(f"combinations of two of these ({self.meter.tried} candidates in all)")

    def _first_pair(self, kinds: Kinds) -> None:
        """The first pair that explains what was received; more would be the same in other words."""
        for pair in pairs_of(kinds, self.scheme, self.provider, self.secret, self.material):
            if self._find(pair):
                return

    def _cut_secret(self) -> None:
        if self.is_public or len(self.material.body) > MOST_COMPLETED_BYTES:
            return
        for mistake, detail, text in completions(self.secret.value):
            key = key_of(self.scheme, text)
            if key is not None and self._find((Change(mistake, detail, "key", key),)):
                return

    def _find(self, changes: Sequence[Change]) -> bool:
        """Try changes together and keep them where they explain what was received."""
        reading = self._try(changes, self.material)
        if reading is not None:
            self.meter.find((*(change.fault for change in changes), *reading.faults))
        return reading is not None

    def _try(self, changes: Sequence[Change], material: Material) -> Reading | None:
        """The received reading that the changes reproduce, if any."""
        self.meter.tick()
        key, template, algorithm = self.right_key, self.scheme.message, None
        values = {}
        for change in changes:
            if change.part == "key":
                key = change.value
            elif change.part == "template":
                template = change.value
            elif change.part == "algorithm":
                algorithm = change.value
            else:
                values[change.part] = change.value
        if key is None:
            return None
        if values:
            material = material.but(**values)
        if self.is_public:
            return self._try_public(key, template, algorithm, material)
        message = build_message(template, material, key)
        digest = algorithm(key, message) if algorithm else digest_of(self.scheme, key, message)
        return self.received.get(digest)

    def _try_public(self, key: bytes, template: str, algorithm: str | None, material: Material) -> Reading | None:
        from hookscope.signatures import asymmetric  # loads the cryptography library, which few schemes need

        public = asymmetric.load_public(self.scheme.kind, key)
        if public is None:
            return None
        message = build_message(template, material, b"")
        for reading in self.readings:
            if asymmetric.check(public, reading.digest, message, algorithm or algorithm_of(self.scheme, material)):
                return reading
        return None
