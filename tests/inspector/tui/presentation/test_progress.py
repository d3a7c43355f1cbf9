from __future__ import annotations

from hookscope.model.errors import HandlerUnreachable
from hookscope.tui.engine.job import Job
from hookscope.tui.presentation.progress import describe_end, render_progress


def test_the_line_says_how_far_it_is_what_failed_and_how_to_stop_it() -> None:
    job = Job("replaying", 10_000, done=2500, failed=3, started=100.0)
    text = render_progress(job, 110.0, 100).plain
    assert " replaying █████░░░░░░░░░░░░░░░ 2,500 of 10,000  ✗ 3 failed  30 s left  Esc stops it" in text
    assert len(text) == 100


def test_at_first_nobody_says_how_long_it_takes() -> None:
    assert "left" not in render_progress(Job("saving", 9, done=1, started=100.0), 100.5, 100).plain


def test_a_cancelled_one_is_stopping() -> None:
    assert "stopping …" in render_progress(Job("saving", 9, cancelled=True, started=0.0), 1.0, 100).plain


def test_the_end_is_a_sentence() -> None:
    assert describe_end(Job("replaying", 3, done=3)) == "replaying: 3 went well"
    error = HandlerUnreachable("it is gone", "start it")
    stopped = Job("replaying", 9, done=3, failed=1, cancelled=True, error=error)
    assert describe_end(stopped) == (
        "replaying: 2 went well, 1 failed; stopped after 3 of 9; the first error: it is gone; start it"
    )
