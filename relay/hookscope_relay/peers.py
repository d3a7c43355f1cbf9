"""The other nodes of a relay, as the hub of one knows them, and how it finds who among them is to answer."""

from __future__ import annotations

from typing import Protocol

from hookscope_relay.roster import Elsewhere, Roster
from hookscope_relay.senders import Waiter
from hookscope_relay.wire import Refused, Settled


class Peers(Protocol):
    """The other nodes of a relay, as the hub of one knows them."""

    @property
    def others(self) -> int:
        """How many there are."""
        ...

    async def ask(self, waiter: Waiter) -> bool:
        """Ask the node of the waiter's session to have it answer.

        False where it is not there any more, which the roster knows then.
        """
        ...

    def settle(self, endpoint: str, delivery_id: str, frame: Settled) -> None:
        """Tell the endpoint's inspectors at other nodes how a sender's wait ended."""
        ...

    def turn_away(self, endpoint: str, frame: Refused) -> None:
        """Tell the endpoint's inspectors at other nodes of a request that was turned away."""
        ...


async def arrange(peers: Peers, roster: Roster, waiter: Waiter) -> None:
    """Find who is to answer a sender whose answerer seems to be elsewhere; None where nobody is attached any more.

    The node knows of it before the delivery is in the log, from which it leaves.
    """
    while isinstance(waiter.session, Elsewhere) and not waiter.how:
        if await peers.ask(waiter):
            return
        waiter.session = roster.answerer(waiter.endpoint) or roster.answerer_elsewhere(waiter.endpoint)
