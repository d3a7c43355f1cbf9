"""Several developers on one URL: a real relay, and the sessions of each, with handlers of their own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hookscope.model.events import Attempted, ConnectionChanged, Noticed
from hookscope.model.session_requests import TakeOver
from hookscope.session.terms import Forwarding
from hookscope.store.captures import CaptureStore
from hookscope_relay import wire
from hookscope_relay.app import Relay
from hookscope_relay.errors import InputError
from raw_http import RawMessage, RawServer
from sessions import Session, make_plan


def answering(body: bytes) -> RawServer:
    return RawServer(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))


def of(name: str, home: Path, relay: Relay, handler: str, **changes: Any) -> Session:
    dialled = {key: changes.pop(key) for key in ("take_over", "mode") if key in changes}
    plan = make_plan(home / name, relay.origin, handler, forwarding=Forwarding(**changes))
    return Session(replace(plan, dialling=replace(plan.dialling, label=f"{name}@host", **dialled)))


async def told(session: Session, role: str, answerer: str = "", why: str = "") -> None:
    """Wait until the session is told that."""
    count = 0
    while True:
        count += 1
        change = await session.until(ConnectionChanged, count)
        if (change.role, change.answerer, change.why) == (role, answerer, why):
            return


async def body_of(session: Session) -> bytes:
    return RawMessage(await session.post()).body


async def test_one_answers_and_the_others_read_who_and_get_a_copy_where_they_share(
    relay: Relay, tmp_path: Path
) -> None:
    async with answering(b"ada") as first, answering(b"bob") as second, answering(b"eve") as third:
        ada = of("ada", tmp_path, relay, first.url)
        bob = of("bob", tmp_path, relay, second.url, share=True)
        eve = of("eve", tmp_path, relay, third.url)
        async with ada.running(), bob.running(), eve.running():
            await told(bob, "watching", "ada@host", "first")
            await told(eve, "watching", "ada@host", "first")
            assert await body_of(ada) == b"ada"
            copied = await bob.until(Attempted)
            assert (copied.status, copied.copy, copied.origin) == (200, True, "live")
            assert (len(first.requests), len(second.requests), len(third.requests)) == (1, 1, 0)
            await bob.runner.ask(TakeOver())
            await told(bob, "answering")
            await told(ada, "watching", "bob@host", "taken")
            await told(eve, "watching", "bob@host", "taken")
            assert await body_of(ada) == b"bob"
            assert not (await bob.until(Attempted, 2)).copy
    store = CaptureStore.open(tmp_path / "bob" / "captures.db")
    attempts = [store.find(str(number)).attempts for number in store.numbers()]
    store.close()
    assert [[one.is_copy for one in each] for each in attempts] == [[True], [False]]


async def test_a_session_takes_over_as_it_begins_and_not_again_when_it_comes_back(relay: Relay, tmp_path: Path) -> None:
    async with answering(b"ada") as first, answering(b"bob") as second:
        ada = of("ada", tmp_path, relay, first.url)
        bob = of("bob", tmp_path, relay, second.url, take_over=True)
        async with ada.running(), bob.running():
            await told(ada, "watching", "bob@host", "taken")
            assert await body_of(ada) == b"bob"
            await ada.runner.ask(TakeOver())
            await told(bob, "watching", "ada@host", "taken")
            assert relay._hub is not None
            (cut,) = [one for one in relay._hub.sessions(bob.plan.endpoint) if one.label == "bob@host"]
            relay._hub.close(cut, wire.CLOSE_TOO_SLOW)
            await bob.until(ConnectionChanged, 6)
            assert await body_of(ada) == b"ada"


async def test_an_older_relay_is_named_as_such(relay: Relay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its Welcome has no `answerer`, it knows no `TakeOver`, and the query's own words mean nothing to it."""
    hub = relay._hub
    assert hub is not None
    welcome = hub.welcome

    def old(*arguments: Any) -> bytes:
        decoded = wire.decode(welcome(*arguments))
        assert decoded is not None
        assert isinstance(decoded[0], wire.Welcome)
        return wire.encode(wire.Welcome(**{**{name: getattr(decoded[0], name) for name in OLD}}))

    OLD = ("url", "epoch", "after", "newest", "role", "deadline_ms", "max_body", "max_answer")
    monkeypatch.setattr(hub, "welcome", old)
    monkeypatch.setattr(hub.roster, "take_over", lambda _: None)
    ada = of("ada", tmp_path, relay, "")
    bob = of("bob", tmp_path, relay, "", take_over=True)
    async with ada.running(), bob.running():
        notice = await bob.until(Noticed)
        await told(bob, "watching")
        assert notice.text.startswith("this relay is older than taking over")
        with pytest.raises(InputError, match="older"):
            await bob.runner.ask(TakeOver())


async def test_who_only_watches_is_told_how_to_answer(relay: Relay, tmp_path: Path) -> None:
    ada, eve = of("ada", tmp_path, relay, ""), of("eve", tmp_path, relay, "", mode="watch")
    async with ada.running(), eve.running():
        await told(eve, "watching", "ada@host", "asked")
        with pytest.raises(InputError, match="--watch"):
            await eve.runner.ask(TakeOver())
