"""What the screen does of itself: with what happened in the session, and with what was answered to a request."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from hookscope.model.events import HandshakeSeen
from hookscope.model.session_requests import Backlog, Held, KeepSecret, Resume, SessionRequest, SetSecret, SwitchHandler
from hookscope.model.summary import Summary
from hookscope.tui.actions.screen import ActionScreen
from hookscope.tui.actions.session import hand_over, keep_secret, offer_backlog, offer_held
from hookscope.tui.engine.ask import Answered
from hookscope.tui.engine.inbox import News
from hookscope.tui.engine.state import answered
from hookscope.tui.presentation.handshake import provider_name
from hookscope.tui.presentation.notices import announce, tell


def take_news(screen: ActionScreen, news: News) -> None:
    """Show what came and changed, and tell what is to be told."""
    if screen.list_filter.text:
        screen.list_filter.is_stale |= bool(news.arrived or news.changed)
    else:
        screen.list.arrived(news.arrived)
    if news.changed:
        screen.list.changed(news.changed)
    for told in news.told:
        screen.say(*announce(told, screen.keyboard))
    if news.dropped:
        screen.say(f"… and {news.dropped} more notices", "warning")
    for seen in news.handshakes:
        _take_handshake(screen, seen)
    if news.stopped is not None and not screen.session.url:
        screen.app.exit()


def take_rows(screen: ActionScreen, rows: Sequence[Summary]) -> bool:
    """Show what other processes kept and changed, and whether there was any; what the session tells of comes as news
    before."""
    if screen.list_filter.text:
        screen.list_filter.compare(rows)
        return False
    before = len(screen.list.window)
    screen.list.arrived([row.number for row in rows])
    if changed := screen.list.window.differing(rows):
        screen.list.changed(changed)
    return bool(changed) or len(screen.list.window) != before


def take_answer(screen: ActionScreen, message: Answered) -> None:
    """Say what came of a request, and do what follows from it."""
    told, level = tell(message.request, message.value, message.error)
    if told:
        screen.say(told, level)
    if message.error is None:
        screen.inbox.amend(lambda session: answered(session, message.request, message.value))
        _follow_up(screen, message.request, message.value)
        screen.list_filter.read()


def _follow_up(screen: ActionScreen, request: SessionRequest[object], value: object) -> None:
    match request:
        case Resume() if isinstance(value, int):
            offer_held(screen, value)
        case Backlog():
            offer_backlog(screen, cast(Sequence[str], value))
        case Held():
            hand_over(screen, cast(Sequence[str], value))
        case SetSecret() | KeepSecret():
            screen.surroundings.read_secrets()
        case SwitchHandler():
            screen.surroundings.look_for_handler()


def _take_handshake(screen: ActionScreen, seen: HandshakeSeen) -> None:
    """Show a provider's first token at once.

    Anyone who knows the URL can send more, so those wait until they are asked for.
    """
    screen.handshake = seen
    is_first = seen.provider not in screen.shown_handshakes and seen.kept != "candidate"
    if is_first and screen.is_current:
        screen.shown_handshakes.add(seen.provider)
        keep_secret(screen)
    else:
        told = f"{provider_name(seen.provider)} sent a verification token with #{seen.number}; K shows it"
        screen.say(told, "warning")
