"""Takes the secrets out of a call: its credential by what it is, everything else as out of a capture."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from hookscope.model.call import Call
from hookscope.model.capture import Attempt, Capture
from hookscope.tools.redaction.kinds import matches, present, without_capitals
from hookscope.tools.redaction.redactor import Redactor
from hookscope_relay.delivery import Delivery


def redact_call(redactor: Redactor, call: Call, secrets: Collection[str]) -> Call:
    """The call without its secrets; `secrets` are those that it is known to bring. Its credential's header says which
    one it was."""
    request = Delivery(
        id="",
        received_at=0.0,
        method=call.method,
        target=call.target,
        headers=call.headers,
        body=call.body,
    )
    answered = Attempt(
        number=1, origin="live", handler_url=call.base, started_at=0.0, answer=call.answer, failure=call.failure
    )
    redacted = redactor.redact(Capture(delivery=request, attempts=(answered,)), (*secrets, *_of_address(call)))
    swept, after = redacted.capture.delivery, redacted.capture.attempts[0]
    return replace(
        call,
        target=swept.target,
        headers=tuple(_named(call, name, value) for name, value in swept.headers),
        body=swept.body,
        answer=after.answer,
        failure=after.failure,
        tie=replace(call.tie, why=redactor.words(call.tie.why, redacted.values)),
    )


def _of_address(call: Call) -> Iterator[str]:
    """What is secret of the call's path by its host, as the addresses of chats' own webhooks are."""
    url = call.base + call.target
    for kind in present(url):
        for match in matches(kind, url, without_capitals(url)):
            start, end = match.span("secret" if "secret" in match.re.groupindex else 0)
            yield url[start:end]


def _named(call: Call, name: str, value: str) -> tuple[str, str]:
    credential = call.credential
    told = credential is not None and name.lower() == credential.place.lower()
    # A header is latin-1 in a capture; the ellipsis is not.
    return (name, credential.words.replace("…", "...")) if told and credential else (name, value)
