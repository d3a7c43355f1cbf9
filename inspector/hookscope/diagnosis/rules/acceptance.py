"""2xx: accepted, or an answer that only looks like it."""

from __future__ import annotations

from collections.abc import Iterator

from hookscope.diagnosis import needs
from hookscope.diagnosis.case import Case
from hookscope.diagnosis.marks import header_evidence, status_evidence
from hookscope.diagnosis.readings import Reading
from hookscope.diagnosis.rule import Rule, explained, explains, watches
from hookscope.model.finding import Evidence, Finding


@explains(
    "accepted.streaming",
    "streaming-response",
    "Your handler streams its answer, and a sender has it only when it ends",
    examples=("200 text/event-stream",),
)
def streaming(case: Case, reading: Reading) -> str:
    """The answer to a webhook is a stream of events.

    Sees: a streaming content type; but not where the answer was passed on as it came, to a sender that nobody knows.
    Why: who sends webhooks waits for the end and may give up before, also where each event is passed on.
    Do: end the answer at once.
    """
    took = f", which came after {case.attempt.elapsed_ms / 1000:.1f} s" if case.attempt else ""
    return f"Answer without a stream: a sender waits for the end{took}"


@watches(
    "accepted.unwanted-answer",
    "answer-unwanted",
    leads=True,
    examples=("Xero: a debug bar appended to the 200, or a session cookie",),
    needs=needs.bare_answer,
)
def unwanted(case: Case, reading: Reading | None) -> Iterator[Finding]:
    """The answer has what the provider forbids.

    Sees: a 2xx with a body or a cookie, to a provider that documents that it takes neither.
    Why: the provider counts the delivery as failed, and gives up the subscription after some of them.
    Do: answer with an empty body and no cookies.
    """
    answer = case.answer
    if not case.policy.bare_answer or answer is None or not 200 <= answer.status < 300:
        return
    facts = [status_evidence(answer)]
    if "set-cookie" in answer.headers:
        facts.append(header_evidence(answer, "set-cookie", answer.get("set-cookie").partition("=")[0].lower()))
    if not answer.empty:
        facts.append(Evidence(f"the body has {len(answer.answer.body)} bytes", "answer.body"))
    if len(facts) > 1:
        what = " and ".join(
            word for word, there in (("a body", not answer.empty), ("cookies", "set-cookie" in answer.headers)) if there
        )
        yield Finding(
            code="accepted.unwanted-answer",
            severity="error",
            cause="answer-unwanted",
            layer="handler",
            product=case.sender,
            title=f"The answer has {what}, which {case.sender} does not accept",
            hint=(
                "Answer 200 with an empty body and no cookies: leave sessions, debug bars and templates off this route"
            ),
            evidence=tuple(facts),
            confidence=0.95,
        )


RULES: tuple[Rule, ...] = (
    *explained("acceptance"),
    unwanted,
    streaming,
)
