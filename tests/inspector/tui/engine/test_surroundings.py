from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

from hookscope.model.events import Ready
from hookscope.secrets.kept import keep_secret
from hookscope.tui.engine.inbox import Inbox
from hookscope.tui.engine.surroundings import Surroundings, is_reachable


class AtOnce:
    """Finds out on the test's own thread."""

    def look(self, what: str, find: Callable[[], Any], show: Callable[[Any], object]) -> None:
        show(find())


def test_what_is_found_out_is_said_once(world: Any) -> None:
    found: list[str] = []
    inbox = Inbox()
    surroundings = Surroundings(world.settings, world.store, inbox, AtOnce(), lambda: found.append("found"))
    surroundings.look_for_handler()
    assert (inbox.session.reachable, found) == (None, [])
    with socket.create_server(("127.0.0.1", 0)) as server:
        handler = f"http://127.0.0.1:{server.getsockname()[1]}"
        inbox.put(Ready(at=0, url="u", handler=handler, endpoint="e", relay="r"))
        for _ in range(2):
            surroundings.look_for_handler()
    assert (inbox.session.reachable, found) == (True, ["found"])
    surroundings.look_for_handler()
    assert (inbox.session.reachable, found) == (False, ["found"] * 2)


def test_known_secrets_are_read_when_they_are_asked_for(world: Any) -> None:
    surroundings = Surroundings(world.settings, world.store, Inbox(), AtOnce(), lambda: None)
    assert surroundings.secrets is None
    keep_secret(world.settings.places, "github", "hush-hush", use_keyring=False)
    surroundings.read_secrets()
    assert surroundings.secrets is not None
    assert [secret.provider for secret in surroundings.secrets] == ["github"]


async def test_a_filter_is_offered_what_the_deliveries_hold(world: Any) -> None:
    await world.fill()
    offered: list[Any] = []
    Surroundings(world.settings, world.store, Inbox(), AtOnce(), lambda: None).offer_values(offered.append)
    assert "push" in offered[0]["type"]
    assert "stripe" in offered[0]["provider"]


def test_a_listening_handler_is_reachable_and_a_closed_port_is_not() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert is_reachable(f"http://127.0.0.1:{port}/hooks") is True
    assert is_reachable(f"http://127.0.0.1:{port}") is False


def test_what_is_no_url_is_unknown() -> None:
    assert is_reachable("no url at all") is None


async def test_the_newest_rows_are_read_as_they_are_in_the_store(world: Any) -> None:
    number = await world.keep(200)
    seen: list[Any] = []
    Surroundings(world.settings, world.store, Inbox(), AtOnce(), lambda: None).look_for_others(seen.append)
    assert [row.number for row in seen[0]] == [number]
