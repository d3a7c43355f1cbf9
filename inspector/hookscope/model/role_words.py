"""Who answers an endpoint's senders, in words: what the session that watches instead is told, and what it can do."""

from __future__ import annotations

from typing import NamedTuple

from hookscope.model.events import ConnectionChanged

# By the relay's reason (`hookscope_relay.wire.WHYS`): the words for it, and what makes this session answer.
REASONS = {
    "nobody": ("every session here only watches", "begin one without --watch"),
    "asked": ("this session was begun with --watch", "begin it without --watch"),
    "handler": ("it has a handler, and this session has none", "give this one a handler, or take over"),
    "first": ("it was there first", "take over"),
    "taken": ("it took over", "take over"),
}


class Watching(NamedTuple):
    """Who answers in this session's place, for what reason, what becomes of what comes, and what to do about it."""

    who: str
    why: str
    here: str
    remedy: str


def watching(told: ConnectionChanged) -> Watching:
    """Of a session that watches; nothing is known of `why` and `remedy` where an older relay tells no reason.

    `who` is what another session calls itself, or words for one without a name: to be made inert where it is shown.
    """
    why, remedy = REASONS.get(told.why, ("", ""))
    here = "this session's handler gets a copy" if told.copies else "it is only shown here"
    who = "nobody" if told.why == "nobody" else told.answerer or "another session"
    return Watching(who, why, here, remedy)


def may_take_over(told: ConnectionChanged) -> bool:
    """Whether a session that watches may take over: one that asked to watch may not."""
    return told.role == "watching" and told.why not in ("asked", "nobody")
