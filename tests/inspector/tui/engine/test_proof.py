from __future__ import annotations

import pytest

from factories import NOW, make_delivery
from hookscope.model.capture import Attempt, Capture
from hookscope.model.edits import Edits
from hookscope.model.finding import Finding
from hookscope.model.session_requests import Replay
from hookscope.tui.engine.proof import find_proof


def finding(cause: str, path: str = "", proved: str = "") -> Finding:
    return Finding(
        code="a.b", severity="error", cause=cause, layer="framework", title="t", hint="h", path=path, proved=proved
    )


ATTEMPT = Attempt(number=1, origin="live", handler_url="http://localhost:3000/hooks", started_at=NOW)


@pytest.mark.parametrize(
    ("found", "target", "path"),
    [
        (finding("trailing-slash-redirect", "/hooks/"), "/hooks", "/hooks/"),
        (finding("trailing-slash-redirect", "/hooks/"), "/hooks?a=1", "/hooks/?a=1"),
        (finding("not-found", "/webhooks/notion"), "/webhooks/notio", "/webhooks/notion"),
        (finding("not-found", "/hooks"), "/hooks", None),
        (finding("not-found", "/hooks", proved="it was"), "/hoks", None),
        (finding("csrf"), "/hooks", None),
    ],
)
def test_a_path_that_is_wrong_is_proved_by_the_right_one(found: Finding, target: str, path: str | None) -> None:
    capture = Capture(delivery=make_delivery(target=target), attempts=(ATTEMPT,))
    proof = find_proof([found], capture, ATTEMPT, 7, "")
    if path is None:
        assert proof is None
    else:
        assert proof is not None
        assert proof.request == Replay(name="7", edits=Edits(path=path), proves="a.b")
        assert path.partition("?")[0] in proof.words


def test_a_stale_signature_is_proved_by_a_fresh_one() -> None:
    capture = Capture(delivery=make_delivery(), attempts=(ATTEMPT,))
    proof = find_proof([finding("csrf"), finding("timestamp-stale")], capture, ATTEMPT, 7, "notion")
    assert proof is not None
    assert proof.request == Replay(name="7", resign=True, proves="a.b")


def test_without_an_attempt_there_is_nothing_to_prove() -> None:
    assert find_proof([finding("timestamp-stale")], Capture(delivery=make_delivery()), None, 7, "notion") is None


def test_nothing_is_signed_for_a_provider_that_is_not_known() -> None:
    capture = Capture(delivery=make_delivery(target="/hooks"), attempts=(ATTEMPT,))
    assert find_proof([finding("signature-rejected")], capture, ATTEMPT, 7, "") is None
    proof = find_proof(
        [finding("signature-rejected"), finding("trailing-slash-mismatch", "/hooks/")], capture, ATTEMPT, 7, ""
    )
    assert proof is not None
    assert proof.request == Replay(name="7", edits=Edits(path="/hooks/"), proves="a.b")
