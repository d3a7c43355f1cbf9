"""Finds what turns a handler's answer between two captures: sends mixtures of them, signed anew,
until the smallest difference is left."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace

from hookscope.model.capture import Attempt, Capture
from hookscope.providers.provider import Provider, Scheme
from hookscope.secrets.resign import resign
from hookscope.tools.bisect.ddmin import Outcome, Smallest, bisect
from hookscope.tools.bisect.mixtures import Requests
from hookscope.tools.bisect.words import difference_in_words
from hookscope.tools.diff.difference import Difference
from hookscope.tools.probe.probe import said
from hookscope.tools.replay.proof import Experiment, build_finding
from hookscope.tools.replay.trials import Tries
from hookscope_relay.delivery import Delivery
from hookscope_relay.errors import InputError

MOST_TOLD = 3
ACCEPTED = "accepted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bisected:
    """What was found, what the two requests are answered now, and what the trials were signed with (empty: nothing)."""

    found: Smallest[Difference]
    differences: tuple[Difference, ...]
    good_said: str
    bad_said: str
    note: str = ""
    good_accepted: bool = True
    bad_accepted: bool = False


class Bisecter:
    """Bisects the difference between two captures through `tries`; every trial is an attempt of the failing one."""

    def __init__(self, tries: Tries, told: Callable[[int], None] = lambda _: None) -> None:
        self._tries = tries
        self._told = told

    async def run(
        self, good: Capture, bad: Capture, number: int, *, max_sends: int, repeats: int = 1, resigned: bool = True
    ) -> Bisected:
        """Bisect, and keep what matters as a finding; `number` is the failing capture's.

        InputError where the requests do not differ; other errors as of `Tries.send`.
        """
        provider = self._provider(bad) or self._provider(good)
        note = self._signing(bad.delivery, provider) if resigned else ""
        requests = Requests(good.delivery, bad.delivery, _made_anew(provider) if note else ())
        if not requests.differences:
            raise InputError(
                "the two requests do not differ in anything that is sent",
                "the handler's state or the time made the difference",
            )
        trials = _Trials(self, bad, number, requests, provider if note else None)
        found = await bisect(requests.differences, trials.send, max_sends=max_sends, repeats=repeats)
        if found.found and found.complete:
            await self._keep_proof(bad, found, trials)
        return Bisected(
            found=found,
            differences=requests.differences,
            good_said=said(trials.first.get("good")),
            bad_said=said(trials.first.get("bad")),
            note=note,
            good_accepted=trials.wanted == ACCEPTED,
            bad_accepted="bad" in trials.first and trials.first["bad"].is_accepted,
        )

    async def _keep_proof(self, bad: Capture, found: Smallest[Difference], trials: _Trials) -> None:
        """Keep what matters as a finding of the failing capture."""
        good, store = trials.last_good, self._tries.attempts.store
        if good is None:
            return
        matters = "; ".join(difference_in_words(difference) for difference in found.causes[:MOST_TOLD])
        proof = Experiment(
            code="",
            text=f"{_turn(good, trials.first.get('bad'))}: {matters}",
            hint="Compare this with a delivery that is accepted, and let the handler take it or the sender change it"
            if good.is_accepted
            else "Both are refused: mend what this one meets first, then what the other one meets",
            how=f"without it: {said(good)}; with it: {said(trials.first.get('bad'))}; {found.sends} sends",
            attempt=good.number,
        )
        findings = await asyncio.to_thread(store.findings, bad.delivery.id)
        await store.keep_proofs(bad.delivery.id, (build_finding(proof, findings),), good.number)

    async def send(self, capture: Capture, number: int, delivery: Delivery, provider: Provider | None) -> Attempt:
        """One trial."""
        now = time.time()
        if provider is not None:
            delivery = resign(
                delivery, provider, self._tries.secrets, self._tries.places, now, self._tries.params
            ).delivery
            delivery = replace(delivery, received_at=now)
        self._told(1)
        return await self._tries.send(capture, number, delivery)

    def _provider(self, capture: Capture) -> Provider | None:
        explainer = self._tries.attempts.explainer
        return explainer.providers.get(explainer.recognise(capture.delivery).provider or capture.provider)

    def _signing(self, delivery: Delivery, provider: Provider | None) -> str:
        """What trials are signed with; empty where nothing can be signed."""
        try:
            return resign(
                delivery, provider, self._tries.secrets, self._tries.places, time.time(), self._tries.params
            ).note
        except InputError:
            return ""


def _turn(good: Attempt, bad: Attempt | None) -> str:
    """What a difference does, in words."""
    if good.is_accepted:
        return "Only this makes the handler refuse it"
    return f"Only this turns {said(good)} into {said(bad)}"


def _key(attempt: Attempt) -> str:
    """What counts as the same answer: every acceptance is one."""
    return ACCEPTED if attempt.is_accepted else said(attempt)


class _Trials:
    """The trials of one search; the answers of the two requests themselves decide what counts as good and as bad."""

    def __init__(
        self, bisecter: Bisecter, capture: Capture, number: int, requests: Requests, provider: Provider | None
    ) -> None:
        self._bisecter = bisecter
        self._capture = capture
        self._number = number
        self._requests = requests
        self._provider = provider
        self._good: Counter[str] = Counter()
        self._bad: set[str] = set()
        self.first: dict[str, Attempt] = {}
        self.last_good: Attempt | None = None

    async def send(self, chosen: frozenset[int]) -> Outcome:
        differences = self._requests.differences
        mixed = self._requests.compose({differences[index] for index in chosen})
        attempt = await self._bisecter.send(self._capture, self._number, mixed, self._provider)
        key, is_bad_itself = _key(attempt), len(chosen) == len(differences)
        if not chosen:
            self.first.setdefault("good", attempt)
            self._good[key] += 1
        if is_bad_itself:
            self.first.setdefault("bad", attempt)
        if key == self.wanted:
            # The last ones are nearest to the failing request.
            self.last_good = attempt
            return "good"
        if is_bad_itself and key == ACCEPTED:
            return "good"
        if is_bad_itself:
            self._bad.add(key)
        # Before the bad request was sent for the first time every other answer may be its own.
        return "bad" if not self._bad or key in self._bad else "other"

    @property
    def wanted(self) -> str:
        """The good request's answer: its commonest, and an acceptance where there ever was one,
        since a refusal then was a whim."""
        return ACCEPTED if ACCEPTED in self._good else next((key for key, _ in self._good.most_common(1)), ACCEPTED)


def _made_anew(provider: Provider | None) -> tuple[str, ...]:
    """The headers that signing writes."""
    return tuple(name.lower() for scheme in provider.schemes for name in _headers(scheme)) if provider else ()


def _headers(scheme: Scheme) -> tuple[str, ...]:
    place = scheme.timestamp
    return (*scheme.headers, *((place.removeprefix("header."),) if place.startswith("header.") else ()))
