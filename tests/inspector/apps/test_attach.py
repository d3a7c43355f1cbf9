"""A second `listen` for an endpoint: which it may show, and what it says of others."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hookscope.apps.attach import arrange, hold
from hookscope.commands.listen import LISTEN_OPTIONS
from hookscope.config.endpoint_keys import EndpointLock
from hookscope.config.session_note import NoteFile
from hookscope.config.settings import Settings, resolve
from hookscope.session.attachment import AttachedRunner
from hookscope.session.run import Runner
from hookscope_relay.errors import AlreadyInUse
from sessions import make_plan


def settings(home: Path, handler: str = "", **given: Any) -> Settings:
    values = {name.replace("_", "-"): value for name, value in given.items()}
    return resolve(LISTEN_OPTIONS, {**values, "handler": handler}, {"HOOKSCOPE_HOME": str(home)}, "listen", home)


def session(home: Path, handler: str = "http://localhost:3000") -> EndpointLock:
    """The lock of a session that has opened its endpoint."""
    directory = settings(home).places.endpoints
    directory.mkdir(parents=True)
    NoteFile(directory, "default").opened("http://u", handler, "http://r")
    return EndpointLock(directory, "default")


def test_the_first_holds_the_endpoint_and_says_so(tmp_path: Path) -> None:
    with ExitStack() as stack:
        assert hold(settings(tmp_path), stack) is None
        plan, make = arrange(make_plan(tmp_path, "http://r"), settings(tmp_path), None)
        with pytest.raises(AlreadyInUse, match="another `hookscope listen` runs"):
            hold(settings(tmp_path), stack)
    assert plan.note is not None
    assert make is Runner


@pytest.mark.parametrize("handler", ["", "3000", "localhost:3000", "http://localhost:3000"])
def test_a_second_one_shows_it_where_it_asks_for_no_other(handler: str, tmp_path: Path) -> None:
    with session(tmp_path), ExitStack() as stack:
        note = hold(settings(tmp_path, handler), stack)
        assert note is not None
        plan, make = arrange(replace(make_plan(tmp_path, "http://r"), handler=None), settings(tmp_path), note)
    assert plan.handler is not None
    assert plan.handler.url == "http://localhost:3000"
    assert isinstance(make(plan, lambda _: None), AttachedRunner)


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
