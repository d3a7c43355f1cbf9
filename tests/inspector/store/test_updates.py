from __future__ import annotations

import os
import sqlite3
from dataclasses import replace

import pytest

from held import FINDING, begun, keep
from hookscope.model.capture import Failure, Origin, SentRequest
from hookscope.model.errors import NoSuchCapture
from hookscope.model.verdict import Mistake, Verdict
from hookscope.store.captures import CaptureStore
from hookscope_relay.delivery import Answer


async def test_an_attempt_leaves_its_mark_before_it_ends(store: CaptureStore) -> None:
    made = await keep(store)
    number = await store.begin_attempt(made.id, begun("live", "http://127.0.0.1:3000/", 1_800_000_002.5))
    (running,) = store.attempts(made.id)
    assert (number, running.answer, running.failure, running.started_at) == (1, None, None, 1_800_000_002.5)
    summary = store.summary(1)
    assert summary is not None
    assert (summary.attempts, summary.status, summary.failure) == (1, None, "")


async def test_attempts_come_back_as_they_were(store: CaptureStore) -> None:
    made = await keep(store)
    answer = Answer(
        status=302, reason="F\xf6und", headers=(("Set-Cookie", "a"), ("Set-Cookie", "b")), body=os.urandom(600_000)
    )
    first = await store.begin_attempt(made.id, begun("live", "http://h/", 1.0))
    await store.end_attempt(made.id, first, elapsed_ms=12.5, answer=answer, answered_by="framework")
    second = await store.begin_attempt(made.id, begun("replay", "http://h/", 2.0))
    await store.end_attempt(made.id, second, elapsed_ms=3.0, failure=Failure(kind="timeout", detail="2 s"))
    one, two = store.find("1").attempts
    assert (one.number, one.origin, one.answer, one.elapsed_ms, one.answered_by) == (
        1,
        "live",
        answer,
        12.5,
        "framework",
    )
    assert (two.number, two.origin, two.answer, two.failure) == (
        2,
        "replay",
        None,
        Failure(kind="timeout", detail="2 s"),
    )
    summary = store.summary(1)
    assert summary is not None
    assert (summary.attempts, summary.status, summary.failure, summary.elapsed_ms) == (2, None, "timeout", 3.0)


async def test_an_older_attempt_that_ends_late_does_not_speak_for_the_latest(store: CaptureStore) -> None:
    made = await keep(store)
    await store.begin_attempt(made.id, begun("live", "http://h/", 1.0))
    await store.begin_attempt(made.id, begun("replay", "http://h/", 2.0))
    await store.end_attempt(made.id, 2, elapsed_ms=1, answer=Answer(status=200))
    await store.end_attempt(made.id, 1, elapsed_ms=9, answer=Answer(status=500))
    summary = store.summary(1)
    assert summary is not None
    assert summary.status == 200


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"method": "PUT"},
        {"target": "/other"},
        {"headers": (("A", "b"),)},
        {"body": b""},
        {"body": b"edited" * 100_000, "headers": ()},
    ],
)
async def test_what_was_sent_comes_back_and_what_is_equal_is_not_held_twice(
    store: CaptureStore, changes: dict[str, object]
) -> None:
    made = await keep(store)
    equal: dict[str, object] = {
        "method": made.method,
        "target": made.target,
        "headers": made.headers,
        "body": made.body,
    }
    sent = SentRequest(**(equal | changes))  # type: ignore[arg-type]  # fields by name
    await store.begin_attempt(made.id, begun("replay", "http://h/", 1.0, sent))
    assert store.attempts(made.id)[0].request == sent
    held = sqlite3.connect(store.path)
    row = held.execute("SELECT sent_method, sent_target, sent_headers, sent_body FROM attempts").fetchone()
    held.close()
    assert [column is not None for column in row[:3]] == [
        "method" in changes,
        "target" in changes,
        "headers" in changes,
    ]
    assert bool(row[3]) == ("body" in changes)


async def test_findings_and_verdict_come_back_and_lead_the_list(store: CaptureStore) -> None:
    made = await keep(store)
    verdict = Verdict(
        state="rejected", provider="notion", reason="mismatch", mistakes=(Mistake(id="body-crlf"),), ruled_out=("x",)
    )
    await store.keep_findings(made.id, 0, verdict, [])
    await store.begin_attempt(made.id, begun("live", "http://h/", 1.0))
    await store.keep_findings(made.id, 1, None, [FINDING, FINDING])
    assert store.findings(made.id) == (FINDING, FINDING)
    assert store.findings(made.id, 0) == ()
    assert store.verdict(made.id) == verdict
    summary = store.summary(1)
    assert summary is not None
    assert (summary.verdict, summary.cause, summary.severity, summary.title) == (
        "rejected",
        FINDING.cause,
        "error",
        FINDING.title,
    )
    await store.keep_findings(made.id, 1, None, [])
    assert store.findings(made.id, 1) == ()


async def test_how_the_wait_ended_is_kept_and_the_first_word_stays(store: CaptureStore) -> None:
    made = await keep(store)
    assert store.settlement(made.id) is None
    await store.settle(made.id, "expired", 504, "relay", 25_000.0)
    await store.settle(made.id, "answered", 200, "", 1.0)
    settled = store.settlement(made.id)
    assert settled is not None
    assert (settled.how, settled.status, settled.by, settled.waited_ms) == ("expired", 504, "relay", 25_000.0)


async def test_what_ends_after_its_capture_was_cleared_is_not_an_error(store: CaptureStore) -> None:
    await store.end_attempt("gone", 1, elapsed_ms=1.0, answer=Answer(status=200))
    await store.keep_findings("gone", 1, None, [FINDING])
    await store.settle("gone", "answered", 200, "", 1.0)
    assert (store.attempts("gone"), store.findings("gone"), store.verdict("gone")) == ((), (), None)
    with pytest.raises(NoSuchCapture):
        await store.begin_attempt("gone", begun("replay", "http://h/", 1.0))


SENT = SentRequest(method="POST", target="/fixed", headers=(), body=b"")
# What is tried after a live 404 at /hooks, whether its outcome stands in the row, and what stands beside it.
TRIED = [
    (("replay", "http://h/hooks", None), True, "200 replayed; 404 live"),
    (("replay", "http://other:1/hooks", None), True, "200 replayed; 404 live"),
    (("backlog", "http://h/hooks", None), True, "200 handed over later; 404 live"),
    (("replay", "http://h/fixed", SENT), False, "404 live; 200 at /fixed"),
    (("replay", "http://h/hooks", SENT), False, "404 live; 200 with a change"),
    (("replay", "http://h/x/hooks", None), False, "404 live; 200 at /x/hooks"),
    (("probe", "http://h/hooks", None), False, "404 live; 200 with a change"),
    (("check", "http://h/hooks", None), False, "404 live; 200 with a change"),
]


@pytest.mark.parametrize(("tried", "counts", "beside"), TRIED)
async def test_an_experiment_stands_beside_what_the_sender_got(
    store: CaptureStore, tried: tuple[Origin, str, SentRequest | None], counts: bool, beside: str
) -> None:
    made = await keep(store, target="/hooks")
    await store.begin_attempt(made.id, begun("live", "http://h/hooks", 1.0))
    await store.end_attempt(made.id, 1, elapsed_ms=1, answer=Answer(status=404))
    await store.keep_findings(made.id, 1, Verdict(state="verified"), [FINDING])
    origin, url, request = tried
    await store.begin_attempt(made.id, begun(origin, url, 2.0, request))
    await store.end_attempt(made.id, 2, elapsed_ms=2, answer=Answer(status=200))
    await store.keep_findings(made.id, 2, Verdict(state="no-secret"), [])
    summary = store.summary(1)
    assert summary is not None
    assert (summary.status, summary.outcome_attempt, summary.attempts) == ((200, 2, 2) if counts else (404, 1, 2))
    assert summary.beside == beside
    assert (summary.title, store.findings(made.id)) == (("", ()) if counts else (FINDING.title, (FINDING,)))
    assert summary.verdict == ("no-secret" if counts else "verified")
    outcome = store.find("1").outcome
    assert outcome is not None
    assert outcome.number == summary.outcome_attempt


async def test_what_is_proved_leads_until_an_attempt_counts_again(store: CaptureStore) -> None:
    made = await keep(store, target="/hooks")
    other = replace(FINDING, code="routing.method", title="Another")
    proved = replace(FINDING, title="It was the slash", proved="attempt 2: HTTP 200")
    await store.begin_attempt(made.id, begun("live", "http://h/hooks", 1.0))
    await store.end_attempt(made.id, 1, elapsed_ms=1, answer=Answer(status=404))
    await store.keep_findings(made.id, 1, None, [other, FINDING])
    for number in (2, 3):
        await store.begin_attempt(made.id, begun("probe", f"http://h/hooks{number}", 2.0, SENT))
        await store.end_attempt(made.id, number, elapsed_ms=2, answer=Answer(status=200))
    await store.keep_proofs(made.id, [proved], 2)
    await store.keep_findings(made.id, 1, None, [other, FINDING])
    summary = store.summary(1)
    assert summary is not None
    assert store.findings(made.id) == (proved, other)
    assert (summary.title, summary.beside) == (proved.title, "404 live; 200 at /hooks2, proved")
    await store.begin_attempt(made.id, begun("replay", "http://h/hooks", 3.0))
    await store.end_attempt(made.id, 4, elapsed_ms=1, answer=Answer(status=200))
    assert store.findings(made.id) == ()
    summary = store.summary(1)
    assert summary is not None
    assert (summary.status, summary.beside) == (200, "200 replayed; 404 live")
