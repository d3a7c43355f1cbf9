"""What is tried with one scheme and one secret: each mistake is put in place,
and counts where that gives a signature that was received."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

from hookscope.model.secret import Secret
from hookscope.providers.provider import ASYMMETRIC, Provider, Scheme
from hookscope.signatures.canonical import algorithm_of, body_bound, stated_hash
from hookscope.signatures.digests import digest_of, encode_digest
from hookscope.signatures.keys import key_of
from hookscope.signatures.material import Material
from hookscope.signatures.mistakes.budget import Meter
from hookscope.signatures.mistakes.changes import (
    Change,
    address_changes,
    algorithm_changes,
    body_changes,
    key_changes,
    message_changes,
)
from hookscope.signatures.mistakes.lost_digits import guesses
from hookscope.signatures.mistakes.of_escapes import expansion_mistakes
from hookscope.signatures.mistakes.of_headers import DigestReading, Faults, raw_texts
from hookscope.signatures.mistakes.of_secrets import completions
from hookscope.signatures.mistakes.pairs import Kinds, pairs_of
from hookscope.signatures.receive import applies
from hookscope.signatures.templates import build_message
from hookscope.signatures.verification import official_versions

LEAST_TRUNCATED = 8
MOST_COMPLETED_BYTES = 1 << 16


class Trial:
    """One scheme, one secret, one delivery: what is tried, and against what.

    `judged` is the scheme of the verdict to be explained.
    """

    def __init__(
        self,
        provider: Provider,
        scheme: Scheme,
        secret: Secret,
        others: Sequence[Secret],
        material: Material,
        readings: Sequence[DigestReading],
        meter: Meter,
        judged: Scheme,
    ) -> None:
        self.provider, self.scheme, self.secret, self.others = provider, scheme, secret, others
        self.material, self.meter, self.readings = material, meter, readings
        self.judged = judged
        self.received = {reading.digest: reading for reading in readings}
        self.is_public = scheme.kind in ASYMMETRIC
        self.right_key = secret.value if self.is_public else key_of(scheme, secret.value)
        self.bodies: list[Change] = []
        self.unannounced = self._unannounced()
        # Of a scheme beside the one that was judged: its signature is right, and explains nothing of the other's.
        self.is_settled = False

    def _unannounced(self) -> Faults:
        """The mistake in itself of a scheme of the judged one's header that the headers beside it do not announce."""
        scheme, judged = self.scheme, self.judged
        if scheme == judged or scheme.headers != judged.headers or applies(scheme, self.material.facts):
            return ()
        is_other = (scheme.algorithm, scheme.kind) != (judged.algorithm, judged.kind)
        how = f"the signature is that of {scheme.name}, which the headers do not announce"
        return (("algorithm-other" if is_other else "header-malformed", how),)

    def as_it_is(self) -> None:
        """No other mistake than the header's form: a wrong prefix or encoding, a cut signature."""
        if self.right_key is None:
            return
        for version in official_versions(self.scheme, self.material):
            reading = self._try((), version)
            if reading is not None and reading.faults:
                self.meter.find((*reading.faults, *self.unannounced))
            elif reading is not None:
                self._holds()
                return
            elif not self.is_public and (fault := self._truncated(version)):
                self.meter.find((fault,))

    def _holds(self) -> None:
        """The signature is right as it is: an explanation where the headers announce another scheme of the same
        header."""
        if self.scheme == self.judged:
            self.meter.holds = True
        elif self.unannounced:
            self.meter.find(self.unannounced)
        else:
            self.is_settled = True

    def unbound_body(self) -> None:
        """Twilio's URL is rightly signed, and the hash in it is that of another body."""
        if "{form}" not in self.scheme.message or body_bound(self.material):
            return
        if self._try((), self.material) is None:
            return
        self.meter.holds = True
        stated = stated_hash(self.material).encode("utf-8", "replace")
        for change in body_changes(self.material):
            self.meter.tick()
            if hashlib.sha256(change.value).hexdigest().encode("ascii") == stated:
                self.meter.find((change.fault,))
                return

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

    def single(self) -> None:
        """Every single mistake but those of the body."""
        kinds: tuple[tuple[str, Iterable[Change]], ...] = (
            ("the secret", key_changes(self.scheme, self.provider, self.secret, self.others)),
            ("the message's parts, order and separators", message_changes(self.scheme, self.material)),
            ("the URL and method", address_changes(self.scheme, self.material)),
            ("the algorithm", algorithm_changes(self.scheme, self.material, self.received)),
        )
        for name, changes in kinds:
            tried = [self._find((change,)) for change in changes]
            self.meter.rule_out(name, len(tried))

    def try_body(self, change: Change, keep: bool) -> None:
        """Try a change of the body, and remember it for pairs where memory allows."""
        if keep:
            self.bodies.append(change)
        self._find((change,))

    def _kinds(self) -> Kinds:
        keys = list(key_changes(self.scheme, self.provider, self.secret, self.others))
        messages = list(message_changes(self.scheme, self.material))
        messages += algorithm_changes(self.scheme, self.material, self.received)
        return Kinds(keys, messages, list(address_changes(self.scheme, self.material)), self.bodies)

    def likely_pairs(self) -> None:
        self._first_pair(self._kinds().likely())

    def all_pairs(self) -> None:
        self._first_pair(self._kinds())
        self.meter.ruled_out.append(f"combinations of two of these ({self.meter.tried} candidates in all)")

    def _first_pair(self, kinds: Kinds) -> None:
        """The first pair that explains what was received; more would be the same in other words."""
        for pair in pairs_of(kinds, self.scheme, self.provider, self.secret, self.material):
            if self._find(pair):
                return

    def expanded_secret(self) -> None:
        if self.is_public or len(self.material.body) > MOST_COMPLETED_BYTES:
            return
        for mistake, detail, text in expansion_mistakes(self.secret.value):
            key = key_of(self.scheme, text)
            if key is not None and self._find((Change(mistake, detail, "key", key),)):
                return

    def cut_secret(self) -> None:
        if self.is_public or len(self.material.body) > MOST_COMPLETED_BYTES:
            return
        for mistake, detail, text in completions(self.secret.value):
            key = key_of(self.scheme, text)
            if key is not None and self._find((Change(mistake, detail, "key", key),)):
                return

    def lost_digits(self) -> None:
        """The digits of numbers that a parser lost, guessed: too many to be tried together with anything else."""
        if self.is_public or "{body}" not in self.scheme.message:
            return
        for detail, body in guesses(self.material.body):
            if self._find((Change("body-number-changed", detail, "body", body),)):
                return

    def _find(self, changes: Sequence[Change]) -> bool:
        """Try changes together and keep them where they explain what was received."""
        reading = self._try(changes, self.material)
        if reading is not None:
            self.meter.find((*(change.fault for change in changes), *reading.faults, *self.unannounced))
        return reading is not None

    def _try(self, changes: Sequence[Change], material: Material) -> DigestReading | None:
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

    def _try_public(self, key: bytes, template: str, algorithm: str | None, material: Material) -> DigestReading | None:
        from hookscope.signatures import asymmetric  # loads the cryptography library, which few schemes need

        public = asymmetric.load_public(self.scheme.kind, key)
        if public is None:
            return None
        message = build_message(template, material, b"")
        for reading in self.readings:
            if asymmetric.check(public, reading.digest, message, algorithm or algorithm_of(self.scheme, material)):
                return reading
        return None
