"""Reading streams without consumers: direct gets, which any replica answers, a batch at a time.

A replica may be some milliseconds behind the leader: what it does not have yet it does not show, but it never shows a
message before one that comes earlier.

ADR-31 (github.com/nats-io/nats-architecture-and-design) describes the requests.
"""

from __future__ import annotations

import asyncio
import base64
import json
from typing import Any, NamedTuple

from hookscope_relay.log.nats.courier import API, ApiError, Courier, NoAnswer
from hookscope_relay.log.nats.parser import Mail

# The first try is short: a replica that was just killed still had the question.
TRY_S = 0.5
TRIES = 24
READ_BYTES = 4 * 1024 * 1024
# "no message found" of nats-server's errors.json.
NO_MESSAGE = 10037


class Message(NamedTuple):
    """What a stream holds under a seq; `pending` is how many more that were asked for lay behind it."""

    seq: int
    subject: str
    data: bytes
    pending: int = 0


class Reader:
    """Reads the streams of one connection; every method raises `LogUnavailable` where nobody answers for long."""

    def __init__(self, courier: Courier) -> None:
        self._courier = courier

    async def after(self, stream: str, subject: str, after: int, limit: int) -> list[Message]:
        """The messages of a subject (or pattern) behind a seq, in order, at most so many."""
        body = {"seq": after + 1, "next_by_subj": subject, "batch": limit, "max_bytes": READ_BYTES}
        return await self._get(stream, body, several=True)

    async def next(self, stream: str, subject: str, after: int) -> list[Message]:
        """The first message of a subject behind a seq, as a list; cheaper than `after`, but `pending` is not known."""
        return await self._get(stream, {"seq": after + 1, "next_by_subj": subject}, several=False)

    async def last(self, stream: str, subject: str, until: int = 0) -> Message | None:
        """The last message of a subject, or the last one up to a seq."""
        if until:
            found = await self._get(stream, {"multi_last": [subject], "up_to_seq": until, "batch": 1}, several=True)
        else:
            found = await self._get(stream, {"last_by_subj": subject}, several=False)
        return found[0] if found else None

    async def at(self, stream: str, seq: int) -> Message | None:
        """The message of that seq."""
        found = await self._get(stream, {"seq": seq}, several=False)
        return found[0] if found else None

    async def from_leader(self, stream: str, **wanted: Any) -> Message | None:
        """One message as the leader has it: `last_by_subj`, or `seq` (with `next_by_subj`)."""
        try:
            said = (await self._courier.api(f"STREAM.MSG.GET.{stream}", wanted))["message"]
        except ApiError as error:
            if error.code == NO_MESSAGE:
                return None
            raise
        return Message(int(said["seq"]), str(said["subject"]), base64.b64decode(said.get("data", "")))

    async def _get(self, stream: str, body: dict[str, Any], several: bool) -> list[Message]:
        subject, payload = f"{API}DIRECT.GET.{stream}", json.dumps(body).encode()
        for attempt in range(TRIES):
            found = await self._try(subject, payload, several)
            if found is not None:
                return found
            await asyncio.sleep(min(0.02 * 2**attempt, TRY_S))
        raise NoAnswer("NATS does not answer a direct get")

    async def _try(self, subject: str, payload: bytes, several: bool) -> list[Message] | None:
        """The messages; None where they did not all come."""
        future: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        found: list[Message] = []

        def heard(message: Mail | None) -> bool:
            if future.done():
                return True
            status = message.status if message else "none"
            if message is not None and not status:
                found.append(_message(message))
                if several:
                    return False
            # 204 ends a batch, 404 says that there is nothing.
            future.set_result(status in {"", "204", "404"})
            return True

        self._courier.ask(subject, payload, heard, TRY_S)
        return found if await future else None


def _message(message: Mail) -> Message:
    pending = int(message.header(b"Nats-Num-Pending") or 0)
    return Message(int(message.header(b"Nats-Sequence")), message.header(b"Nats-Subject"), message.data, pending)
