from __future__ import annotations

import re
from typing import Any

import pytest

from factories import NOW, make_delivery
from hookscope.api.rule import call_rules
from hookscope.diagnosis.case import Settlement
from hookscope.model.call import Call, Tie
from hookscope.model.capture import Attempt, Capture, Failure
from hookscope.model.finding import Evidence, Finding
from hookscope.model.verdict import Mistake, Recognition, Verdict
from hookscope.tools.report.document import MAX_BODY, Report, render_report
from hookscope_relay.delivery import Answer

HOSTILE = "\x1b[2J\u202e```\n# head\n<script>@all [x](y)"
FINDING = Finding(
    code="csrf.refused",
    severity="error",
    cause="csrf",
    layer="framework",
    product="django",
    title="The framework's CSRF check refused it",
    hint="Exempt the view.",
    evidence=(Evidence("403 with the CSRF page", "answer.body"),),
    alternatives=("waf-block",),
    confidence=0.9,
)


def report(**changes: object) -> str:
    attempt = Attempt(
        number=1,
        origin="live",
        handler_url="http://127.0.0.1:3000/hook",
        started_at=NOW + 0.5,
        elapsed_ms=12.0,
        answer=Answer(status=403, reason="Forbidden", headers=(("Server", "x"),), body=b"no"),
    )
    capture = Capture(
        delivery=make_delivery(url=""), attempts=(attempt,), provider="notion", redacted=("header:Cookie",)
    )
    values: dict[str, Any] = {
        "capture": capture,
        "words": str,
        "number": 5,
        "recognition": Recognition(provider="notion", event_type="page.created", event_id="evt-1"),
        "verdict": Verdict(
            state="rejected", reason="mismatch", scheme="notion", mistakes=(Mistake(id="trailing-newline"),)
        ),
        "findings": (FINDING,),
        "settled": Settlement(how="expired", status=504, by="relay", waited_ms=10_000),
        "curl": "curl -q http://127.0.0.1:3000/hook\n",
    }
    return render_report(Report(**{**values, **changes}))


def test_the_handlers_calls_stand_in_the_report() -> None:
    call = Call(
        api="notion",
        base="https://api.notion.com",
        method="POST",
        target="/v1/comments" + HOSTILE,
        started_at=NOW + 1,
        elapsed_ms=80.0,
        answer=Answer(status=403),
        tie=Tie(delivery="d", confidence=0.5, why="several were in hand", others=("e",)),
        findings=(call_rules()["capability-missing"].find({"api": "Notion"}, evidence=(Evidence("x"),)),),
    )
    text = report(calls=(call,))
    assert "## The handler's calls to APIs" in text
    assert "+1.000 s  POST https://api.notion.com/v1/comments" in text
    assert "403 in 80 ms  (a guess (50%, one of 2): several were in hand)" in text
    assert "### Notion refuses the call: the token lacks a permission" in text
    assert "\x1b" not in text
    assert "## The handler's calls" not in report()


def test_a_report_tells_what_a_ticket_needs_in_order() -> None:
    text = report()
    told = [
        "# Webhook delivery: notion page.created got 403",
        "(#5)",
        "`evt-1`",
        "Signature: rejected: the signature is of other bytes or another secret (scheme `notion`); trailing newline",
        "Handler: `http://127.0.0.1:3000/hook`",
        "## Findings",
        "### The framework's CSRF check refused it",
        "your framework or its middleware answered, before your handler (django), 90% sure",
        "Could also be: ",
        "Evidence: 403 with the CSRF page (`answer.body`)",
        "What to do: Exempt the view.",
        "## What was sent",
        "POST /webhooks/notion",
        "## What came back",
        "HTTP/1.1 403 Forbidden",
        "## Timeline",
        "+0.500 s  attempt 1 (live) got 403 in 12 ms",
        "the sender's time ran out with 504 by relay after 10000 ms",
        "## Send it again",
        "```sh\ncurl -q",
        "## Left out of this report",
        "- `header:Cookie`",
    ]
    at = -1
    for words in told:
        found = text.find(words, at + 1)
        assert found > at, words
        at = found


@pytest.mark.parametrize(
    ("attempts", "words"),
    [
        ((), "No attempt was made."),
        (
            (
                Attempt(
                    number=1,
                    origin="live",
                    handler_url="",
                    started_at=NOW,
                    failure=Failure(kind="timeout", detail="30 s"),
                ),
            ),
            "got no answer: timeout",
        ),
        ((Attempt(number=2, origin="replay", handler_url="", started_at=NOW),), "outcome of attempt 2 is unknown"),
    ],
)
def test_what_came_back_when_nothing_did(attempts: tuple[Attempt, ...], words: str) -> None:
    assert words in report(capture=Capture(delivery=make_delivery(), attempts=attempts), findings=(), verdict=None)


def test_nothing_that_anybody_wrote_leaves_its_place() -> None:
    attempt = Attempt(
        number=1,
        origin="live",
        handler_url=HOSTILE,
        started_at=NOW,
        answer=Answer(status=500, reason=HOSTILE, headers=((HOSTILE, HOSTILE),), body=HOSTILE.encode()),
    )
    delivery = make_delivery(
        method=HOSTILE, target=HOSTILE, headers=((HOSTILE, HOSTILE),), body=HOSTILE.encode(), remote=HOSTILE
    )
    finding = Finding(
        code="a.b",
        severity="error",
        cause="c",
        layer="handler",
        title=HOSTILE,
        hint=HOSTILE,
        product=HOSTILE,
        evidence=(Evidence(HOSTILE, HOSTILE),),
    )
    text = report(
        capture=Capture(delivery=delivery, attempts=(attempt,), redacted=(HOSTILE,)),
        recognition=Recognition(provider="notion", event_type=HOSTILE, event_id=HOSTILE),
        findings=(finding,),
        curl=HOSTILE,
    )
    assert "\x1b" not in text
    assert "\u202e" not in text
    fence = ""
    for line in text.split("\n"):
        marks = line[: len(line) - len(line.lstrip("`"))]
        if fence:
            fence = "" if line == fence else fence
        elif len(marks) >= 3:
            fence = marks
        else:
            outside_code = re.sub(r"(`+)[^`].*?\1(?!`)", "", line)
            assert line != "# head"
            assert not any(active in outside_code for active in ("<script>", "@all", "[x]"))
    assert fence == ""


def test_a_large_delivery_makes_a_report_that_a_tracker_takes() -> None:
    headers = tuple((f"X-{number}", "v" * 5000) for number in range(5))
    attempts = tuple(
        Attempt(number=number, origin="replay", handler_url="", started_at=NOW) for number in range(1, 500)
    )
    delivery = make_delivery(body=b"x" * 1_000_000, headers=headers)
    text = report(capture=Capture(delivery=delivery, attempts=attempts), curl="x" * 1_000_000)
    assert len(text.encode()) < 64 * 1024
    assert f"({1_000_000 - MAX_BODY:,} more bytes)" in text
    assert "too long for a report" in text
    assert "449 earlier attempts" in text


def test_binary_and_unreadable_bodies() -> None:
    assert "00000000" in report(capture=Capture(delivery=make_delivery(body=bytes(range(256)) * 9)))
    assert "could not be searched for secrets" in report(unreadable="gzip: cut off")


def test_the_timeline_is_in_the_order_of_time() -> None:
    attempts = tuple(
        Attempt(number=number, origin="replay", handler_url="http://h/", started_at=NOW + at)
        for number, at in ((1, 0.5), (2, 60.0))
    )
    text = report(capture=Capture(delivery=make_delivery(), attempts=attempts))
    text = text.partition("## Timeline")[2]
    assert text.index("attempt 1") < text.index("the sender's time ran out") < text.index("attempt 2")
