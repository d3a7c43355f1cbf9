"""Which re-send proves a finding: to the path that would have been right, or signed anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hookscope.model.capture import Attempt, Capture
from hookscope.model.edits import Edits
from hookscope.model.finding import Finding
from hookscope.model.session_requests import Replay

SAME_AGAIN = frozenset({"signature-mismatch", "signature-rejected"})
SIGNED_ANEW = frozenset({*SAME_AGAIN, "timestamp-stale", "replay-detected"})


@dataclass(frozen=True, slots=True)
class Proof:
    """What to send, and what that is in words: `sends it to /webhooks/`."""

    request: Replay
    words: str


def find_proof(
    findings: Sequence[Finding],
    capture: Capture,
    attempt: Attempt | None,
    number: int,
    provider: str,
    verified: bool = False,
) -> Proof | None:
    """The proof of the first finding that has one; None where none has.

    Without a provider nothing can be signed anew, and where the signature is `verified` a fresh one would be the same
    and prove nothing.
    """
    if attempt is None:
        return None
    without = SIGNED_ANEW if not provider else SAME_AGAIN if verified else frozenset()
    found = [finding for finding in findings if finding.cause not in without]
    proofs = (_proof(finding, capture, str(number)) for finding in found if not finding.proved)
    return next((proof for proof in proofs if proof is not None), None)


def _proof(finding: Finding, capture: Capture, name: str) -> Proof | None:
    cause, code = finding.cause, finding.code
    if cause in SIGNED_ANEW:
        return Proof(Replay(name=name, resign=True, proves=code), "sends it again with a fresh signature")
    path, mark, query = capture.delivery.target.partition("?")
    if not finding.path or finding.path == path:
        return None
    return Proof(
        Replay(name=name, edits=Edits(path=finding.path + mark + query), proves=code), f"sends it to {finding.path}"
    )
