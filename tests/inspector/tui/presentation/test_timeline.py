from __future__ import annotations

import pytest

from factories import NOW, make_delivery
from hookscope.diagnosis.case import Earlier, Settlement
from hookscope.model.capture import Attempt, Capture
from hookscope.model.verdict import Recognition
from hookscope.tui.presentation.timeline import related_lines, render_bar, render_gap, timeline_document
from hookscope_relay.delivery import Answer


def test_each_attempt_has_its_time_origin_outcome_and_bar() -> None:
    first = Attempt(
        number=1,
        origin="live",
        handler_url="http://h/a",
        started_at=NOW + 0.02,
        elapsed_ms=100.0,
        answer=Answer(status=500),
    )
    second = Attempt(
        number=2,
        origin="replay",
        handler_url="http://h/a",
        started_at=NOW + 9,
        elapsed_ms=50.0,
        answer=Answer(status=200),
    )
    text = timeline_document(Capture(delivery=make_delivery(), attempts=(first, second))).text(100)
    for part in (
        "received by the relay",
        "queued 20 ms",
        "attempt 1, forwarded as it came +20 ms",
        "✗ 500",
        "attempt 2, replayed +9 s",
        "✓ 200 in 50 ms",
    ):
        assert part in text
    assert " " * 14 + "░░░" in text
    assert " " * 17 + "█" * 15 + " ✗ 500" in text
    assert " " * 14 + "█" * 7 in text


def test_without_attempts_it_says_so() -> None:
    assert "no attempt was made" in timeline_document(Capture(delivery=make_delivery())).text()


@pytest.mark.parametrize(("part", "bar"), [(0.0, "▏"), (50.0, "█████"), (100.0, "██████████"), (55.0, "█████▌")])
def test_a_bar_is_to_scale_and_never_empty(part: float, bar: str) -> None:
    assert render_bar(part, 100.0, 10) == bar


def test_a_bar_of_nothing_is_the_finest() -> None:
    assert render_bar(0.0, 0.0) == "▏"


@pytest.mark.parametrize(
    ("settled", "text"),
    [
        (
            Settlement(how="answered", status=202, by="relay", waited_ms=12.0),
            "the sender was answered with 202 by relay after 12 ms",
        ),
        (
            Settlement(how="expired", status=504, by="relay", waited_ms=25_000.0),
            "time ran out, it was answered with 504",
        ),
        (Settlement(how="sender-gone", waited_ms=3.0), "the sender hung up before there was an answer after 3.0 ms"),
    ],
)
def test_how_the_senders_wait_ended_is_told(settled: Settlement, text: str) -> None:
    assert text in timeline_document(Capture(delivery=make_delivery()), settled).text(120)


def test_deliveries_of_the_same_event_and_object_stand_together() -> None:
    recognition = Recognition(provider="notion", event_id="e1", object_id="page-1")
    related = (
        Earlier(number=3, received_at=NOW - 40, event_id="e1", event_type="page.created", status=500),
        Earlier(number=4, received_at=NOW, event_id="e1", event_type="page.created", status=200),
        Earlier(number=9, received_at=NOW + 7200, event_id="e2", event_type="page.deleted"),
    )
    texts = [row.plain for row in related_lines(4, recognition, related)]
    assert "page-1" in texts[0]
    assert texts[1] == "! The event came 2 times."
    assert "-40 s  #3 page.created  ✗ 500  the same event" in texts[2]
    assert texts[3].startswith("› ")
    assert "this one  #4" in texts[3]
    assert "+2 h  #9" in texts[4]
    assert "the same event" not in texts[3] + texts[4]
    assert related_lines(4, recognition, related[:1]) == ()


def test_the_answer_stands_behind_the_live_attempt_and_before_replays() -> None:
    live = Attempt(number=1, origin="live", handler_url="", started_at=NOW, answer=Answer(status=500))
    replay = Attempt(number=2, origin="replay", handler_url="", started_at=NOW + 5, answer=Answer(status=200))
    capture = Capture(delivery=make_delivery(), attempts=(live, replay))
    text = timeline_document(capture, Settlement(status=500, waited_ms=3.0)).text(100)
    assert text.index("attempt 1") < text.index("the sender was answered") < text.index("attempt 2")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-0.25, "-250 ms"),
        (3.2, "+3 s"),
        (-150.0, "-2 min"),
        (7200.0, "+2 h"),
        (400_000.0, "+5 d"),
    ],
)
def test_the_time_between_is_short_and_signed(seconds: float, text: str) -> None:
    assert render_gap(seconds) == text
