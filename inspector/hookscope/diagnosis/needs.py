"""What a rule needs to be there before it can find anything: cheap questions,
so that only those rules are asked that may speak.

A need may be true where the rule then finds nothing; it is never false where the rule would find something.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from hookscope.diagnosis.case import Case

Need: TypeAlias = Callable[[Case], bool]


def always(case: Case) -> bool:
    """Nothing in particular."""
    return True


def unsuccessful(case: Case) -> bool:
    """An attempt without an answer, or with one that is no 2xx, unless it opened a WebSocket."""
    answer = case.answer
    return case.failure is not None or (answer is not None and not 200 <= answer.status < 300 and not case.switched)


def location(case: Case) -> bool:
    """An answer with a Location."""
    return case.answer is not None and "location" in case.answer.headers


def airplay(case: Case) -> bool:
    """A server that is none of the user's."""
    return case.answer is not None and "airtunes" in case.answer.told


def bare_answer(case: Case) -> bool:
    """A provider that takes neither body nor cookies."""
    return case.policy.bare_answer


def hidden_forwarding(case: Case) -> bool:
    """The handler is not told how the sender called."""
    return not case.forwarded_headers


def verified(case: Case) -> bool:
    """A signature that verifies."""
    return case.verdict is not None and case.verdict.state == "verified"


def rejected(case: Case) -> bool:
    """A signature that does not."""
    return case.verdict is not None and case.verdict.state == "rejected"


def unchecked(case: Case) -> bool:
    """No signature, or no secret to check it with."""
    return case.verdict is not None and case.verdict.state in {"unsigned", "no-secret"}


def unproved(case: Case) -> bool:
    """A provider's delivery that has no signature, or a wrong one."""
    known = case.recognition.provider if case.recognition else case.provider
    return bool(known) and (case.verdict is None or case.verdict.state in {"unsigned", "rejected"})


def verified_in_vain(case: Case) -> bool:
    """A signature that verifies, of a delivery that was not accepted."""
    return verified(case) and unsuccessful(case)


def other_than_plain_json(case: Case) -> bool:
    """A body that is not JSON under application/json, with no charset but UTF-8 and not encoded."""
    return (
        case.request.media != "application/json"
        or case.request.state != "json"
        or case.request.charset not in {"", "utf-8"}
    )


def odd_bytes(case: Case) -> bool:
    """A charset is named."""
    return "charset" in case.request.get("content-type").lower()


def encoded(case: Case) -> bool:
    """A body that is packed."""
    return "content-encoding" in case.request.headers


def other_protocol(case: Case) -> bool:
    """A handler that was spoken to in another protocol than HTTP/1.1."""
    return case.attempt is not None and case.attempt.stream is not None and bool(case.attempt.stream.protocol)


def upgrade(case: Case) -> bool:
    """A sender that asks for another protocol."""
    return "upgrade" in case.request.headers


def known_sender(case: Case) -> bool:
    """A provider that was recognised."""
    return bool(case.sender)


def other_method(case: Case) -> bool:
    """A provider's delivery that is no POST."""
    return case.request.method != "POST" and bool(case.sender)


def browser(case: Case) -> bool:
    """An agent that calls itself a browser."""
    return case.request.get("user-agent")[:8].lower() == "mozilla/"


def json_body(case: Case) -> bool:
    """A body with a JSON value."""
    return case.request.state == "json"


def json_or_notice(case: Case) -> bool:
    """A body with a JSON value, or one of Google's notices without any."""
    return case.request.state == "json" or "x-goog-resource-state" in case.request.headers


def handshake(case: Case) -> bool:
    """A query, or a body that speaks of a verification, or a known handshake, and an answer."""
    known = case.recognition is not None and bool(case.recognition.handshake)
    return case.answer is not None and (known or "?" in case.delivery.target or case.request.state == "json")


def settled(case: Case) -> bool:
    """The sender's wait ended."""
    return case.settled is not None


def limit(case: Case) -> bool:
    """A provider that says how long it waits."""
    return bool(case.policy.limit_ms)


def slow_restart(case: Case) -> bool:
    """An answer that took long, after something else or a reload."""
    return case.attempt is not None and case.attempt.elapsed_ms > 500 and (case.reloaded or bool(case.recent))


def failure(case: Case) -> bool:
    """An attempt without an answer."""
    return case.failure is not None


def earlier(case: Case) -> bool:
    """Deliveries that have to do with this one came before."""
    return bool(case.earlier)


def expectation(case: Case) -> bool:
    """The next delivery was expected within some time."""
    return case.expect_every_s is not None


def stored(case: Case) -> bool:
    """A delivery that waited at the relay."""
    return case.origin == "backlog"


def kept_back(case: Case) -> bool:
    """A delivery that was not handed over."""
    return bool(case.kept_back)


def other_secret(case: Case) -> bool:
    """A handshake that brings another secret than the kept one."""
    return case.other_secret
