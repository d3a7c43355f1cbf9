"""Our own answers, known for certain by Hookscope-Answered-By, which no handler can set."""

from __future__ import annotations

from hookscope.diagnosis.case import Case
from hookscope.diagnosis.marks import header_evidence, status_evidence
from hookscope.diagnosis.readings import Reading
from hookscope.diagnosis.views import AnswerView
from hookscope.model.finding import Evidence, Layer
from hookscope_relay.made_answers import ANSWERED_BY, PROBLEM_TYPE, PROBLEMS

CAUSES: dict[str, tuple[str, str]] = {
    "unknown-endpoint": (
        "not-found",
        "Open the endpoint once with `hookscope listen`, or correct its id in the sender's URL",
    ),
    "not-listening": (
        "tunnel-down",
        "Start `hookscope listen`, or let the relay store deliveries meanwhile (`--away store`)",
    ),
    "deadline-passed": ("response-timeout", "Answer sooner, or answer at once with `--answer 200` and work afterwards"),
    "handler-refused": ("connection-refused", "Start the handler, or correct the port given to `hookscope listen`"),
    "handler-reset": ("connection-reset", "Read the handler's log: it reset the connection"),
    "handler-closed": ("closed-without-response", "Read the handler's log: it closed the connection without an answer"),
    "handler-bad-response": ("not-http", "Check that the port speaks HTTP/1.1"),
    "handler-dns": ("host-unresolved", "Correct the handler's host name"),
    "handler-tls": ("tls-on-plain", "Check http:// against https:// in the handler's URL, and its certificate"),
    "answer-too-large": ("response-too-large", "Answer with a short body: senders do not read it"),
    "handler-timeout": ("response-timeout", "Answer sooner, or raise `--timeout`"),
    "request-cut-off": (
        "request-cut-off",
        "Let the handler undo what it began; a replay hands the whole request over",
    ),
    "no-route": ("not-found", "Correct the path, or give these deliveries a route (`hookscope routes` tries it)"),
    "transform-failed": (
        "server-error",
        "Correct the function that `transform` names; `hookscope show` says what failed",
    ),
    "inspector-stopping": ("tunnel-down", "Start `hookscope listen` again; the sender will retry"),
    "malformed": ("malformed-request", "The sender's request is not valid HTTP/1.1"),
    "host-not-served": ("host-not-allowed", "Use the relay's public URL, or allow the name with `--allow-host`"),
    "browser-refused": ("browser-request", "Open this address from the sender, not from a browser"),
    "too-slow": ("request-timeout", "The sender did not send its whole request in time"),
    "body-too-large": ("body-too-large", "Raise the relay's body limit, or let the sender send less"),
    "target-too-long": ("uri-too-long", "Shorten the URL"),
    "headers-too-large": ("header-too-large", "Shorten the sender's headers"),
    "rate-limited": ("rate-limited", "Wait for Retry-After; raise the relay's limit if it is yours"),
    "relay-busy": ("overloaded", "Try again later; the relay is at its limits"),
    "store-unavailable": ("overloaded", "Look at the relay's disk: it cannot store deliveries"),
    "upgrade-refused": (
        "upgrade-ignored",
        "Listen with a handler and without --no-websocket, with relay and inspector of versions that pass upgrades on",
    ),
    "not-implemented": ("unsupported-encoding", "The sender uses a transfer coding other than chunked"),
}
"""Problem slug to cause and remedy; the claims of inspectors never reach a sender."""


def read(case: Case, answer: AnswerView) -> Reading | None:
    """The certain reading of an answer that hookscope made up; None for a handler's."""
    by = answer.get(ANSWERED_BY.lower())
    noted = case.attempt.answered_by if case.attempt else ""
    if by not in {"relay", "inspector"} and noted not in {"relay", "tunnel"}:
        return None
    layer: Layer = "relay" if "relay" in {by, noted} else "tunnel"
    evidence = [status_evidence(answer)]
    if by:
        evidence.append(header_evidence(answer, ANSWERED_BY.lower(), by))
    cause, hint, title = _meaning(answer)
    return Reading(
        cause=cause,
        layer=layer,
        confidence=1.0,
        product="hookscope",
        evidence=(*evidence, *_problem_place(answer)),
        hint=hint,
        title=title,
    )


def slug_of(answer: AnswerView) -> str:
    """The problem type of a problem body of ours; empty where it is none."""
    kind = answer.json.get("type") if isinstance(answer.json, dict) else None
    return kind.removeprefix(PROBLEM_TYPE) if isinstance(kind, str) and kind.startswith(PROBLEM_TYPE) else ""


def _meaning(answer: AnswerView) -> tuple[str, str, str]:
    slug = slug_of(answer)
    if slug in CAUSES:
        cause, hint = CAUSES[slug]
        return cause, hint, PROBLEMS[slug].title.rstrip(".")
    if answer.status < 400:
        return (
            "ok",
            "hookscope answered this delivery itself: no handler was asked",
            f"hookscope itself answered {answer.status}",
        )
    return "unusual-status", "hookscope made this answer up", f"hookscope itself answered {answer.status}"


def _problem_place(answer: AnswerView) -> tuple[Evidence, ...]:
    at = answer.text.find(PROBLEM_TYPE)
    if at < 0 or answer.encoded:
        return ()
    end = answer.text.find('"', at)
    return (Evidence(f"the problem type is {answer.text[at:end][:100]}", "answer.body", at, max(end, at)),)
