from __future__ import annotations

import pytest

from factories import NOW, make_delivery
from hookscope.model.capture import Attempt, Capture
from hookscope.model.edits import Edits
from hookscope.model.finding import Finding
from hookscope.model.session_requests import Replay
from hookscope.tui.engine.proof import find_proof
from hookscope_relay.delivery import Answer


def finding(cause: str) -> Finding:
    return Finding(code="a.b", severity="error", cause=cause, layer="framework", title="t", hint="h")


def sent(location: str = "", url: str = "http://localhost:3000/webhooks/notion") -> Attempt:
    headers = (("location", location),) if location else ()
    return Attempt(number=1, origin="live", handler_url=url, started_at=NOW, answer=Answer(status=301, headers=headers))


@pytest.mark.parametrize(
    ("cause", "target", "attempt", "path"),
    [
        ("trailing-slash-redirect", "/webhooks/notion", sent("/webhooks/notion/"), "/webhooks/notion/"),
        ("trailing-slash-redirect", "/webhooks/notion?a=1", sent("http://x/webhooks/notion/"), "/webhooks/notion/?a=1"),
        ("moved-redirect", "/webhooks/notion", sent("/v2/notion"), "/v2/notion"),
        ("moved-redirect", "/notion", sent("/base/new", "http://localhost:3000/base/notion"), "/new"),
        ("moved-redirect", "/notion", sent("/elsewhere", "http://localhost:3000/base/notion"), None),
        ("moved-redirect", "/notion", sent("", "http://localhost:3000/notion"), None),
        ("moved-redirect", "/webhooks/notion", sent("http://[broken"), None),
        ("trailing-slash-redirect", "/webhooks/notion", sent("/webhooks/notion"), None),
        ("trailing-slash-mismatch", "/webhooks/notion", sent(), "/webhooks/notion/"),
        ("trailing-slash-mismatch", "/webhooks/notion/", sent(), "/webhooks/notion"),
        ("csrf", "/webhooks/notion", sent(), None),
    ],
)
def test_a_path_that_is_wrong_is_proved_by_the_right_one(
    cause: str, target: str, attempt: Attempt, path: str | None
) -> None:
    capture = Capture(delivery=make_delivery(target=target), attempts=(attempt,))
    proof = find_proof([finding(cause)], capture, attempt, 7, "")
    if path is None:
        assert proof is None
    else:
        assert proof is not None
        assert proof.request == Replay(name="7", edits=Edits(path=path), proves="a.b")
        assert path.partition("?")[0] in proof.words


def test_a_stale_signature_is_proved_by_a_fresh_one() -> None:
    capture = Capture(delivery=make_delivery(), attempts=(sent(),))
    proof = find_proof([finding("csrf"), finding("timestamp-stale")], capture, sent(), 7, "notion")
    assert proof is not None
    assert proof.request == Replay(name="7", resign=True, proves="a.b")


def test_without_an_attempt_there_is_nothing_to_prove() -> None:
    assert find_proof([finding("timestamp-stale")], Capture(delivery=make_delivery()), None, 7, "notion") is None


def test_nothing_is_signed_for_a_provider_that_is_not_known() -> None:
    capture = Capture(delivery=make_delivery(target="/hooks"), attempts=(sent(),))
    assert find_proof([finding("signature-rejected")], capture, sent(), 7, "") is None
    proof = find_proof([finding("signature-rejected"), finding("trailing-slash-mismatch")], capture, sent(), 7, "")
    assert proof is not None
    assert proof.request == Replay(name="7", edits=Edits(path="/hooks/"), proves="a.b")
