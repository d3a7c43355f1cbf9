"""Which mistake explains a signature that does not hold:
searches the known ones and reports those that reproduce what was received.

The search is bounded in time and number, takes its clock as a function, and goes from single mistakes to pairs of two;
the same delivery always gives the same answer as long as the time suffices.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from hookscope.model.secret import Secret
from hookscope.model.verdict import Mistake, Verdict
from hookscope.providers.facts import Facts
from hookscope.providers.provider import Provider, Scheme
from hookscope.providers.registry import Providers
from hookscope.signatures.canonical import stated_hash
from hookscope.signatures.material import NO_PARAMETERS, Material
from hookscope.signatures.mistakes import plain_evidence
from hookscope.signatures.mistakes.budget import Budget
from hookscope.signatures.mistakes.changes import URL_PARTS, covers_body
from hookscope.signatures.mistakes.fixes import FIXES
from hookscope.signatures.mistakes.of_headers import Faults
from hookscope.signatures.mistakes.search import SearchResult, search
from hookscope.signatures.verification import SchemeOutcome, judge, present, to_verdict
from hookscope_relay.delivery import Delivery

SURE = 0.99
PAIR = 0.95
DIRECT = 0.9
UNEXPLAINED = 0.3
MIRRORED = 0.4
DOUBTFUL = 0.5
DEFAULT_BUDGET = Budget()

# Two names of one fact, by which side one looks from: what the signer had less, the checker has more.
MIRRORS = {
    "body-newline-added": "body-newline-removed",
    "body-newline-removed": "body-newline-added",
    "body-compressed": "body-decompressed",
    "body-decompressed": "body-compressed",
}


def explain(
    delivery: Delivery,
    provider: Provider,
    secrets: Sequence[Secret],
    now: float,
    others: Sequence[Secret] = (),
    url: str = "",
    params: Mapping[str, str] = NO_PARAMETERS,
    budget: Budget = DEFAULT_BUDGET,
    clock: Callable[[], float] = time.monotonic,
    progress: Callable[[int], None] | None = None,
    providers: Providers | None = None,
) -> Verdict:
    """The verdict of `verify`, and where it is no good the mistakes that explain it, best first, or what was ruled out.

    `others` are secrets that may have been meant instead (of other providers, environments, times). `progress` is
    called now and then with the number of candidates tried.
    """
    facts = Facts(delivery)
    outcome = judge(facts, provider, secrets, now, Material(facts, url, params))
    verdict = to_verdict(provider, outcome)
    verdict = replace(verdict, notes=plain_evidence.notes(provider, outcome, secrets, now))
    if verdict.state in ("verified", "no-secret"):
        return verdict
    if outcome is None:
        return replace(verdict, mistakes=_mistakes(plain_evidence.unsigned(provider, facts, providers), DIRECT))
    if outcome.reason in ("stale", "from-the-future"):
        return replace(verdict, mistakes=_mistakes(plain_evidence.out_of_time(outcome, facts), SURE))
    if outcome.reason == "parameter-missing":
        return replace(verdict, notes=(outcome.detail, *verdict.notes))
    return _searched(verdict, provider, secrets, others, outcome, Material(facts, url, params), budget, clock, progress)


def _searched(
    verdict: Verdict,
    provider: Provider,
    secrets: Sequence[Secret],
    others: Sequence[Secret],
    outcome: SchemeOutcome,
    material: Material,
    budget: Budget,
    clock: Callable[[], float],
    progress: Callable[[int], None] | None,
) -> Verdict:
    facts = material.facts
    ours = [secret for secret in secrets if not secret.provider or secret.provider == provider.name]
    known = {secret.value for secret in ours}
    public = [Secret(provider.name, "for test deliveries", value) for value in provider.secret.known]
    foreign = [
        secret
        for secret in (*others, *(one for one in secrets if one not in ours), *public)
        if secret.value not in known
    ]
    schemes = [outcome.scheme, *(scheme for scheme in present(provider, facts) if scheme != outcome.scheme)]
    candidates = [scheme for scheme in schemes if not scheme.explicit or scheme == outcome.scheme]
    found = search(provider, candidates[:4], ours, foreign, material, budget, clock, progress)
    if found.explanations:
        return replace(verdict, mistakes=_ranked(found))
    tokens = plain_evidence.api_token(provider, ours) or plain_evidence.key_of_other_kind(provider, ours)
    direct = (
        *tokens,
        *plain_evidence.wrong_key(outcome, ours),
        *plain_evidence.cut_signature(outcome, facts, ours),
    )
    shown = direct or plain_evidence.placeholder(ours) or plain_evidence.malformed(outcome, facts)
    mistakes = _mistakes(shown, DIRECT) or (_unexplained(outcome.scheme, material),)
    doubts = plain_evidence.doubtful_key(provider, ours)
    if doubts and not shown:
        mistakes = (_of_other_kind(doubts[0]), *mistakes)
    return replace(verdict, mistakes=mistakes, ruled_out=found.ruled_out, notes=(*verdict.notes, *doubts))


def _unexplained(scheme: Scheme, material: Material) -> Mistake:
    """What is left where nothing reproduces the signature: the body or the secret;
    the secret alone where the body is not signed."""
    if scheme.kind in ("token", "basic"):
        told = "what the sender brings is the secret itself, and not the one that is configured; nothing is signed"
        return Mistake(id="secret-wrong", confidence=SURE, detail=told, fix=FIXES["secret-wrong"])
    if covers_body(scheme, material) or stated_hash(material):
        what, detail = "body-changed", "the body was altered, or the secret is wrong"
    elif any(part in scheme.message for part in URL_PARTS):
        what, detail = "secret-wrong", "the secret is wrong, or the sender called another URL; the body is not signed"
    else:
        what, detail = "secret-wrong", "the secret is wrong, or what is signed was altered; the body is not signed"
    told = f"no known mistake reproduces the signature: {detail}"
    return Mistake(id=what, confidence=UNEXPLAINED, detail=told, fix=FIXES[what])


def _of_other_kind(told: str) -> Mistake:
    """Perhaps another key of the provider; what its form says is the advice."""
    return Mistake(id="secret-of-other-kind", confidence=DOUBTFUL, detail=told, fix=FIXES["secret-of-other-kind"])


def _ranked(found: SearchResult) -> tuple[Mistake, ...]:
    """Explanations as mistakes: those of the first one, then what else gives the very same signature,
    with less confidence."""
    ranked: dict[str, Mistake] = {}
    for position, faults in enumerate(_distinct(found.explanations)):
        confidence = (SURE if len(faults) < 2 else PAIR) / (1 + position)
        for mistake, detail in faults:
            if mistake not in ranked:
                told = detail if len(faults) < 2 else f"{detail}; together with {_rest(faults, mistake)}"
                ranked[mistake] = Mistake(
                    id=mistake, confidence=round(confidence, 2), detail=told, fix=FIXES.get(mistake, "")
                )
    for mistake, mirrored in MIRRORS.items():
        if mistake in ranked and mirrored not in ranked:
            told = f"the same from the other side: {ranked[mistake].detail}"
            ranked[mirrored] = Mistake(id=mirrored, confidence=MIRRORED, detail=told, fix=FIXES[mirrored])
    return tuple(ranked.values())


def _distinct(explanations: Sequence[Faults]) -> list[Faults]:
    """The explanations but those that are a simpler one and something more."""
    kept: list[Faults] = []
    for faults in explanations:
        if not any(set(simpler) < set(faults) for simpler in kept):
            kept.append(faults)
    return kept


def _rest(faults: Sequence[tuple[str, str]], mistake: str) -> str:
    return ", ".join(name for name, _ in faults if name != mistake) or "another of the same kind"


def _mistakes(faults: Sequence[tuple[str, str]], confidence: float) -> tuple[Mistake, ...]:
    return tuple(
        Mistake(id=mistake, confidence=confidence, detail=detail, fix=FIXES.get(mistake, ""))
        for mistake, detail in faults
    )
