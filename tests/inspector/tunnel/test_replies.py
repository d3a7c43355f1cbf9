"""What goes back to the senders, over a connection that may break."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from hookscope.tunnel.frames import reply_messages
from hookscope.tunnel.replies import Replies
from hookscope_relay.made_answers import build_answer
from hookscope_relay.wire import MAX_RAW


class FakeLink:
    """Takes what is sent."""

    def __init__(self, takes_more: bool = True) -> None:
        self.takes_more = takes_more
        self.sent: list[bytes] = []

    def send_soon(self, message: bytes) -> None:
        self.sent.append(message)

    async def send(self, message: bytes) -> None:
        self.sent.append(message)

    def leave(self) -> None:
        """All of it has left."""


def answer(size: int = 0) -> Any:
    return build_answer(200, "inspector", body=b"x" * size)


def messages(seq: int, size: int = 0) -> list[bytes]:
    return list(reply_messages(seq, answer(size), "inspector"))


async def carried(replies: Replies, link: Any) -> asyncio.Task[None]:
    task = asyncio.create_task(replies.carry(link))
    await replies.flush()
    return task


async def test_a_small_answer_leaves_at_once_where_the_connection_takes_it() -> None:
    replies, link = Replies(), FakeLink()
    replies.resume(link, "a")  # type: ignore[arg-type]
    replies.send(1, answer(), "inspector")
    assert link.sent == messages(1)


@pytest.mark.parametrize(("size", "takes_more"), [(3 * MAX_RAW, True), (0, False)])
async def test_others_wait_for_their_turn(size: int, takes_more: bool) -> None:
    replies, link = Replies(), FakeLink(takes_more)
    replies.resume(link, "a")  # type: ignore[arg-type]
    replies.send(1, answer(size), "inspector")
    assert link.sent == []
    task = await carried(replies, link)
    assert link.sent == messages(1, size)
    task.cancel()


async def test_what_is_not_settled_is_sent_again_on_the_next_connection_of_the_same_log() -> None:
    replies, first, same, another = Replies(), FakeLink(), FakeLink(), FakeLink()
    replies.resume(first, "a")  # type: ignore[arg-type]
    for seq in (1, 2, 3):
        replies.send(seq, answer(), "inspector")
    replies.settle(2)
    for link, epoch, expected in ((same, "a", [*messages(1), *messages(3)]), (another, "b", [])):
        replies.resume(link, epoch)  # type: ignore[arg-type]
        task = await carried(replies, link)
        assert link.sent == expected
        task.cancel()


async def test_what_the_relay_never_settles_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hookscope.tunnel.replies.REPLIED_WITHIN_S", -1.0)
    replies, link = Replies(), FakeLink()
    for seq in range(5):
        replies.send(seq, answer(), "inspector")
    monkeypatch.undo()
    replies.resume(link, "")  # type: ignore[arg-type]
    task = await carried(replies, link)
    assert link.sent == messages(4)
    task.cancel()
