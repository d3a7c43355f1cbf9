from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from factories import make_delivery
from hookscope.model.capture import Attempt, Capture, Failure
from hookscope.model.finding import Evidence
from hookscope.model.verdict import Mistake, Verdict
from hookscope.tui.presentation.findings import excerpt, findings_document
from hookscope_relay.delivery import Answer

ANSWER = Answer(
    status=308, reason="Permanent Redirect", headers=(("Location", "/webhooks/notion/"),), body=b"moved to there"
)
ATTEMPT = Attempt(number=1, origin="live", handler_url="http://x", started_at=0.0, elapsed_ms=12.0, answer=ANSWER)
CAPTURE = Capture(delivery=make_delivery(), attempts=(ATTEMPT,))


def test_a_finding_has_title_layer_evidence_hint_and_code(world: Any) -> None:
    text = findings_document(CAPTURE, ATTEMPT, (world.redirect,), world.verified).text(100)
    for part in (
        "↪ 308 Permanent Redirect  in 12 ms, attempt 1",
        "✓ signature verified",
        "✗ The handler redirects",
        "your framework or its middleware answered",
        "· Location adds a slash",
        "▶/webhooks/notion/◀",
        "→ Put /webhooks/notion/",
        "redirect.trailing-slash",
    ):
        assert part in text


@pytest.mark.parametrize(
    ("evidence", "shown"),
    [
        (Evidence("x", "answer.headers.location", 1, 9), "  ┃ /▶webhooks◀/notion/"),
        (Evidence("x", "answer.body", 0, 5), "  ┃ ▶moved◀ to there"),
        (Evidence("x", "answer.body"), "  ┃ moved to there"),
        (Evidence("x", "request.headers.X-Odd"), "  ┃ caf⟨0xE9⟩"),
        (Evidence("x", "answer.status"), None),
        (Evidence("x", "answer.headers.Nope"), None),
        (Evidence("x", "failure"), None),
        (Evidence("x", "answer.body", 400, 500), "  ┃ ▶◀"),
    ],
)
def test_the_bytes_that_a_finding_means_are_marked(evidence: Evidence, shown: str | None) -> None:
    found = excerpt(evidence, CAPTURE, ATTEMPT)
    if evidence.start > 300:
        assert found is not None
    else:
        assert (found.plain if found else None) == shown


def test_a_long_place_is_shown_around_the_marked_bytes() -> None:
    answer = Answer(status=500, body=b"x" * 5000 + b"here" + b"y" * 5000)
    attempt = Attempt(number=1, origin="live", handler_url="", started_at=0.0, answer=answer)
    found = excerpt(Evidence("x", "answer.body", 5000, 5004), CAPTURE, attempt)
    assert found is not None
    assert "▶here◀" in found.plain
    assert len(found.plain) < 400


@pytest.mark.parametrize(
    ("state", "text"),
    [
        ("rejected", "✗ signature does not verify"),
        ("unsigned", "! not signed"),
        ("no-secret", "○ signature not checked"),
    ],
)
def test_each_verdict_has_words(state: Any, text: str) -> None:
    mistake = Mistake(id="trailing-newline", detail="a newline was added", fix="send the bytes as they are")
    shown = findings_document(CAPTURE, ATTEMPT, (), Verdict(state=state, mistakes=(mistake,))).text(100)
    assert text in shown
    assert "likely: trailing newline (a newline was added)" in shown
    assert "send the bytes as they are" in shown


def test_outcomes_without_an_answer_are_told() -> None:
    refused = Attempt(
        number=1, origin="live", handler_url="", started_at=0.0, failure=Failure(kind="refused", detail="nobody there")
    )
    running = Attempt(number=1, origin="live", handler_url="", started_at=0.0)
    assert "✗ refused nobody there" in findings_document(CAPTURE, refused, ()).text()
    assert "not known" in findings_document(CAPTURE, running, ()).text()
    assert "not handed to a handler" in findings_document(CAPTURE, None, ()).text()
    assert "No rule has anything to say" in findings_document(CAPTURE, None, ()).text()


@pytest.mark.parametrize(
    ("evidence", "told", "excerpts"),
    [
        (
            Evidence("Location: /webhooks/notion/", "answer.headers.Location", 0, 17),
            "· Location: ▶/webhooks/notion/◀",
            0,
        ),
        (Evidence("the body says “moved to”", "answer.body", 0, 8), "· the body says “▶moved to◀”", 0),
        (Evidence("the body says so", "answer.body", 0, 8), "┃ ▶moved to◀ there", 1),
        (Evidence("a slash is there", "answer.headers.Location", 0, 1), "┃ ▶/◀webhooks/notion/", 1),
    ],
)
def test_what_the_evidence_says_itself_is_marked_there_and_not_repeated(
    evidence: Evidence, told: str, excerpts: int, world: Any
) -> None:
    finding = replace(world.redirect, evidence=(evidence,))
    text = findings_document(CAPTURE, ATTEMPT, (finding,)).text(100)
    assert told in text
    assert text.count("┃") == excerpts


def test_a_mistake_that_a_finding_explains_is_told_once(world: Any) -> None:
    verdict = Verdict(
        state="rejected", provider="notion", mistakes=(Mistake(id="x", detail="the body was altered", fix="Compare."),)
    )
    alone = findings_document(CAPTURE, ATTEMPT, (world.redirect,), verdict).text(100)
    told = findings_document(CAPTURE, ATTEMPT, (replace(world.redirect, code="signature.mismatch"),), verdict).text(100)
    assert "the body was altered" in alone
    assert "the body was altered" not in told
    assert "✗ signature does not verify" in told


def test_a_credential_in_the_evidence_is_hidden(world: Any) -> None:
    answer = replace(ANSWER, headers=(("Set-Cookie", "sid=a-secret-session; Path=/"),))
    made = replace(ATTEMPT, answer=answer)
    capture = replace(CAPTURE, attempts=(made,))
    place = "answer.headers.Set-Cookie"
    quoted = Evidence("Set-Cookie: sid=a-secret-session; Path=/", place, 4, 20)
    finding = replace(world.redirect, evidence=(quoted, Evidence("a cookie is set", place, 4, 20)))
    text = findings_document(capture, made, (finding,)).text(100)
    assert "Set-Cookie: sid=••••; Path=/" in text
    assert "a cookie is set" in text
    assert "a-secret" not in text
