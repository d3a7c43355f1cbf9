"""What calls show together."""

from __future__ import annotations

from dataclasses import replace

from api_incidents import PAGE, UNAUTHORIZED, Incident, call_of, notion
from hookscope.api.judge import Judge
from hookscope.model.call import Call, Tie
from hookscope.model.secret import fingerprint

STALE = Incident("stale", "notion", f"GET {PAGE}", 401, UNAUTHORIZED, "", "")
FINE = Incident("fine", "notion", f"GET {PAGE}", 200, {"object": "page"}, "", "")


def test_a_token_that_worked_is_revoked() -> None:
    judge = Judge()
    judge.judge(call_of(FINE))
    first = judge.judge(call_of(STALE, started_at=2000.0)).findings[0]
    assert (first.cause, first.title) == (
        "token-revoked",
        "Notion accepted this token until 1970-01-01 00:16:40 UTC, and does not any more",
    )


def test_another_token_than_the_one_that_worked_is_changed() -> None:
    first = Judge({"notion": {"00112233": 1000.0}}).judge(call_of(STALE)).findings[0]
    assert first.cause == "token-changed"
    assert "00112233" in first.evidence[0].text


def test_the_secret_that_verifies_deliveries_is_known_by_its_fingerprint() -> None:
    token = "secret_" + "aB3q" * 10 + "abc"
    used = Incident("verification token", "notion", f"GET {PAGE}", 401, UNAUTHORIZED, "", "", token=token)
    assert Judge(signing=[]).judge(call_of(used)).findings[0].cause == "token-stale"
    first = Judge(signing=[fingerprint(token.encode())]).judge(call_of(used)).findings[0]
    assert first.cause == "wrong-token-kind"
    assert "the secret that verifies your webhook's deliveries" in first.title


def test_the_bot_of_another_workspace_is_told_from_a_page_that_is_not_shared() -> None:
    judge = Judge()
    judge.judge(call_of(Incident("me", "notion", "GET /v1/users/me", 200, {"object": "user", "id": "bot-1"}, "", "")))
    missing = Incident("missing", "notion", f"GET {PAGE}", 404, notion(404, "object_not_found"), "", "")
    assert judge.judge(call_of(missing), {"bot-2"}).findings[0].cause == "wrong-workspace"
    assert judge.judge(call_of(missing), {"bot-1"}).findings[0].cause == "not-shared"


def causes(judge: Judge, call: Call) -> list[str]:
    return [finding.cause for finding in judge.judge(call).findings]


def test_a_call_within_retry_after_is_said() -> None:
    judge = Judge()
    limited = Incident(
        "limited", "notion", f"GET {PAGE}", 429, notion(429, "rate_limited"), "", "", answered=(("Retry-After", "2"),)
    )
    judge.judge(call_of(limited))
    assert "retry-after-ignored" in causes(judge, call_of(FINE, started_at=1001.0))
    assert "retry-after-ignored" not in causes(judge, call_of(FINE, started_at=1000.02, target="/v1/other")), (
        "it was under way already"
    )
    assert "retry-after-ignored" not in causes(judge, call_of(FINE, started_at=1002.1))


def test_a_retry_of_what_cannot_succeed_is_said() -> None:
    judge = Judge()
    refused = Incident(
        "refused", "notion", "POST /v1/comments", 403, notion(403, "restricted_resource"), "", "", body=b"{}"
    )
    assert "futile-retry" not in causes(judge, call_of(refused))
    assert "futile-retry" in causes(judge, call_of(refused, started_at=1001.0))
    assert "futile-retry" not in causes(judge, call_of(refused, started_at=1002.0, body=b'{"a":1}'))


def test_more_than_the_pace_is_said_once() -> None:
    judge = Judge()
    told = [causes(judge, call_of(FINE, started_at=1000 + n / 10, target=f"/v1/x{n}")) for n in range(20)]
    assert sum("rate-exceeded" in found for found in told) == 1


def test_one_call_for_each_of_many_objects_is_said_once() -> None:
    judge = Judge()
    tie = Tie(delivery="d", confidence=1.0)
    told = [
        causes(judge, call_of(FINE, started_at=1000.0 + n, tie=tie, target=f"/v1/blocks/{n:032x}")) for n in range(8)
    ]
    assert sum("n-plus-one" in found for found in told) == 1


def test_the_same_page_fetched_for_each_of_a_burst_is_said() -> None:
    judge = Judge()
    told = [causes(judge, call_of(FINE, started_at=1000.0 + n)) for n in range(4)]
    assert [("repeated-fetch" in found) for found in told] == [False, False, True, False]


def test_what_hookscope_played_is_said_first() -> None:
    first = Judge().judge(call_of(STALE, fault="notion: 401")).findings[0]
    assert first.evidence[0].text == "hookscope played this: notion: 401"


def test_many_are_judged_in_their_order_with_the_bots_of_their_deliveries() -> None:
    missing = Incident("missing", "notion", f"GET {PAGE}", 404, notion(404, "object_not_found"), "", "")
    me = Incident("me", "notion", "GET /v1/users/me", 200, {"object": "user", "id": "bot-1"}, "", "")
    calls = [call_of(me), replace(call_of(missing), tie=Tie(delivery="d"))]
    assert Judge().judge_all(calls, {"d": {"bot-2"}})[1].findings[0].cause == "wrong-workspace"
    assert Judge().judge_all(calls)[1].findings[0].cause == "not-shared"
