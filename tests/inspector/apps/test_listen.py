"""The session of `listen` and its face."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from hookscope.apps.listen import listen, on_terminal
from hookscope.commands.listen import COMMAND
from hookscope.config.endpoint_keys import EndpointLock
from hookscope.config.settings import resolve
from hookscope_relay.errors import AlreadyInUse, InputError


def test_a_second_listen_on_an_endpoint_that_is_only_beginning_is_refused(tmp_path: Path) -> None:
    values = {"handler": None, "json": True}
    settings = resolve(COMMAND.options, values, {"HOOKSCOPE_HOME": str(tmp_path)}, "listen", tmp_path)
    with EndpointLock(settings.places.endpoints, "default"), pytest.raises(AlreadyInUse):
        listen(settings)


@pytest.mark.parametrize("given", [{"until": ""}, {"count": 2}])
def test_an_end_without_a_filter_is_refused(tmp_path: Path, given: dict[str, object]) -> None:
    values = {"handler": None, "json": True} | given
    settings = resolve(COMMAND.options, values, {"HOOKSCOPE_HOME": str(tmp_path)}, "listen", tmp_path)
    with pytest.raises(InputError, match="waits for nothing without a filter"):
        listen(settings)


@pytest.mark.parametrize(("term", "screen"), [("xterm-256color", True), ("dumb", False)])
def test_a_dumb_terminal_gets_no_screen(term: str, screen: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", term)
    for name in ("stdin", "stdout", "stderr"):
        monkeypatch.setattr(f"sys.{name}", SimpleNamespace(isatty=lambda: True))
    assert on_terminal() is screen
