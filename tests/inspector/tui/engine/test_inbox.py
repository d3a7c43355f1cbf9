from __future__ import annotations

import threading
from dataclasses import replace

from hookscope.model.events import Attempted, Captured, GapDeclared, HandshakeSeen, Noticed, Ready, Stopped
from hookscope.tui.engine.inbox import MAX_TOLD, Inbox


def captured(number: int) -> Captured:
    return Captured(
        at=0,
        id=str(number),
        number=number,
        origin="live",
        method="POST",
        target="/",
        provider="",
        event_type="",
        bytes=0,
        owed=False,
        received_at=0,
    )


def test_nothing_is_no_news() -> None:
    assert Inbox().take() is None


def test_all_that_happened_comes_out_once() -> None:
    inbox = Inbox()
    inbox.put(Ready(at=0, url="u", handler="", endpoint="e", relay="r"))
    inbox.put(captured(1))
    inbox.put(captured(2))
    inbox.put(
        Attempted(at=0, id="1", number=1, attempt=1, origin="live", method="POST", target="/", elapsed_ms=1, status=200)
    )
    inbox.put(GapDeclared(at=0, after=1, until=4, reason="retention"))
    inbox.put(HandshakeSeen(at=0, id="1", number=1, provider="notion", token="t"))
    inbox.put(Stopped(at=0, captured=2, exit_code=0))
    news = inbox.take()
    assert news is not None
    assert (inbox.session.url, inbox.session.captured) == ("u", 2)
    assert (news.arrived, news.changed) == ([1, 2], {1})
    assert len(news.told) == 1
    assert len(news.handshakes) == 1
    assert news.stopped is not None
    assert inbox.take() is None


def test_the_session_is_remembered_from_one_news_to_the_next() -> None:
    inbox = Inbox()
    inbox.put(captured(1))
    inbox.take()
    inbox.put(captured(2))
    news = inbox.take()
    assert news is not None
    assert inbox.session.captured == 2
    assert news.arrived == [2]


def test_a_flood_of_notices_is_counted_not_told() -> None:
    inbox = Inbox()
    for _ in range(MAX_TOLD + 7):
        inbox.put(Noticed(at=0, level="info", text="x"))
    news = inbox.take()
    assert news is not None
    assert (len(news.told), news.dropped) == (MAX_TOLD, 7)


def test_events_of_several_threads_are_all_there() -> None:
    inbox = Inbox()

    def send(first: int) -> None:
        for number in range(first, first + 500):
            inbox.put(captured(number))

    threads = [threading.Thread(target=send, args=(first,)) for first in (0, 500, 1000)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    news = inbox.take()
    assert news is not None
    assert sorted(news.arrived) == list(range(1500))


def test_what_the_screen_found_out_stays_with_the_session() -> None:
    inbox = Inbox()
    inbox.put(captured(1))
    inbox.amend(lambda session: replace(session, paused=True))
    assert inbox.session.paused
    inbox.put(captured(2))
    assert (inbox.session.paused, inbox.session.captured) == (True, 2)


def test_a_notice_that_has_a_place_of_its_own_is_not_told_over_the_list() -> None:
    inbox = Inbox()
    inbox.put(Noticed(at=0, level="info", text="t", about="every-path"))
    news = inbox.take()
    assert news is not None
    assert (news.told, inbox.session.notes) == ([], {"every-path"})
