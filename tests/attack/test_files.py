"""Hostile capture files: they name no handler for us, and what is no file is not waited for."""

from __future__ import annotations

import json
import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hookscope import cli

COMMANDS = ("diagnose", "verify", "export", "replay", "import")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOOKSCOPE_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def local_service() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield server


def capture_file(path: Path, url: str, body: str = "{}") -> str:
    delivery: dict[str, Any] = {
        "id": "01m7yhs62hdaw8ht1r0j6mk5vq",
        "received_at": "2026-11-21T01:02:03Z",
        "scheme": "https",
        "method": "POST",
        "target": "/containers/create",
        "http_version": "1.1",
        "headers": [["Content-Type", "application/json"]],
        "body": {"text": body},
    }
    attempt = {
        "number": 1,
        "origin": "live",
        "handler_url": url + "/containers/create",
        "started_at": "2026-11-21T01:02:03Z",
        "elapsed_ms": 1,
        "answer": {"status": 500, "reason": "x", "headers": [], "body": {"text": ""}},
    }
    path.write_text(json.dumps({"format": "hookscope/1", "delivery": delivery, "attempts": [attempt], "redacted": []}))
    return str(path)


def test_a_file_does_not_choose_the_port_that_it_is_sent_to(here: Path, local_service: socket.socket) -> None:
    url = f"http://127.0.0.1:{local_service.getsockname()[1]}"
    one, other = capture_file(here / "a.json", url), capture_file(here / "b.json", url, '{"a": 1}')
    assert cli.main(["replay", one]) == 11
    assert cli.main(["bisect", one, other]) == 11
    assert cli.main(["import", one]) == 0
    assert cli.main(["replay", "last"]) == 11
    assert cli.main(["probe", "last", "--yes"]) == 11
    with pytest.raises(BlockingIOError):
        local_service.accept()


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such files")
@pytest.mark.parametrize("command", COMMANDS)
def test_a_pipe_and_a_device_are_refused_at_once(here: Path, command: str) -> None:
    os.mkfifo(here / "fifo.json")
    (here / "zero.json").symlink_to("/dev/zero")
    for name in ("./fifo.json", "./zero.json"):
        assert cli.main([command, name]) == 2


HOSTS = ("[x", "]", "\u2100.com", "x:y", "x:99999", "[::1]:p", "[x.myshopify.com")


@pytest.mark.parametrize("host", HOSTS)
def test_no_host_in_a_file_is_a_bug_of_ours(here: Path, host: str) -> None:
    entry = {"startedDateTime": "2026-11-21T01:02:03Z", "request": {"method": "POST", "url": f"http://{host}/x"}}
    (here / "a.har").write_text(json.dumps({"log": {"version": "1.2", "entries": [entry]}}))
    (here / "a.raw").write_text(f"POST /x HTTP/1.1\r\nHost: {host}\r\nContent-Length: 2\r\n\r\n{{}}", encoding="utf-8")
    capture = json.loads(Path(capture_file(here / "a.json", f"http://{host}")).read_text())
    capture["delivery"]["url"] = f"http://{host}/x"
    (here / "a.json").write_text(json.dumps(capture))
    for words in (["import", "a.har"], ["import", "a.raw"], ["import", "a.json"], ["diagnose", "a.json"]):
        assert cli.main(words) in (0, 1, 2), words
    for words in (["list"], ["show", "last"], ["report", "last"], ["export", "last"]):
        assert cli.main(words) in (0, 1, 2), words
    (here / "hookscope.toml").write_text(f'[[alert]]\nmatch = "is:failed"\nwebhook = "http://{host}"\n')
    assert cli.main(["trust", "--yes"]) in (0, 2)
    for words in (["alert"], ["listen", "1", "--relay", f"http://{host}"], ["doctor", "--relay", f"http://{host}"]):
        assert cli.main(words) in (1, 2, 4), words
