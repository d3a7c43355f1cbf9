"""Which re-send proves a finding: to the path that the handler redirects to, with the other slash, or signed anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from hookscope.model.capture import Attempt, Capture
from hookscope.model.edits import Edits
from hookscope.model.finding import Finding
from hookscope.model.session_requests import Replay
from hookscope_relay.delivery import header

TO_LOCATION = frozenset(
    {"trailing-slash-redirect", "moved-redirect", "path-clean-redirect", "locale-redirect", "canonical-host-redirect"}
)
OTHER_SLASH = frozenset({"trailing-slash-mismatch"})
SIGNED_ANEW = frozenset({"signature-mismatch", "timestamp-stale", "signature-rejected", "replay-detected"})


@dataclass(frozen=True, slots=True)
class Proof:
    """What to send, and what that is in words: `sends it to /webhooks/`."""

    request: Replay
    words: str


def find_proof(
    findings: Sequence[Finding], capture: Capture, attempt: Attempt | None, number: int, provider: str
) -> Proof | None:
    """The proof of the first finding that has one; None where none has.

    Without a provider nothing can be signed anew.
    """
    if attempt is None:
        return None
    found = [finding for finding in findings if provider or finding.cause not in SIGNED_ANEW]
    proofs = (_proof(finding, capture, attempt, str(number)) for finding in found if not finding.proved)
    return next((proof for proof in proofs if proof is not None), None)


def _proof(finding: Finding, capture: Capture, attempt: Attempt, name: str) -> Proof | None:
    cause, code = finding.cause, finding.code
    if cause in SIGNED_ANEW:
        return Proof(Replay(name=name, resign=True, proves=code), "sends it again with a fresh signature")
    path, mark, query = capture.delivery.target.partition("?")
    other = None
    if cause in TO_LOCATION:
        other = _moved_to(attempt, path)
    elif cause in OTHER_SLASH:
        other = path.rstrip("/") if path.endswith("/") else path + "/"
    if other is None or other == path:
        return None
    target = other + mark + query
    return Proof(Replay(name=name, edits=Edits(path=target), proves=code), f"sends it to {other or '/'}")


def _moved_to(attempt: Attempt, path: str) -> str | None:
    """The tail that Location names, the handler's own path before it taken off;
    None where it is none of this handler's."""
    location = header(attempt.answer.headers, "location") if attempt.answer else None
    asked = urlsplit(attempt.handler_url).path
    before = asked[: len(asked) - len(path)] if path and asked.endswith(path) else ""
    moved = _path_of(location or "")
    if not moved.startswith((before or "") + "/"):
        return None
    return moved[len(before) :]


def _path_of(location: str) -> str:
    try:
        return urlsplit(location).path
    except ValueError:  # what the handler wrote is no URL
        return ""
