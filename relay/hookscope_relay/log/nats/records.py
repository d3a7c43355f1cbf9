"""Reading what is kept of an endpoint: records in order, each naming the one before it, and the pieces of large ones.

What is damaged on one replica is fetched from another; what is damaged everywhere is left out, and said so.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from hookscope_relay.errors import LogUnavailable
from hookscope_relay.log.nats.form import Stored, decode_stored, unwrap
from hookscope_relay.log.nats.places import Places
from hookscope_relay.log.nats.reader import Message, Reader
from hookscope_relay.log.nats.retain import Keeper
from hookscope_relay.log.nats.streams import Names
from hookscope_relay.log.protocol import Record, within_read
from hookscope_relay.log_lines import tell

# How long a replica may be behind what is known to be kept.
BEHIND_S = (0.001, 0.002, 0.004, 0.008, 0.016, 0.03, 0.06, 0.12, 0.25)
# A damaged message may be sound on another replica.
LOOKS = 5

logger = logging.getLogger("hookscope.relay")


class Records:
    """The records of all endpoints, as `Log` reads them; `damaged` counts those that were left out."""

    def __init__(self, reader: Reader, names: Names, keeper: Keeper, places: Places) -> None:
        self.damaged = 0
        self._reader = reader
        self._names = names
        self._keeper = keeper
        self._places = places
        self._told_of: set[int] = set()

    async def read(self, endpoint: str, after: int, limit: int) -> Sequence[Record]:
        """As `Log.read`."""
        subject = self._names.of_endpoint(endpoint)
        messages = await self._after(endpoint, subject, after, limit)
        if not messages:
            return ()
        prev = await self._before(endpoint, subject, after, messages[0].seq)
        records = []
        for message in messages:
            if stored := await self._sound(subject, message):
                records.append(stored.record(message.seq, prev))
            # A damaged one is as good as gone: the next one says that something lay before it.
            prev = message.seq
        read = within_read(records)
        is_whole = len(read) == len(records)
        last = messages[-1].seq if is_whole else read[-1].seq
        if is_whole and not messages[-1].pending:
            self._places.begin(endpoint, last)
        else:
            self._places.hear(endpoint, last)
        self._places.note_read(endpoint, last)
        return read

    async def look(self, endpoint: str, after: int) -> int:
        """The seq of a record behind that one, 0 where there is none: for words of other nodes that were lost."""
        messages = await self._reader.next(self._names.deliveries, self._names.of_endpoint(endpoint), after)
        for message in messages:
            self._places.hear(endpoint, message.seq)
        return messages[-1].seq if messages else 0

    async def _after(self, endpoint: str, subject: str, after: int, limit: int) -> list[Message]:
        # Who stood at the end a moment ago mostly finds one.
        one = self._places.is_live(endpoint, after)
        for pause_s in (0.0, *BEHIND_S):
            if pause_s:
                await asyncio.sleep(pause_s)
            if one:
                found = await self._reader.next(self._names.deliveries, subject, after)
            else:
                found = await self._reader.after(self._names.deliveries, subject, after, limit)
            if found:
                return found
            if after >= (self._places.newest(endpoint) or 0):
                self._places.begin(endpoint, 0)
                return []
        behind = await self._reader.from_leader(self._names.deliveries, seq=after + 1, next_by_subj=subject)
        if behind is None:
            # It was trimmed.
            self._places.set_newest(endpoint, after)
            return []
        return [behind]

    async def _before(self, endpoint: str, subject: str, after: int, first: int) -> int:
        """The seq of the record before the first one that was read behind `after`."""
        if self._places.is_live(endpoint, after):
            return after
        if self._places.is_record(endpoint, after):
            # Nothing is kept between the two, and what was trimmed is an endpoint's beginning.
            return min(max(after, await self._keeper.mark(endpoint)), first - 1)
        found = await self._reader.last(self._names.deliveries, subject, first - 1) if first > 1 else None
        if found is not None and found.seq < first:
            return found.seq
        mark = await self._keeper.mark(endpoint)
        return min(mark, first - 1)

    async def _sound(self, subject: str, message: Message) -> Stored | None:
        """What a message holds, if need be from another replica; None where it is damaged everywhere."""
        stored = decode_stored(subject, message.data)
        for _ in range(LOOKS):
            if stored is not None:
                return stored
            again = await self._reader.at(self._names.deliveries, message.seq)
            stored = decode_stored(subject, again.data) if again else None
        if stored is None and message.seq not in self._told_of:
            self._told_of.add(message.seq)
            self.damaged += 1
            tell(logger, "damaged delivery left out", logging.ERROR, stream=self._names.deliveries, seq=message.seq)
        return stored

    async def piece(self, endpoint: str, seq: int, number: int) -> bytes:
        """As `Log.piece`."""
        message = await self._reader.at(self._names.deliveries, seq) if seq > 0 else None
        subject = self._names.of_endpoint(endpoint)
        stored = await self._sound(subject, message) if message and message.subject == subject else None
        if stored is None or not 0 <= number < stored.pieces:
            raise LogUnavailable(f"piece {number} of {seq} is not kept")
        if number < len(stored.inline):
            return stored.inline[number]
        return await self._further_piece(self._names.of_piece(stored.upload, number))

    async def _further_piece(self, subject: str) -> bytes:
        for pause_s in (0.0, *BEHIND_S):
            await asyncio.sleep(pause_s)
            message = await self._reader.last(self._names.pieces, subject)
            content = unwrap(subject, message.data) if message else None
            if content is not None:
                return content
        raise LogUnavailable(f"the piece {subject} is not kept")

    async def ends(self, endpoint: str, holding: int = 0) -> tuple[int, int]:
        """As `Log.ends`."""
        subject = self._names.of_endpoint(endpoint)
        mark = await self._keeper.mark(endpoint)
        newest = 0
        # A leader that was elected just now may not have come to the end yet.
        for pause_s in (0.0, *BEHIND_S, 0.5, 1.0):
            await asyncio.sleep(pause_s)
            last = await self._reader.from_leader(self._names.deliveries, last_by_subj=subject)
            newest = max(mark, last.seq if last else 0)
            if newest >= holding:
                break
        self._places.begin(endpoint, newest)
        if last is not None and newest == last.seq:
            self._places.note_read(endpoint, newest)
        return mark, newest
