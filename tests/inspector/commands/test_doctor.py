from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hookscope import cli
from hookscope_relay.app import Relay
from hookscope_relay.settings import RelaySettings

Run = Callable[..., tuple[int, dict[str, dict[str, str]], str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs `hookscope doctor --json`; gives the exit code, the checks by name and standard error."""
    monkeypatch.setenv("HOOKSCOPE_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str) -> tuple[int, dict[str, dict[str, str]], str]:
        capsys.readouterr()
        code = cli.main(["doctor", *arguments, "--json"])
        out, err = capsys.readouterr()
        return code, {row["check"]: row for row in map(json.loads, out.splitlines())}, err

    return call


@pytest.fixture
def relay() -> Iterator[str]:
    """A real relay on a loop of its own; its origin."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    served = Relay(RelaySettings(port=0, database=None))
    asyncio.run_coroutine_threadsafe(served.start(), loop).result(10)
    yield served.origin
    asyncio.run_coroutine_threadsafe(served.stop(), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)
    loop.close()


@pytest.fixture
def port() -> Iterator[int]:
    """A loopback port that is bound and refuses connections."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


def test_nothing_set_up_is_nothing_wrong(run: Run) -> None:
    code, found, err = run()
    assert (code, err) == (0, "")
    assert {name: row["state"] for name, row in found.items()} == {
        "places": "ok",
        "captures": "skipped",
        "endpoint": "skipped",
        "signing secrets": "warning",
        "relay": "skipped",
        "handler": "skipped",
    }
    assert all(list(row) == ["check", "state", "found", "remedy"] for row in found.values())


def test_a_handler_that_refuses_is_wrong(run: Run, port: int) -> None:
    code, found, _ = run(str(port))
    assert (code, found["handler"]["state"]) == (1, "wrong")
    assert found["handler"]["remedy"].partition(";")[0] == "start it, or correct the port"


def test_a_handler_that_listens_is_ok(run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        code, found, _ = run(str(server.getsockname()[1]))
    assert (code, found["handler"]["state"]) == (0, "ok")


def test_a_relay_that_refuses_is_wrong(run: Run, port: int) -> None:
    code, found, _ = run("--relay", f"http://127.0.0.1:{port}")
    assert (code, found["relay"]["state"]) == (1, "wrong")
    assert "connection refused" in found["relay"]["found"]


def test_a_relay_is_ok_and_a_probe_to_an_endpoint_that_never_listened_is_wrong(run: Run, relay: str) -> None:
    cli.main(["endpoint", "make"])
    code, found, _ = run("--relay", relay, "--send")
    assert found.pop("endpoint", {}).get("state") == "ok"
    assert found["relay"]["state"] == "ok"
    assert (code, found["probe"]["state"]) == (1, "wrong")
    assert found["probe"]["found"].startswith("the relay answered 404 (")


@pytest.mark.parametrize("words", [["--relay", "nonsense://x"], ["http://["]])
def test_what_cannot_be_read_is_wrong_and_the_other_checks_go_on(run: Run, words: list[str]) -> None:
    code, found, err = run(*words)
    assert (code, err, found["places"]["state"]) == (1, "", "ok")
