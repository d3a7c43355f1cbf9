"""A fixture of a capture: the delivery as it is kept in a repository, without what differs between two looks at it.

Attempts are left out, for each replay adds one; where it is wanted the recorded answer stays, which never changes,
without where and when it was given. The id and the time of arrival stay, for they belong to the delivery and never
change; a timestamp in a signature is judged by the latter.
"""

from __future__ import annotations

import dataclasses

from hookscope.model.capture import Attempt, Capture
from hookscope.model.errors import RefusedForSafety
from hookscope.tools.redaction.redactor import Redactor


def make_fixture(
    capture: Capture, redactor: Redactor | None, *, keep_url: bool = False, answer: bool = False
) -> Capture:
    """The fixture of a capture, every byte kept where there is no redactor. The URL stays only where a scheme signs it,
    the recorded answer only with `answer`, and where it is known as a whole.

    Raises `RefusedForSafety` where the body cannot be looked into, so that nobody can say what it holds.
    """
    delivery = capture.delivery
    url = delivery.url if keep_url else ""
    recorded = _recorded(capture) if answer else ()
    bare = dataclasses.replace(capture, delivery=dataclasses.replace(delivery, url=url), attempts=recorded)
    if redactor is None:
        return bare
    redacted = redactor.redact(bare)
    if redacted.unreadable:
        raise RefusedForSafety(
            f"the body of {delivery.id or 'the capture'} cannot be searched for secrets: {redacted.unreadable}",
            "give --keep-bytes to save it as it is, for a private repository",
        )
    return (
        redacted.capture
        if _is_whole(redacted.capture, recorded)
        else make_fixture(capture, redactor, keep_url=keep_url)
    )


def _recorded(capture: Capture) -> tuple[Attempt, ...]:
    """The recorded answer of a handler, in an attempt that says nothing of this machine and of that moment."""
    found = capture.recorded
    if found is None or found.answer is None or found.answered_by:
        return ()
    note = found.stream
    if note is not None and (note.broken or note.spoken or note.size > len(found.answer.body)):
        return ()
    at = capture.delivery.received_at
    return (Attempt(number=1, origin="live", handler_url="", started_at=at, answer=found.answer),)


def _is_whole(redacted: Capture, recorded: tuple[Attempt, ...]) -> bool:
    """Whether the answer could be searched for secrets: what cannot loses its body."""
    pairs = zip(recorded, redacted.attempts, strict=True)
    return all(
        bool(before.answer.body) == bool(after.answer.body) for before, after in pairs if before.answer and after.answer
    )
