"""Finding who is to answer among the other nodes."""

from __future__ import annotations

from dataclasses import dataclass, field

from hookscope_relay.peers import arrange
from hookscope_relay.roster import Elsewhere, Roster
from hookscope_relay.senders import Waiter
from hookscope_relay.session import Session
from hookscope_relay.wire import Refused, Settled


@dataclass
class Nodes:
    """Nodes of which some are gone, which is noticed when one is asked."""

    roster: Roster
    gone: frozenset[str]
    asked: list[str] = field(default_factory=list)
    others: int = 2

    async def ask(self, waiter: Waiter) -> bool:
        assert isinstance(waiter.session, Elsewhere)
        self.asked.append(waiter.session.node)
        if waiter.session.node in self.gone:
            self.roster.forget_elsewhere(waiter.session)
        return waiter.session.node not in self.gone

    def settle(self, endpoint: str, delivery_id: str, frame: Settled) -> None: ...

    def turn_away(self, endpoint: str, frame: Refused) -> None: ...


def make(gone: set[str], here: bool = False) -> tuple[Nodes, Waiter]:
    roster = Roster()
    for at, node in enumerate(("first", "second")):
        roster.note_elsewhere("one", node, [Elsewhere(node.encode(), "one", node, "handler", float(at))])
    if here:
        roster.add(Session(b"here", "one", "handler", 0.0, 0, 1000), now=9.0)
    waiter = Waiter("one", "01k", 0, 0.0, 25.0, roster.answerer_elsewhere("one"), print, lambda: None)
    return Nodes(roster, frozenset(gone)), waiter


async def test_the_one_attached_longest_is_asked() -> None:
    nodes, waiter = make(set(), here=True)
    await arrange(nodes, nodes.roster, waiter)
    assert (nodes.asked, waiter.session.node) == (["first"], "first")


async def test_where_its_node_is_gone_the_next_is_asked_then_who_is_here_then_nobody() -> None:
    nodes, waiter = make({"first"})
    await arrange(nodes, nodes.roster, waiter)
    assert (nodes.asked, waiter.session.node) == (["first", "second"], "second")
    nodes, waiter = make({"first", "second"}, here=True)
    await arrange(nodes, nodes.roster, waiter)
    assert (nodes.asked, waiter.session.id) == (["first", "second"], b"here")
    nodes, waiter = make({"first", "second"})
    await arrange(nodes, nodes.roster, waiter)
    assert waiter.session is None


async def test_nobody_is_asked_for_a_sender_that_left() -> None:
    nodes, waiter = make(set())
    waiter.how = "sender-gone"
    await arrange(nodes, nodes.roster, waiter)
    assert nodes.asked == []
