from __future__ import annotations

from dataclasses import replace

from factories import NOW
from hookscope.api.rule import call_rules
from hookscope.model.call import Call, Credential, Tie
from hookscope.model.capture import Failure
from hookscope.model.finding import Evidence
from hookscope.tui.presentation.call import call_answer, call_findings, call_raw, call_request, render_call_title
from hookscope_relay.delivery import Answer

CALL = Call(
    api="notion",
    base="https://api.notion.com",
    method="POST",
    target="/v1/comments?x=1",
    started_at=NOW,
    elapsed_ms=500.0,
    headers=(("Authorization", "Bearer ntn_…9xYz"),),
    body=b'{"parent":{}}',
    body_bytes=13,
    answer=Answer(
        status=403,
        reason="Forbidden",
        headers=(("Content-Type", "application/json"),),
        body=b'{"code":"restricted_resource"}',
    ),
    answer_bytes=30,
    credential=Credential(place="authorization", scheme="Bearer", shown="ntn_…9xYz", digest="1a2b3c4d"),
    tie=Tie(delivery="d", confidence=0.97, why="it names x"),
    findings=(
        call_rules()["capability-missing"].find({"api": "Notion"}, evidence=(Evidence("the words of the API"),)),
    ),
)


def test_what_is_wrong_with_a_call_is_said_of_the_api() -> None:
    shown = call_findings(CALL).text(100)
    assert "✗ 403 by notion  in 500 ms" in shown
    assert "belongs to this delivery: sure (97%): it names x" in shown
    assert "with Bearer ntn_…9xYz (fingerprint 1a2b3c4d)" in shown
    assert "Notion refuses the call" in shown
    assert "the words of the API" in shown
    assert "→ Give the app that permission" in shown
    assert "No rule has anything" in call_findings(replace(CALL, findings=())).text(100)


def test_request_and_answer_are_shown_as_those_of_a_delivery() -> None:
    asked, answered = call_request(CALL).text(100), call_answer(CALL).text(100)
    assert "POST https://api.notion.com/v1/comments?x=1" in asked
    assert "Authorization" in asked
    assert '"parent"' in asked
    assert "✗ 403 Forbidden" in answered
    assert '"restricted_resource"' in answered
    raw = call_raw(CALL).text(100)
    assert "POST /v1/comments?x=1 HTTP/1.1" in raw
    assert "HTTP/1.1 403 Forbidden" in raw


def test_what_is_not_kept_or_not_there_is_said() -> None:
    assert "the first 13 B of 1.0 MB are kept" in call_request(replace(CALL, body_bytes=1024 * 1024)).text(100)
    gone = replace(CALL, answer=None, failure=Failure(kind="refused", detail="nobody there"))
    assert "no answer" in call_answer(gone).text(100)
    assert "nobody there" in call_answer(gone).text(100)
    assert "Answer" not in call_raw(gone).text(100)
    assert "played by hookscope in the API's place: notion: 403" in call_findings(
        replace(CALL, fault="notion: 403")
    ).text(100)


def test_the_title_says_which_call_it_is() -> None:
    assert render_call_title(CALL, 2, 3, 80).plain.rstrip() == " ▸ call 2 of 3  notion POST /v1/comments  ✗ 403 500 ms"
    assert "\x1b" not in render_call_title(replace(CALL, target="/\x1b[2J"), 1, 1, 80).plain
