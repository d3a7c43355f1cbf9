"""A series of a sample's events: each step of a plan becomes a delivery, good or spoilt."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

from hookscope.model.edits import UNCHANGED, Edits
from hookscope.model.secret import Secret
from hookscope.providers.provider import Provider
from hookscope.tools.samples.build import UNSIGNED, SampleEvent, Signing, build_sample
from hookscope.tools.samples.sample import Sample
from hookscope.tools.samples.spoil import tamper
from hookscope.tools.samples.steps import Step
from hookscope_relay.delivery import Delivery


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """What all deliveries of a plan have in common.

    `seed` makes the events of a series unlike those of any other; with `one_object` all are of the same object.
    `stale_s` is how long before its sending each is signed, `checking` are the secrets that verify, which tampering
    needs to know.
    """

    sample: Sample
    provider: Provider
    url: str
    seed: bytes
    started_at: float
    signing: Signing = UNSIGNED
    edits: Edits = UNCHANGED
    one_object: bool = False
    tampered: bool = False
    stale_s: float = 0.0
    checking: tuple[Secret, ...] = ()

    def build(self, step: Step, attempt: int, now: float, randomness: bytes) -> Delivery:
        """The delivery of a step's event at its attempt (from 1), sent now; `randomness` is 10 bytes for its id."""
        event = SampleEvent(
            seed=hashlib.sha256(self.seed + str(step.event).encode()).digest(),
            at=self.started_at + step.happened_at_s - self.stale_s,
            object_seed=self.seed if self.one_object else b"",
            attempt=attempt,
            items=step.items,
        )
        delivery = build_sample(
            self.sample,
            self.provider,
            event,
            now=now,
            randomness=randomness,
            url=self.url,
            signing=replace(self.signing, at=now - self.stale_s),
            edits=self.edits,
        )
        return tamper(delivery, self.provider, self.checking, self.signing.params) if self.tampered else delivery
