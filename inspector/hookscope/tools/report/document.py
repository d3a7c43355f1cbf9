"""A report on one capture in Markdown, ready for a ticket: what was sent, who answered, the findings, the timeline,
a command line.

It is made of a capture that was redacted before. Every byte of a sender or a handler in it is inert, for terminals and
for Markdown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from hookscope.api.acknowledge import late_answer
from hookscope.diagnosis.case import Settlement
from hookscope.diagnosis.cause_words import cause_words
from hookscope.model.answerer import tell_answerer
from hookscope.model.call import SURE, Call
from hookscope.model.capture import Attempt, Capture
from hookscope.model.finding import Finding
from hookscope.model.verdict import Recognition, Verdict
from hookscope.model.verdict_words import tell_mistake, tell_reason
from hookscope.payload.hexdump import hex_lines
from hookscope.payload.json_text import pretty_json
from hookscope.payload.kinds import classify, looks_like_text
from hookscope.text.markdown import code, fenced, prose
from hookscope.text.safe import safe_header, safe_text
from hookscope.text.timestamp import render_time
from hookscope_relay.delivery import Headers

# What trackers take in one issue is 64 KiB; two bodies and the rest must find room.
MAX_BODY = 16 * 1024
MAX_HEADERS = 100
MAX_VALUE = 2000
MAX_ATTEMPTS = 50
MAX_EVIDENCE = 20
MAX_PLACES = 50
MAX_CALLS = 50
MAX_CURL = 12 * 1024
TOO_LONG = "the command line is too long for a report"

UNRECOGNISED = Recognition()

SETTLED = {
    "answered": "the sender was answered",
    "expired": "the sender's time ran out",
    "sender-gone": "the sender hung up before there was an answer",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a report tells.

    `capture` is redacted; `words` redacts other text about it; `curl` is the command line, empty for none.
    """

    capture: Capture
    words: Callable[[str], str]
    number: int = 0
    recognition: Recognition = UNRECOGNISED
    verdict: Verdict | None = None
    findings: tuple[Finding, ...] = ()
    settled: Settlement | None = None
    beside: str = ""
    calls: tuple[Call, ...] = ()
    curl: str = ""
    curl_missing: str = ""
    unreadable: str = ""


def render_report(report: Report) -> str:
    """The report, ending in a newline."""
    sections = (_head, _findings, _sent, _came_back, _calls, _timeline, _again, _redacted)
    lines = [line for section in sections for line in section(report)]
    return "\n".join(lines).rstrip("\n") + "\n"


def _head(report: Report) -> Iterator[str]:
    delivery, words = report.capture.delivery, report.words
    said = f"{report.recognition.provider} {report.recognition.event_type}".strip() or delivery.method
    yield f"# Webhook delivery: {prose(words(said))} {_outcome(_counted(report))}"
    yield ""
    number = f" (#{report.number})" if report.number else ""
    yield f"- Delivery: {code(delivery.id)}{number}"
    if report.recognition.event_id:
        yield f"- Event: {code(words(report.recognition.event_id))}"
    sender = f" from {code(delivery.remote)}" if delivery.remote else ""
    yield f"- Received: {render_time(delivery.received_at)}{sender}"
    if report.verdict is not None:
        yield f"- Signature: {_verdict(report.verdict, words)}"
    counted = _counted(report)
    if counted is not None:
        yield f"- Handler: {code(counted.handler_url)}"
        if counted.answered_by:
            yield f"- Answered by: {prose(counted.answered_by)}"
    if report.beside:
        yield f"- Tried beside: {prose(report.words(report.beside))}"
    yield ""


def _verdict(verdict: Verdict, words: Callable[[str], str]) -> str:
    scheme = f" (scheme {code(verdict.scheme)})" if verdict.scheme else ""
    reason = f": {prose(reason)}" if (reason := tell_reason(verdict)) else ""
    mistakes = "".join(f"; {prose(words(tell_mistake(mistake)))}" for mistake in verdict.mistakes)
    return f"{verdict.state}{reason}{scheme}{mistakes}"


def _findings(report: Report) -> Iterator[str]:
    yield "## Findings"
    yield ""
    if not report.findings:
        yield "None."
        yield ""
    counted = _counted(report)
    answered = counted is None or counted.failure is None
    for finding in report.findings:
        yield from _finding(finding, report, answered)


def _finding(finding: Finding, report: Report, answered: bool) -> Iterator[str]:
    words = report.words
    yield f"### {prose(words(finding.title))}"
    yield ""
    # Of what is only told there is no cause to be sure of.
    sure = "" if finding.severity == "info" and not finding.proved else f", {finding.how_sure}"
    yield f"- {finding.severity} {code(finding.code)}, {prose(words(tell_answerer(finding, answered)))}{sure}"
    if finding.proved:
        yield f"- Proved: {prose(words(finding.proved))}"
    if finding.alternatives:
        yield f"- Could also be: {'; '.join(prose(cause_words(cause)) for cause in finding.alternatives)}"
    for fact in finding.evidence[:MAX_EVIDENCE]:
        place = f" ({code(fact.place)})" if fact.place else ""
        yield f"- Evidence: {prose(words(fact.text[:MAX_VALUE]))}{place}"
    if hint := finding.hint_for(report.number):
        yield f"- What to do: {prose(words(hint))}"
    yield ""


def _sent(report: Report) -> Iterator[str]:
    delivery = report.capture.delivery
    yield "## What was sent"
    yield ""
    first = f"{delivery.method} {_cut(delivery.target) or '/'} HTTP/{delivery.http_version}"
    yield fenced("\n".join([_line(first), *_message(delivery.headers, delivery.body)]), "http")
    if report.unreadable:
        yield ""
        yield f"The body is left out, because it could not be searched for secrets: {prose(report.unreadable)}."
    yield ""


def _came_back(report: Report) -> Iterator[str]:
    last = _counted(report)
    yield "## What came back"
    yield ""
    if last is None:
        yield "No attempt was made." if not report.capture.attempts else "It was not handed over, except with a change."
    elif last.answer is not None:
        answer = last.answer
        first = _line(f"HTTP/1.1 {answer.status} {answer.reason}".rstrip())
        yield f"Attempt {last.number} ({safe_text(last.origin)}), after {last.elapsed_ms:.0f} ms:"
        yield ""
        yield fenced("\n".join([first, *_message(answer.headers, answer.body)]), "http")
    elif last.failure is not None:
        said = f"got no answer: {last.failure.kind} after {last.elapsed_ms:.0f} ms"
        yield f"Attempt {last.number} ({safe_text(last.origin)}) {said}"
        if last.failure.detail:
            yield ""
            yield fenced(report.words(last.failure.detail[:MAX_VALUE]))
    else:
        yield f"The outcome of attempt {last.number} is unknown: hookscope ended while it ran."
    yield ""


def _calls(report: Report) -> Iterator[str]:
    """The handler's calls to APIs, those that were refused with what they said."""
    if not report.calls:
        return
    yield "## The handler's calls to APIs"
    yield ""
    received_at = report.capture.delivery.received_at
    lines = []
    for call in report.calls[:MAX_CALLS]:
        after = max(0.0, call.started_at - received_at)
        tie = "" if call.tie.confidence >= SURE else f"  ({report.words(call.tie.words)})"
        lines.append(
            _line(
                f"+{after:.3f} s  {call.method} {call.base}{_cut(call.target)} {call.outcome}"
                f" in {call.elapsed_ms:.0f} ms{tie}"
            )
        )
    if len(report.calls) > MAX_CALLS:
        lines.append(f"({len(report.calls) - MAX_CALLS} more calls)")
    yield fenced("\n".join(lines), "text")
    yield ""
    if (late := late_answer(_counted(report), report.calls)) is not None:
        yield from _finding(late, report, answered=True)
    for call in report.calls[:MAX_CALLS]:
        for finding in call.findings:
            yield from _finding(finding, report, answered=True)


def _timeline(report: Report) -> Iterator[str]:
    received_at = report.capture.delivery.received_at
    lines = [f"{render_time(received_at)}  received"]
    attempts = report.capture.attempts
    if len(attempts) > MAX_ATTEMPTS:
        lines.append(f"{len(attempts) - MAX_ATTEMPTS} earlier attempts are left out")
    told = [(attempt.started_at, _tried(attempt, received_at)) for attempt in attempts[-MAX_ATTEMPTS:]]
    if report.settled is not None:
        told.append((received_at + report.settled.waited_ms / 1000, _settled(report.settled, received_at)))
    lines += [line for _, line in sorted(told, key=lambda pair: pair[0])]
    yield "## Timeline"
    yield ""
    yield fenced("\n".join(lines), "text")
    yield ""


def _tried(attempt: Attempt, received_at: float) -> str:
    after = max(0.0, attempt.started_at - received_at)
    edited = ", edited" if attempt.request is not None and not attempt.route else ""
    way = f", {attempt.way}" if attempt.way else ""
    return (
        f"{render_time(attempt.started_at)}  +{after:.3f} s"
        f"  attempt {attempt.number} ({safe_text(attempt.origin)}{way}{edited})"
        f" {_outcome(attempt)} in {attempt.elapsed_ms:.0f} ms"
    )


def _settled(settled: Settlement, received_at: float) -> str:
    status = f" with {settled.status}" if settled.status else ""
    by = f" by {settled.by}" if settled.by else ""
    told = SETTLED.get(settled.how, settled.how)
    at = render_time(received_at + settled.waited_ms / 1000)
    return _line(f"{at}  {told}{status}{by} after {settled.waited_ms:.0f} ms")


def _again(report: Report) -> Iterator[str]:
    if not report.curl and not report.curl_missing:
        return
    yield "## Send it again"
    yield ""
    if not report.curl or len(report.curl) > MAX_CURL:
        reason = report.curl_missing or TOO_LONG
        yield f"Left out: {prose(reason)}."
    else:
        if report.capture.redacted:
            yield "Secrets are left out of this command, so a signature over them does not verify."
            yield ""
        yield fenced(report.curl, "sh")
    yield ""


def _redacted(report: Report) -> Iterator[str]:
    places = report.capture.redacted
    if not places:
        return
    yield "## Left out of this report"
    yield ""
    yield from (f"- {code(place)}" for place in places[:MAX_PLACES])
    if len(places) > MAX_PLACES:
        yield f"- {len(places) - MAX_PLACES} more places"
    yield ""


def _message(headers: Headers, body: bytes) -> Iterator[str]:
    """Headers, an empty line and the body, up to `MAX_BODY` bytes of it; each line is one line,
    whatever a header holds."""
    for name, value in headers[:MAX_HEADERS]:
        yield _line(f"{_cut(name)}: {safe_header(name, _cut(value))}")
    if len(headers) > MAX_HEADERS:
        yield f"({len(headers) - MAX_HEADERS} more headers)"
    if not body:
        return
    yield ""
    shown = body[:MAX_BODY]
    if classify(headers, body) == "json" and len(body) <= MAX_BODY:
        yield pretty_json(body)
    elif looks_like_text(shown):
        yield shown.decode("utf-8", "surrogateescape")
    else:
        yield from hex_lines(shown[:1024], 0, 64)
        shown = shown[:1024]
    if len(body) > len(shown):
        yield f"({len(body) - len(shown):,} more bytes)"


def _counted(report: Report) -> Attempt | None:
    return report.capture.outcome


def _outcome(attempt: Attempt | None) -> str:
    if attempt is None:
        return "was not handed to a handler"
    if attempt.answer is not None:
        return f"got {attempt.answer.status}"
    if attempt.failure is not None:
        return f"got no answer ({attempt.failure.kind})"
    return "has no known outcome"


def _line(text: str) -> str:
    return text.replace("\r", "␍").replace("\n", "␊")


def _cut(text: str) -> str:
    return text if len(text) <= MAX_VALUE else f"{text[:MAX_VALUE]}… ({len(text) - MAX_VALUE:,} more)"
