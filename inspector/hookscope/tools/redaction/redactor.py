"""Takes the secrets out of a capture.

Replaced are credentials in headers, cookies, queries and bodies, by the names of their fields (`names`) and by their
shapes wherever they stand (`kinds`); e-mail addresses in fields that hold them; and what the user's rules add. A value
that was replaced in one place is replaced in every other of the same capture. Bodies stay valid and values keep their
type; all other bytes stay. Where the body's length changes, Content-Length follows, and so do digests that need no key.

The signature of the sender is no secret and stays, but over a changed body it no longer verifies: replay signs anew.

Redacting what is redacted changes nothing. Nothing here raises for what a sender wrote; the work is proportional to the
size.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Collection, Iterator
from urllib.parse import quote

from hookscope.model.capture import Attempt, Capture
from hookscope.tools.redaction.body import sweep_body
from hookscope.tools.redaction.digests import describe_anew
from hookscope.tools.redaction.placeholders import Stand
from hookscope.tools.redaction.rules import Rules
from hookscope.tools.redaction.sweep import Sweep
from hookscope_relay.delivery import Delivery, Headers

# A value that is replaced may have stood where only its company made it one; each pass looks for what the last one
# found.
MAX_SWEEPS = 4
# The standard library quotes in fifty times the room of the text; no URL holds a longer one.
MAX_QUOTED = 256 * 1024
NO_RULES = Rules()


@dataclasses.dataclass(frozen=True, slots=True)
class Redacted:
    """A capture without its secrets; `unreadable` says why the delivery's body could not be looked into,
    and is then left out.

    `values` are the secrets themselves, for words about the capture that may quote them: never to be written anywhere.
    """

    capture: Capture
    unreadable: str = ""
    values: tuple[str, ...] = dataclasses.field(default=(), repr=False)


class Redactor:
    """Redacts captures: `stand` makes what takes a secret's place, `rules` say what is secret beyond what we know."""

    def __init__(self, stand: Stand, rules: Rules = NO_RULES) -> None:
        self._stand = stand
        self._rules = rules

    def redact(self, capture: Capture, secrets: Collection[str] = ()) -> Redacted:
        """The capture without its secrets, the given ones among them; `redacted` lists the places,
        those that it listed before first."""
        places = dict.fromkeys(capture.redacted)
        known: dict[str, None] = dict.fromkeys(secrets)
        unreadable = ""
        for _ in range(MAX_SWEEPS):
            sweep = Sweep(self._stand, self._rules, known)
            swept, reason = _capture(sweep, capture)
            unreadable = unreadable or reason
            places |= sweep.places
            fresh = {value: None for value in sweep.found if value not in known}
            known |= fresh
            changed, capture = swept != capture, swept
            if not changed or not _hold(capture, fresh):
                break
        return Redacted(dataclasses.replace(capture, redacted=tuple(places)), unreadable, tuple(known))

    def words(self, text: str, values: Collection[str] = ()) -> str:
        """Words about a capture, without secrets by shape, e-mail addresses, and the given values."""
        return Sweep(self._stand, self._rules, values).loose(text, "")


def _capture(sweep: Sweep, capture: Capture) -> tuple[Capture, str]:
    delivery, unreadable = _delivery(sweep, capture.delivery)
    attempts = tuple(_attempt(sweep, attempt, f"attempts[{index}].") for index, attempt in enumerate(capture.attempts))
    return dataclasses.replace(capture, delivery=delivery, attempts=attempts), unreadable


def _delivery(sweep: Sweep, delivery: Delivery) -> tuple[Delivery, str]:
    target = sweep.target(delivery.target, "")
    headers, body, unreadable = _message(sweep, delivery.headers, delivery.body, "")
    url = sweep.url(delivery.url, "") if delivery.url else ""
    trailers = tuple((name, sweep.header(name, value, f"trailer:{name}")) for name, value in delivery.trailers)
    swept = dataclasses.replace(delivery, target=target, headers=headers, body=body, url=url, trailers=trailers)
    return swept, unreadable


def _attempt(sweep: Sweep, attempt: Attempt, at: str) -> Attempt:
    answer, failure, request = attempt.answer, attempt.failure, attempt.request
    if answer is not None:
        headers, body, _ = _message(sweep, answer.headers, answer.body, f"{at}answer.")
        answer = dataclasses.replace(answer, headers=headers, body=body)
    if failure is not None:
        failure = dataclasses.replace(failure, detail=sweep.text(failure.detail, f"{at}failure"))
    if request is not None:
        headers, body, _ = _message(sweep, request.headers, request.body, f"{at}request.")
        target = sweep.target(request.target, f"{at}request.")
        request = dataclasses.replace(request, target=target, headers=headers, body=body)
    url = sweep.url(attempt.handler_url, f"{at}handler_")
    # What was said beside the answer is not swept, so it stays behind.
    return dataclasses.replace(attempt, answer=answer, failure=failure, request=request, handler_url=url, stream=None)


def _message(sweep: Sweep, headers: Headers, body: bytes, at: str) -> tuple[Headers, bytes, str]:
    new_headers = tuple((name, sweep.header(name, value, f"{at}header:{name}")) for name, value in headers)
    swept = sweep_body(sweep, new_headers, body, at)
    return describe_anew(swept.headers, body, swept.body), swept.body, swept.unreadable


def _hold(capture: Capture, values: Collection[str]) -> bool:
    """Whether one of the values still stands somewhere, as it is or as JSON and URLs spell it."""
    if not values:
        return False
    delivery = capture.delivery
    texts = [delivery.target, delivery.url, *(value for _, value in (*delivery.headers, *delivery.trailers))]
    bodies = [delivery.body]
    for attempt in capture.attempts:
        if attempt.answer is not None:
            texts += (value for _, value in attempt.answer.headers)
            bodies.append(attempt.answer.body)
        if attempt.request is not None:
            texts += (attempt.request.target, *(value for _, value in attempt.request.headers))
            bodies.append(attempt.request.body)
        texts += (attempt.handler_url, attempt.failure.detail if attempt.failure else "")
    whole = "\n".join([*texts, *(body.decode("utf-8", "surrogateescape") for body in bodies)])
    if "\\u" in whole:
        return True
    return any(spelling in whole for value in values for spelling in _spellings(value))


def _spellings(value: str) -> Iterator[str]:
    """The value as it is and as JSON and URLs spell it, one after the other: each may be as large as a body."""
    yield value
    yield json.dumps(value)[1:-1]
    yield json.dumps(value, ensure_ascii=False)[1:-1]
    if len(value) <= MAX_QUOTED:
        yield quote(value, safe="", errors="replace")
