"""What a session is sent next: what it is to hear, then records from the log and pieces of large deliveries,
within its window."""

from __future__ import annotations

from hookscope_relay.errors import LogUnavailable
from hookscope_relay.log.protocol import INLINE_BYTES, READ_BYTES, Log, Record
from hookscope_relay.roster import Attached
from hookscope_relay.senders import Clock, Waiting
from hookscope_relay.session import Session
from hookscope_relay.wire import CLOSE_RESTART

READ_AT_ONCE = 64
# No more than these never fill a read by their bytes.
FEW = READ_BYTES // INLINE_BYTES - 1
SEND_AT_ONCE_BYTES = 256 * 1024


class Dispatch:
    """Makes the messages of all sessions, from the log and of those who wait."""

    def __init__(self, log: Log, waiting: Waiting, clock: Clock) -> None:
        self._log = log
        self._waiting = waiting
        self._clock = clock

    async def next_messages(self, attached: Attached) -> list[bytes] | int:
        """As `Hub.next_messages`."""
        while True:
            attached.bell.clear()
            if attached.close_code is not None:
                return _last_words(attached) or attached.close_code
            if messages := await self._ready(attached):
                return messages
            await attached.bell.wait()

    async def _ready(self, attached: Attached) -> list[bytes]:
        session, more = attached.session, True
        # Each once, then the rest has its turn.
        messages = session.flows() if session.flowing else []
        size = sum(map(len, messages)) if messages else 0
        while size < SEND_AT_ONCE_BYTES:
            if session.notices:
                messages.append(session.notices.popleft())
                size += len(messages[-1])
                continue
            if more and not attached.ahead and session.has_room():
                more = await self._read_ahead(attached)
            turn = session.take_turn(bool(attached.ahead))
            if turn == "record":
                self._deliver(session, attached.ahead.popleft())
            elif turn == "piece":
                await self._send_piece(session)
            else:
                break
        if session.later and not session.notices:
            # What it tells of has left.
            messages += session.later
            session.later.clear()
        return messages

    async def _read_ahead(self, attached: Attached) -> bool:
        """What follows in the log; the disk is asked for backlog only. Whether more may follow that nobody rings
        for."""
        session = attached.session
        records = self._log.recent(session.endpoint, session.position, READ_AT_ONCE)
        if records is None:
            attached.ahead.extend(await self._log.read(session.endpoint, session.position, READ_AT_ONCE))
            return True
        attached.ahead.extend(records)
        return len(records) > FEW

    def _deliver(self, session: Session, record: Record) -> None:
        waiter = self._waiting.get(record.delivery_id)
        left_s = max(0.0, waiter.deadline - self._clock()) if waiter else 0.0
        mine = waiter is not None and waiter.session is not None and waiter.session.id == session.id and left_s > 0
        session.deliver(record, left_ms=int(left_s * 1000), answer=mine)

    async def _send_piece(self, session: Session) -> None:
        wanted = session.wants_piece()
        if wanted is None:
            return
        seq, number = wanted
        waiter = self._waiting.get(session.unanswered.get(seq, ""))
        if waiter is not None and waiter.pieces:
            session.piece(waiter.pieces[number])
            if number == len(waiter.pieces) - 1:
                waiter.pieces = ()
                waiter.release()
        else:
            session.piece(await self._piece(session.endpoint, seq, number))

    async def _piece(self, endpoint: str, seq: int, number: int) -> bytes | None:
        try:
            return await self._log.piece(endpoint, seq, number)
        except LogUnavailable:
            return None


def _last_words(attached: Attached) -> list[bytes]:
    """What a session is still to hear before its connection closes in order: others have lost their right to it,
    or do not listen."""
    notices = attached.session.notices
    later = attached.session.later
    words = [*notices, *later] if attached.close_code == CLOSE_RESTART else []
    notices.clear()
    later.clear()
    return words
