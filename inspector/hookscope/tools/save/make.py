"""A fixture of a capture: the delivery as it is kept in a repository, without what differs between two looks at it.

Attempts are left out: each replay adds one, with times and the answers of one day. The id and the time of arrival stay,
for they belong to the delivery and never change; a timestamp in a signature is judged by the latter.
"""

from __future__ import annotations

import dataclasses

from hookscope.model.capture import Capture
from hookscope.model.errors import RefusedForSafety
from hookscope.tools.redaction.redactor import Redactor


def make_fixture(capture: Capture, redactor: Redactor | None, *, keep_url: bool = False) -> Capture:
    """The fixture of a capture, every byte kept where there is no redactor. The URL stays only where a scheme signs it.

    Raises `RefusedForSafety` where the body cannot be looked into, so that nobody can say what it holds.
    """
    delivery = capture.delivery
    url = delivery.url if keep_url else ""
    bare = dataclasses.replace(capture, delivery=dataclasses.replace(delivery, url=url), attempts=())
    if redactor is None:
        return bare
    redacted = redactor.redact(bare)
    if redacted.unreadable:
        raise RefusedForSafety(
            f"the body of {delivery.id or 'the capture'} cannot be searched for secrets: {redacted.unreadable}",
            "give --keep-bytes to save it as it is, for a private repository",
        )
    return redacted.capture
