"""Requests whose bodies are still arriving while they are passed on, as the hub knows them: until each has come to its
end, or broken off, and is given its place in the log."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable

from hookscope_relay.delivery import Delivery
from hookscope_relay.errors import LogUnavailable
from hookscope_relay.keys.seal import Sealer
from hookscope_relay.log.protocol import EndpointRecord
from hookscope_relay.roster import Elsewhere, Roster
from hookscope_relay.senders import Clock, Interim, Told, Waiter, Waiting, stored
from hookscope_relay.session import Session
from hookscope_relay.wire import FIRST_REQUEST


class Requests:
    """Those of one hub. `answerer` says who answers for an endpoint; who waits for an answer once its request has come
    is added to `waiting`."""

    def __init__(
        self,
        roster: Roster,
        waiting: Waiting,
        sealer: Sealer,
        answerer: Callable[[str], Session | Elsewhere | None],
        deadline_s: float,
        clock: Clock,
    ) -> None:
        self._roster = roster
        self._waiting = waiting
        self._sealer = sealer
        self._answerer = answerer
        self._deadline_s = deadline_s
        self._clock = clock
        self._arriving: dict[str, Waiter] = {}
        self._numbers = itertools.count(FIRST_REQUEST, 2)

    def taker(self, endpoint: str) -> Session | None:
        """Who answers for an endpoint, if it takes requests while they arrive."""
        session = self._roster.answerer(endpoint)
        return session if session is not None and session.requests else None

    def get(self, delivery_id: str) -> Waiter | None:
        """The sender of that delivery, while it arrives."""
        return self._arriving.get(delivery_id)

    def begin(
        self,
        endpoint: EndpointRecord,
        delivery: Delivery,
        session: Session,
        told: Told,
        kept: Callable[[], None],
        interim: Interim | None,
    ) -> Waiter:
        """Begin to pass a request on to that session; `told` and `kept` are as for `Hub.accept`."""
        now = self._clock()
        waiter = Waiter(endpoint.id, delivery.id, 0, now, math.inf, session, told, kept, interim=interim)
        sealing = self._sealer.begin(delivery.id, endpoint.id, endpoint.seal, now)
        waiter.downflow = session.open_request(next(self._numbers), delivery, sealing, int(self._deadline_s * 1000))
        self._arriving[delivery.id] = waiter
        return waiter

    def end(self, endpoint: EndpointRecord, waiter: Waiter, size: int) -> None:
        """It came to its end, of so many bytes, or broke off; its sender waits from now on, unless it was answered."""
        del self._arriving[waiter.delivery_id]
        waiter.early = None
        waiter.size = size
        if waiter.how:
            return
        waiter.started = self._clock()
        waiter.deadline = waiter.started + self._deadline_s
        if isinstance(waiter.session, Session) and self._roster.find(waiter.session) is None:
            waiter.session = self._answerer(endpoint.id)
        if waiter.session is None:
            waiter.outcome = stored(endpoint)
        else:
            self._waiting.add(waiter)

    def drop(self, waiter: Waiter, error: LogUnavailable) -> None:
        """It cannot be kept."""
        del self._arriving[waiter.delivery_id]
        waiter.tell(error)
