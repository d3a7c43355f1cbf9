from __future__ import annotations

from dataclasses import replace

from factories import NOW
from hookscope.api.rule import call_rules
from hookscope.model.call import Call, Tie
from hookscope.model.finding import Evidence
from hookscope.tui.canvas.document import prose
from hookscope.tui.presentation.calls import SHOWN, call_lines
from hookscope_relay.delivery import Answer

FINDING = call_rules()["capability-missing"].find({"api": "Notion"}, evidence=(Evidence("x"),))
CALL = Call(
    api="notion",
    base="https://api.notion.com",
    method="POST",
    target="/v1/comments?x=1",
    started_at=NOW + 0.5,
    elapsed_ms=500.0,
    answer=Answer(status=403),
    tie=Tie(delivery="d", confidence=0.97, why="it names x"),
    findings=(FINDING,),
)


def text(*calls: Call) -> str:
    return prose(*call_lines(calls, NOW)).text(120)


def test_calls_are_a_waterfall_with_what_is_wrong() -> None:
    first = replace(
        CALL, target="/v1/pages/x", started_at=NOW, elapsed_ms=500.0, answer=Answer(status=200), findings=()
    )
    shown = text(first, CALL)
    assert "2 calls to APIs, 1 refused  over 1.0 s" in shown
    assert "▸ notion GET" not in shown
    assert "▸ notion POST /v1/comments" in shown
    assert " " * 14 + "█" * 12 + " " * 12 + " ✓ 200 in 500 ms" in shown
    assert " " * 14 + "·" * 12 + "█" * 12 + " ✗ 403 in 500 ms" in shown
    assert "✗ Notion refuses the call: the token lacks a permission" in shown
    assert "→ Give the app that permission" in shown
    assert "sure" not in shown


def test_how_sure_a_tie_is_stands_there_where_it_is_not() -> None:
    shown = text(replace(CALL, tie=Tie(delivery="d", confidence=0.5, why="several were in hand", others=("e",))))
    assert "a guess (50%, one of 2): several were in hand" in shown


def test_nothing_is_said_of_no_calls_and_not_all_of_very_many() -> None:
    assert text() == ""
    assert "and 5 more calls" in text(*[replace(CALL, findings=())] * (SHOWN + 5))


def test_what_was_played_is_marked_and_hostile_text_is_inert() -> None:
    shown = text(replace(CALL, api="x\x1b[2J", target="/\x07", fault="notion: 403"))
    assert "played: notion: 403" in shown
    assert "\x1b" not in shown
    assert "\x07" not in shown
