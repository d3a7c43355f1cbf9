"""Attribution: of everything that the outcome may mean, the reading that the evidence supports best.

Readers propose; the highest confidence wins, with an advantage for a product's own marks, the earlier one among equals.
Our own answers are certain. What a failed attempt means is read from its failure alone; an answer is read from marks of
products, from its form, and from its words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TypeAlias

from hookscope.diagnosis import conditions, conditions_of_answers, conditions_of_signatures, marks, ordinary
from hookscope.diagnosis.calibration import calibrated
from hookscope.diagnosis.case import Case
from hookscope.diagnosis.conditions_of_answers import names_no_exception
from hookscope.diagnosis.quotes import spoken
from hookscope.diagnosis.readers import (
    acceptance,
    failures,
    lengths,
    our_answers,
    probes,
    quotations,
    redirects,
    route_lists,
    server_pages,
    status_alone,
    status_and_form,
    words,
)
from hookscope.diagnosis.readings import Reading
from hookscope.diagnosis.views import AnswerView
from hookscope.model.finding import Evidence

Reader: TypeAlias = Callable[[Case, AnswerView], Iterator[Reading]]

READERS: tuple[Reader, ...] = (
    probes.readings,
    route_lists.readings,
    marks.readings,
    quotations.readings,
    lengths.readings,
    redirects.readings,
    acceptance.readings,
    words.readings,
    server_pages.readings,
    status_and_form.readings,
    status_alone.readings,
)


def likeliest(case: Case, thorough: bool = False) -> Reading | None:
    """The best reading of the case's outcome; None where no attempt ended.

    `thorough` asks every reader of an ordinary success too.
    """
    if case.failure is not None:
        return calibrated(failures.read(case, case.failure))
    answer = case.answer
    if answer is None:
        return None
    if not thorough and (usual := ordinary.read(case, answer)) is not None:
        return usual
    if (certain := our_answers.read(case, answer)) is not None:
        return certain
    best = max((reading for reader in READERS for reading in reader(case, answer)), key=_trust)
    for refine in (unparsed, measured, lacking, widened):
        best = refine(case, answer, best)
    return calibrated(with_words(case, answer, narrowed(case, best)))


# A product's own page tells more than words that anybody may write; a router's page that several products share, less
# than a handler's own.
_OWN, _SHARED = 0.15, -0.06


def _trust(reading: Reading) -> float:
    shared = reading.bare and reading.cause == "not-found"
    return reading.confidence + (_OWN if reading.own else _SHARED if shared else 0.0)


def unparsed(case: Case, answer: AnswerView, reading: Reading) -> Reading:
    """A failure without a named exception, while the body is broken JSON, is most likely the parser's."""
    parser = reading.cause == "app-exception" and case.request.state == "broken" and answer.status == 500
    if not parser or not names_no_exception(case):
        return reading
    return replace(
        reading,
        cause="bad-json",
        confidence=min(reading.confidence, 0.85),
        alternatives=("app-exception", *reading.alternatives),
        hint="",
    )


# Refusals that a framework words the same whatever the handler missed.
_REFUSALS = frozenset({"signature-rejected", "guard-denied", "permission-denied", "auth-required", "ip-denied"})


def lacking(case: Case, answer: AnswerView, reading: Reading) -> Reading:
    """A refusal in no words of its own, of a provider's delivery that has no signature, is most likely for that."""
    bare = reading.bare and reading.cause in _REFUSALS and answer.status in {401, 403}
    if not bare or not conditions_of_signatures.unsigned_by_provider(case):
        return reading
    usual = ("permission-denied", "auth-required") if answer.status == 403 else ("auth-required",)
    allowed = (reading.cause, *(cause for cause in reading.alternatives if cause in _REFUSALS), *usual)
    others = tuple(dict.fromkeys(allowed))
    return replace(
        reading, cause="signature-missing", layer="handler", alternatives=others, product="", hint="", could_be=()
    )


def widened(case: Case, answer: AnswerView, reading: Reading) -> Reading:
    """What a status means beside, where nothing but the status, or a sentence that many write, was read."""
    usual, _ = status_alone.BY_STATUS.get(answer.status, ("", ""))
    of_files = answer.status == 405 and (
        "allow" not in answer.headers or conditions_of_answers.allows_reading_only(case)
    )
    if (reading.own and not of_files) or reading.alternatives or reading.cause != usual:
        return reading
    leaves_open = of_files if answer.status == 405 else reading.bare
    return replace(reading, alternatives=status_alone.ALSO.get(answer.status, ())) if leaves_open else reading


_TOO_MUCH = frozenset({"header-too-large", "body-too-large", "uri-too-long"})


def measured(case: Case, answer: AnswerView, reading: Reading) -> Reading:
    """Servers say of one part of a request that it is too large when another is: which one it is, the request tells."""
    if reading.cause not in _TOO_MUCH or reading.own:
        return reading
    sizes = {
        "uri-too-long": conditions.long_target(case),
        "header-too-large": conditions.long_header(case),
        "body-too-large": conditions.large_body(case),
    }
    large = [cause for cause, is_large in sizes.items() if is_large]
    if len(large) != 1 or large[0] == reading.cause:
        return reading
    return replace(reading, cause=large[0], alternatives=(reading.cause,), hint="", could_be=())


def with_words(case: Case, answer: AnswerView, reading: Reading) -> Reading:
    """The reading with the words of a refusal, where it rests on its status alone;
    and with the content type that is refused."""
    facts = []
    if answer.status >= 400 and all(fact.place == "answer.status" for fact in reading.evidence):
        facts.append(spoken(answer))
    if reading.cause == "unsupported-media-type" and (sent := case.request.get("content-type")):
        facts.append(Evidence(f"the delivery's Content-Type is {sent[:80]}", "request.headers.Content-Type"))
    return replace(reading, evidence=(*reading.evidence, *filter(None, facts)))


def narrowed(case: Case, reading: Reading) -> Reading:
    """The reading without what the case excludes (a body that is JSON is not broken JSON),
    and with the place where a broken body breaks."""
    excluded = {reading.cause}
    if case.request.state == "json":
        excluded |= {"bad-json", "empty-body"}
    if case.verdict is not None and case.verdict.state == "verified":
        excluded.add("signature-missing")
    allowed = reading.alternatives
    if "signature-rejected" in allowed and not conditions_of_signatures.signed(case):
        excluded.add("signature-rejected")  # there is none that could be
        allowed = (*allowed, "signature-missing")
    kept = tuple(dict.fromkeys(cause for cause in allowed if cause not in excluded))
    evidence = reading.evidence
    if reading.cause == "bad-json" and case.request.state == "broken":
        why, at = case.request.json_error
        evidence += (
            Evidence(
                f"the body is not JSON from byte {at}: {why}", "request.body", at, min(at + 1, len(case.request.body))
            ),
        )
    return replace(reading, alternatives=kept, evidence=evidence)
