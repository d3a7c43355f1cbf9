"""Attribution: of everything that the outcome may mean, the reading that the evidence supports best.

Readers propose; the highest confidence wins, the earlier one among equals. Our own answers are certain. What a failed attempt means is read
from its failure alone; an answer is read from marks of products, from its form, and from its words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from hookscope.diagnosis import marks
from hookscope.diagnosis.answer_conditions import names_no_exception
from hookscope.diagnosis.exchange import AnswerView
from hookscope.diagnosis.readers import (
    acceptance,
    fallback,
    framing,
    front,
    likelier,
    listed,
    own,
    proved,
    redirects,
    transport,
    words,
)
from hookscope.diagnosis.reading import Reading
from hookscope.finding import Evidence

if TYPE_CHECKING:
    from hookscope.diagnosis.case import Case

Reader: TypeAlias = Callable[["Case", AnswerView], Iterator[Reading]]

READERS: tuple[Reader, ...] = (
    proved.readings,
    listed.readings,
    marks.readings,
    framing.readings,
    redirects.readings,
    acceptance.readings,
    words.readings,
    front.readings,
    likelier.readings,
    fallback.readings,
)


def likeliest(case: Case) -> Reading | None:
    """The best reading of the case's outcome; None where no attempt ended."""
    if case.failure is not None:
        return transport.read(case, case.failure)
    answer = case.answer
    if answer is None:
        return None
    if (certain := own.read(case, answer)) is not None:
        return certain
    best = max((reading for reader in READERS for reading in reader(case, answer)), key=lambda found: found.confidence)
    return narrowed(case, unparsed(case, answer, best))


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


def narrowed(case: Case, reading: Reading) -> Reading:
    """The reading without what the case excludes (a body that is JSON is not broken JSON), and with the place where a broken body breaks."""
    excluded = {reading.cause}
    if case.request.state == "json":
        excluded |= {"bad-json", "empty-body"}
    if case.verdict is not None and case.verdict.state == "verified":
        excluded.add("signature-missing")
    kept = tuple(dict.fromkeys(cause for cause in reading.alternatives if cause not in excluded))
    evidence = reading.evidence
    if reading.cause == "bad-json" and case.request.state == "broken":
        why, at = case.request.json_error
        evidence += (
            Evidence(
                f"the body is not JSON from byte {at}: {why}", "request.body", at, min(at + 1, len(case.request.body))
            ),
        )
    return replace(reading, alternatives=kept, evidence=evidence)
