"""What goes back to the senders, over a connection that may break."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from hookscope.tunnel.replies import Replies, reply_messages
from hookscope_relay.delivery import Answer
from hookscope_relay.made_answers import build_answer
from hookscope_relay.wire import MAX_MESSAGE, MAX_RAW, Piece, Reply, decode


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


@pytest.mark.parametrize("length", [0, 1, MAX_RAW, MAX_RAW + 1, 3 * MAX_RAW])
def test_a_reply_is_its_body_in_parts_that_fit(length: int) -> None:
    body = bytes(range(256)) * (length // 256) + b"x" * (length % 256)
    answer = Answer(status=201, reason="Made", headers=(("A", "b"),), body=body)
    messages = list(reply_messages(5, answer, "inspector"))
    assert all(len(message) <= MAX_MESSAGE for message in messages)
    decoded = [found for message in messages if (found := decode(message))]
    head, *pieces = [frame for frame, _ in decoded]
    assert head == Reply(seq=5, status=201, reason="Made", headers=(("A", "b"),), size=length, by="inspector")
    assert pieces == [Piece(seq=5, number=n, last=n == len(pieces)) for n in range(1, len(pieces) + 1)]
    assert b"".join(raw for _, raw in decoded) == body
