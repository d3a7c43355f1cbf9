"""The refusal of an API that the handler called, and whose words it passes on in its own answer."""

from __future__ import annotations

from collections.abc import Iterator

from hookscope.api.quotation import find_quotation
from hookscope.diagnosis.case import Case
from hookscope.diagnosis.readings import Reading
from hookscope.diagnosis.views import AnswerView
from hookscope.model.finding import Evidence

# Below a mark of the same API, which knows its raw form.
CONFIDENCE = 0.93


def readings(case: Case, answer: AnswerView) -> Iterator[Reading]:
    """What an API said, wherever it stands in an answer that is no success."""
    if answer.status < 400 or not answer.text:
        return
    found = find_quotation(answer.text.encode("latin-1", "replace").decode("utf-8", "replace"), answer.status)
    if found is None:
        return
    start = max(found.start, 0)
    yield Reading(
        cause=found.row.cause,
        layer="provider-api",
        confidence=CONFIDENCE,
        product=f"{found.table.title} API",
        alternatives=found.row.alternatives,
        evidence=(
            Evidence(
                f"{found.table.title}'s own words stand in the answer",
                "answer.body",
                start,
                start + len(found.mark) if found.start >= 0 else 0,
            ),
        ),
        hint=found.hint,
        title=found.title,
        own=True,
    )
