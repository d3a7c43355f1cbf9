"""A second `listen` for an endpoint: which it may show, and what it says of others."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from hookscope.apps.attach import _succeed, arrange, hold
from hookscope.commands.listen import LISTEN_OPTIONS
from hookscope.config.endpoint_keys import EndpointLock
from hookscope.config.session_note import NoteFile
from hookscope.config.settings import Settings, resolve
from hookscope.session.door import Door
from hookscope.session.run import Runner
from hookscope.session.succession import Other, Successor
from hookscope.text.version import version
from hookscope_relay.errors import AlreadyInUse


def settings(home: Path, handler: str = "", **given: Any) -> Settings:
    values = {name.replace("_", "-"): value for name, value in given.items()}
    return resolve(LISTEN_OPTIONS, {**values, "handler": handler}, {"HOOKSCOPE_HOME": str(home)}, "listen", home)


@contextlib.contextmanager
def session(
    home: Path, handler: str = "http://localhost:3000", begun: Settings | None = None, of: str = ""
) -> Iterator[EndpointLock]:
    """A session that has opened its endpoint and lets others in."""
    directory = settings(home).places.endpoints
    directory.mkdir(parents=True, exist_ok=True)
    door = Door(lambda _: Future(), begun or settings(home))
    note = NoteFile(directory, "default")
    with EndpointLock(directory, "default") as lock:
        note.opened("http://u", handler, "http://r")
        note.lets_in(door.open(), of or version())
        try:
            yield lock
        finally:
            door.close()


def test_the_first_holds_the_endpoint_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hookscope.apps.attach.LET_IN_WITHIN_S", 0.0)
    with ExitStack() as stack:
        assert hold(settings(tmp_path), stack) is None
        plan, make = arrange(settings(tmp_path), None, stack)
        with pytest.raises(AlreadyInUse, match="another `hookscope listen` runs"):
            hold(settings(tmp_path), stack)
    assert plan.note is not None
    assert plan.shared == settings(tmp_path)
    assert make is Runner


@pytest.mark.parametrize("handler", ["", "3000", "localhost:3000", "http://localhost:3000"])
def test_a_second_one_shows_it_where_it_asks_for_no_other(handler: str, tmp_path: Path) -> None:
    begun = settings(tmp_path, "3000", rate=3.0)
    with session(tmp_path, begun=begun), ExitStack() as stack:
        other = hold(settings(tmp_path, handler), stack)
        assert other is not None
        plan, make = arrange(settings(tmp_path, handler), other, stack)
        assert isinstance(make(plan, lambda _: None), Successor)
        other.attachment.stop()
    assert plan.handler_url == "http://localhost:3000"
    assert plan.pace


@pytest.mark.parametrize(
    ("name", "value", "begun", "is_shown"),
    [
        ("only_path", "/open", None, False),
        ("only_path", "/open", "/", False),
        ("only_path", "/open", "/open", True),
        ("only_path", None, "/open", True),
        ("only_from", ["10.0.0.0/8"], None, False),
        ("only_from", ["10.0.0.0/8"], ["10.0.0.0/8"], True),
        ("watch", True, None, False),
        ("websocket", False, None, False),
    ],
)
def test_who_asks_for_less_is_not_shown_a_session_that_lets_more_through(
    name: str, value: Any, begun: Any, is_shown: bool, tmp_path: Path
) -> None:
    first = settings(tmp_path, "3000", **({} if begun is None else {name: begun}))
    asked = settings(tmp_path, "3000", **({} if value is None else {name: value}))
    with session(tmp_path, begun=first), ExitStack() as stack:
        if is_shown:
            other = hold(asked, stack)
            assert other is not None
            other.attachment.stop()
        else:
            with pytest.raises(AlreadyInUse, match=f"another --{name.replace('_', '-')} than this one"):
                hold(asked, stack)


def test_of_several_that_follow_it_one_goes_on_as_it_was_and_the_others_show_that(tmp_path: Path) -> None:
    begun = settings(tmp_path, "3000", rate=3.0, new=True, port=0)
    with ExitStack() as one, ExitStack() as two:
        with session(tmp_path, begun=begun):
            assert _succeed_or_none(begun, one) is not None  # it is still there: it is shown
        NoteFile(begun.places.endpoints, "default").switched("http://localhost:4000")
        own = _succeed_or_none(begun, one)
        assert isinstance(own, Runner)
        assert own.plan.handler_url == "http://localhost:4000"
        assert (bool(own.plan.pace), own.plan.dialling.only_new) == (True, False)
        assert _succeed_or_none(begun, two) is None  # it lets nobody in yet


def _succeed_or_none(begun: Settings, stack: ExitStack) -> Other | Runner | None:
    found = _succeed(begun, stack, lambda _: None)
    if isinstance(found, Other):
        found.attachment.stop()
    return found


def test_one_of_another_version_is_not_read(tmp_path: Path) -> None:
    with (
        session(tmp_path, of="0.1"),
        ExitStack() as stack,
        pytest.raises(AlreadyInUse, match=r"is of version 0\.1, and"),
    ):
        hold(settings(tmp_path), stack)


OTHERS: dict[str, tuple[dict[str, Any], str, str]] = {
    "another handler": ({"handler": "4000"}, "http://localhost:3000", "it hands deliveries to http://localhost:3000"),
    "a handler for one without": ({"handler": "4000"}, "", "it hands deliveries to no handler, and H there"),
    "one that would take over": ({"take_over": True}, "http://localhost:3000", "--take-over is for sessions on other"),
}


@pytest.mark.parametrize(("given", "handler", "why"), OTHERS.values(), ids=OTHERS)
def test_what_it_cannot_do_is_said_with_a_remedy(given: dict[str, Any], handler: str, why: str, tmp_path: Path) -> None:
    with session(tmp_path, handler), ExitStack() as stack, pytest.raises(AlreadyInUse) as raised:
        hold(settings(tmp_path, **given), stack)
    assert why in str(raised.value)
    assert "choose another endpoint with --endpoint NAME" in str(raised.value)


def test_another_endpoint_is_another_session(tmp_path: Path) -> None:
    with session(tmp_path), ExitStack() as stack:
        assert hold(settings(tmp_path, "4000", endpoint="other"), stack) is None
