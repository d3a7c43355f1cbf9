"""Answers in messages between nodes, which hold less than an answer may."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from hookscope_relay.cluster.messages import Part
from hookscope_relay.delivery import Answer
from hookscope_relay.senders import Outcome
from hookscope_relay.session import ReplyBy

PART_BYTES = 512 * 1024


def split_answer(delivery_id: str, session: bytes, outcome: Outcome, node: str) -> Iterator[Part]:
    """The parts of the answer of a session at this node, in order; of one that is still being written its head."""
    answer = outcome.answer
    for number, start in enumerate(range(0, max(1, len(answer.body)), PART_BYTES)):
        part = Part(delivery_id, session, number, len(answer.body), answer.body[start : start + PART_BYTES])
        yield part if number else _with_head(part, outcome, node)


def _with_head(part: Part, outcome: Outcome, node: str) -> Part:
    answer = outcome.answer
    return Part(
        part.delivery_id,
        part.session,
        0,
        part.size,
        part.body,
        outcome.seq or 0,
        answer.status,
        answer.reason,
        outcome.by,
        answer.headers,
        outcome.stream is not None,
        node,
    )


class Parts:
    """Answers that are still arriving: `add` returns one that is whole."""

    def __init__(self) -> None:
        self._begun: dict[tuple[str, bytes], list[Part]] = {}

    def add(self, part: Part) -> Outcome | None:
        """Take a part; one that does not follow the one before drops the answer."""
        key = part.delivery_id, part.session
        parts = self._begun.pop(key, []) if part.number else []
        if part.number != len(parts):
            return None
        parts.append(part)
        if sum(len(one.body) for one in parts) < part.size:
            self._begun[key] = parts
            return None
        head = parts[0]
        body = b"".join(one.body for one in parts)
        answer = Answer(status=head.status, reason=head.reason, headers=head.headers, body=body)
        return Outcome(answer, cast(ReplyBy, head.by), head.seq or None)

    def forget(self, delivery_id: str) -> None:
        """Nobody waits for the delivery's answer any more."""
        for key in [key for key in self._begun if key[0] == delivery_id]:
            del self._begun[key]
