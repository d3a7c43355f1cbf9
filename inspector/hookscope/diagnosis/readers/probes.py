"""What probes prove: the same delivery sent again with one thing changed, and accepted, names the cause."""

from __future__ import annotations

from collections.abc import Iterator

from hookscope.diagnosis import conditions
from hookscope.diagnosis.case import Case
from hookscope.diagnosis.marks import status_evidence
from hookscope.diagnosis.readings import Reading
from hookscope.diagnosis.urls import host_name, same_but_slash, split
from hookscope.diagnosis.views import AnswerView
from hookscope.model.capture import Attempt
from hookscope.model.finding import Evidence

# Both are certain: what the probe changed is all that differed.
CERTAIN = 0.995


def readings(case: Case, answer: AnswerView) -> Iterator[Reading]:
    """A reading for each accepted probe that changed the final slash or the Host."""
    if 200 <= answer.status < 300:
        return
    for number, probe in enumerate(case.probes, 1):
        if probe.answer is None or not 200 <= probe.answer.status < 300:
            continue
        fact = Evidence(f"probe {number} of {probe.handler_url[:160]} was answered {probe.answer.status}", "probes")
        evidence = (status_evidence(answer), fact)
        path = _path(probe)
        if same_but_slash(path, conditions.sent_path(case)):
            cause = "trailing-slash-redirect" if 300 <= answer.status < 400 else "trailing-slash-mismatch"
            hint = f"Register the URL with the path {path}: a probe of it was accepted"
            yield Reading(cause=cause, layer="framework", confidence=CERTAIN, evidence=evidence, hint=hint, own=True)
        elif (host := _host(probe)) and host_name(host) != host_name(case.host):
            cause = "host-route-mismatch" if answer.status == 404 else "host-not-allowed"
            hint = f"Send Host: {host} (a probe with it was accepted), or allow {case.host[:80]}"
            yield Reading(cause=cause, layer="framework", confidence=CERTAIN, evidence=evidence, hint=hint, own=True)


def _path(probe: Attempt) -> str:
    return (probe.request.target.partition("?")[0] if probe.request else "") or split(probe.handler_url).path or "/"


def _host(probe: Attempt) -> str:
    headers = probe.request.headers if probe.request else ()
    return next((value for name, value in headers if name.lower() == "host"), "")
