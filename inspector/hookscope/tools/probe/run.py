"""Runs probes: plans them for a capture that failed, sends them one after another, and says what they proved."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from hookscope.attempts.explain import Question
from hookscope.model.capture import Capture
from hookscope.model.edits import edit
from hookscope.model.finding import Finding
from hookscope.model.secret import Secret
from hookscope.providers.provider import Provider
from hookscope.secrets.kept import is_candidate
from hookscope.secrets.project_env import read_project_env
from hookscope.secrets.resign import resign
from hookscope.signatures.verification import verify
from hookscope.tools.check.misreads import with_body
from hookscope.tools.probe.conclude import conclude
from hookscope.tools.probe.plan import CONTROL, Situation, build_plan
from hookscope.tools.probe.probe import Conclusion, Probe, ProbeOutcome
from hookscope.tools.probe.proofs import proved_findings, proving_attempt
from hookscope.tools.replay.trials import Tries
from hookscope_relay.delivery import Delivery
from hookscope_relay.errors import InputError


@dataclass(frozen=True, slots=True)
class Probed:
    """What came of the probes, and what that proves."""

    outcomes: tuple[ProbeOutcome, ...]
    conclusions: tuple[Conclusion, ...]


class Prober:
    """Probes captures through `tries`. Plan first, show the plan, then run it."""

    def __init__(self, tries: Tries) -> None:
        self._tries = tries

    def plan(self, capture: Capture, *, direct: str = "", only: Sequence[str] = ()) -> tuple[Probe, ...]:
        """The probes for a capture; nothing is sent.

        InputError where its last attempt was accepted and `only` names none.
        """
        return build_plan(self._situation(capture, direct), only)

    async def run(
        self,
        capture: Capture,
        number: int,
        probes: Sequence[Probe],
        told: Callable[[ProbeOutcome], None] = lambda _: None,
    ) -> Probed:
        """Send the probes one after another; `told` hears of each outcome.

        What they prove is kept as findings. Errors as of `Tries.send`.

        Where one was accepted the unchanged delivery goes once more at the end: what is accepted by then too proves
        nothing.
        """
        outcomes: list[ProbeOutcome] = []
        for probe in probes:
            outcome = await self._send(capture, number, probe)
            outcomes.append(outcome)
            told(outcome)
        if not outcomes[0].accepted and any(one.accepted and one.probe.name != "options" for one in outcomes):
            outcomes.append(await self._send(capture, number, CONTROL))
        conclusions = conclude(self._situation(capture), outcomes)
        await self._keep_proofs(capture, conclusions, outcomes)
        return Probed(tuple(outcomes), conclusions)

    async def _keep_proofs(
        self, capture: Capture, conclusions: Sequence[Conclusion], outcomes: Sequence[ProbeOutcome]
    ) -> None:
        """Keep what was proved as findings of the capture."""
        store = self._tries.attempts.store
        findings = await asyncio.to_thread(store.findings, capture.delivery.id)
        proved = proved_findings(conclusions, outcomes, findings)
        await store.keep_proofs(capture.delivery.id, proved, proving_attempt(conclusions, outcomes))

    async def _send(self, capture: Capture, number: int, probe: Probe) -> ProbeOutcome:
        delivery, note = self._build(capture, probe)
        attempt = await self._tries.send(capture, number, delivery, to=probe.to, preserve_host=probe.preserve_host)
        attempts = self._tries.attempts
        forwarder = await self._tries.forwarder(capture, probe.to)
        question = Question(
            delivery=delivery,
            number=number,
            recognition=attempts.explainer.recognise(delivery),
            attempt=attempt,
            handler=forwarder.handler,
        )
        explained = await attempts.explain(question)
        return ProbeOutcome(probe, attempt, note, _best(explained.findings))

    def _build(self, capture: Capture, probe: Probe) -> tuple[Delivery, str]:
        """The probe's delivery, and what it was signed with."""
        changed = edit(capture.delivery, probe.edits)
        situation = self._situation(capture)
        secrets = (probe.secret,) if probe.secret else situation.secrets
        if not probe.sign or not secrets:
            return changed, ""
        now, misread = time.time(), probe.misread
        signed_over = replace(changed, body=misread.body, url=misread.url or changed.url) if misread else changed
        scheme = misread.scheme if misread else None
        try:
            signed = resign(
                signed_over, situation.provider, secrets, self._tries.places, now, self._tries.params, scheme
            )
        except InputError:  # what cannot be signed is sent as it was
            return changed, ""
        sent = replace(with_body(signed.delivery, changed), url=changed.url) if misread else signed.delivery
        return replace(sent, received_at=now), signed.note

    def _ours(self, delivery: Delivery, provider: Provider) -> tuple[Secret, ...]:
        """The provider's secrets: the one first that this delivery is signed with, candidates last."""
        own = [secret for secret in self._tries.secrets if secret.provider in (provider.name, "")]

        def rank(secret: Secret) -> tuple[bool, bool]:
            verdict = verify(delivery, provider, (secret,), delivery.received_at, delivery.url, self._tries.params)
            return verdict.state != "verified", is_candidate(secret)

        return tuple(sorted(own, key=rank))

    def _situation(self, capture: Capture, direct: str = "") -> Situation:
        explainer = self._tries.attempts.explainer
        name = explainer.recognise(capture.delivery).provider or capture.provider
        provider = explainer.providers.get(name)
        secrets = self._ours(capture.delivery, provider) if provider else ()
        return Situation(
            capture=capture,
            provider=provider,
            secrets=secrets,
            in_env=read_project_env(name, secrets[0], os.environ) if secrets else (),
            direct=direct,
        )


def _best(findings: Sequence[Finding]) -> Finding | None:
    return next((finding for finding in findings if finding.severity != "info"), None)
