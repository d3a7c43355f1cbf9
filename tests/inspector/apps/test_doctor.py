from __future__ import annotations

import asyncio
import importlib.util
import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from connect_proxy import connect_proxy
from fronts import Setup, front_before, is_there
from hookscope.apps.doctor import Checkup, examine, judge_probe, render
from hookscope.commands.doctor import COMMAND
from hookscope.config.endpoint_keys import load_or_make
from hookscope.config.settings import resolve
from hookscope.tunnel.ask import HttpReply
from hookscope.tunnel.probe import probe_answer
from hookscope_relay.app import Relay
from hookscope_relay.made_answers import ANSWERED_BY, PROBLEM_TYPE
from hookscope_relay.settings import RelaySettings
from raw_http import free_port

Serve = Callable[[bytes], str]
SOCKS = importlib.util.find_spec("python_socks") is not None

PROBLEM = json.dumps({"type": PROBLEM_TYPE + "no-listener"}).encode()
NAMED = ("Hookscope-Delivery", "01ABC")


@pytest.mark.parametrize(
    ("headers", "body", "state", "words"),
    [
        ((), b"<h1>Bad gateway</h1>", "wrong", "something in front of the relay answered 202"),
        ((), PROBLEM, "wrong", "something in front of the relay"),
        (((ANSWERED_BY, "relay"), NAMED), b"", "warning", "nobody is listening"),
        (((ANSWERED_BY, "relay"),), PROBLEM, "wrong", "(no-listener)"),
        (((ANSWERED_BY, "inspector"), NAMED), PROBLEM, "wrong", "no answer from the handler"),
        (((ANSWERED_BY, "inspector"), NAMED), b"", "ok", "answered 202 itself"),
        ((NAMED,), b"", "ok", "it reached the handler, which answered 202 (capture 01ABC)"),
        ((NAMED,), PROBLEM, "ok", "it reached the handler"),
        (((ANSWERED_BY.lower(), "relay"),), b"[]", "warning", "stored"),
        (((ANSWERED_BY, "relay"),), b'{"type":7}', "warning", "stored"),
        (((ANSWERED_BY, "relay"),), b"\xff", "warning", "stored"),
        (((ANSWERED_BY, "relay"),), b"[" * 200_000, "warning", "stored"),
    ],
)
def test_a_probe_is_judged_by_who_answered_it(
    headers: tuple[tuple[str, str], ...], body: bytes, state: str, words: str
) -> None:
    check = judge_probe(HttpReply(202, headers, body))
    assert (check.name, check.state, words in check.found) == ("probe", state, True)
    assert bool(check.remedy) is (state != "ok")


def test_a_probe_without_a_relay_looks_for_a_session_of_this_machine(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hookscope.apps.doctor.DEFAULT_PORT", free_port())
    assert checks(tmp_path, capsys, send=True)[1]["probe"] == ("wrong", "there is no endpoint to probe")
    load_or_make(tmp_path / "endpoints", "default")
    assert "no `hookscope listen` runs on port" in checks(tmp_path, capsys, send=True)[1]["probe"][1]


def test_a_probe_that_the_session_knows_reached_it() -> None:
    check = judge_probe(HttpReply(200, ((ANSWERED_BY, "inspector"), NAMED), b"A probe of this endpoint."))
    assert (check.state, "reached the session that listens here" in check.found) == ("ok", True)


def test_a_probe_says_whose_session_answers() -> None:
    check = judge_probe(HttpReply(200, ((ANSWERED_BY, "inspector"), NAMED), probe_answer("ada@laptop")))
    assert check.found.startswith("it reached the session of ada@laptop, which answers here")


def test_a_probe_that_the_inspector_refused_itself_did_not_reach_the_handler() -> None:
    check = judge_probe(HttpReply(404, ((ANSWERED_BY, "inspector"), NAMED), b"outside of --only-path"))
    assert (check.state, "404 itself: the handler was not asked" in check.found) == ("warning", True)
    assert "--only-path" in check.remedy


def test_a_line_is_inert_and_a_second_one_says_what_to_do() -> None:
    assert "\x1b" not in render(Checkup("relay", "wrong", "\x1b[2J", "do this"))
    assert render(Checkup("relay", "wrong", "found", "do this")) == "✗ relay: found\n    → do this"
    assert render(Checkup("relay", "ok", "found")) == "✓ relay: found"


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Starts something on loopback that answers every GET with these bytes; gives its origin."""
    servers = []

    def start(said: bytes) -> str:
        class Pretender(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Pretender)
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def checks(home: Path, capsys: pytest.CaptureFixture[str], **given: object) -> tuple[int, dict[str, tuple[str, str]]]:
    """The exit code of an examination, and state and finding of each of its checks."""
    settings = resolve(
        COMMAND.options, {"json": True, "handler": None} | given, {"HOOKSCOPE_HOME": str(home)}, "doctor", home
    )
    code = examine(settings)
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    return code, {row["check"]: (row["state"], row["found"]) for row in rows}


@pytest.mark.parametrize(
    ("skew", "state", "words"),
    [(0, "ok", "clocks agree"), (50, "ok", "clocks agree"), (-300, "wrong", "its clock is -"), (300, "wrong", "+")],
)
def test_a_clock_that_is_a_minute_off_is_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], serve: Serve, skew: int, state: str, words: str
) -> None:
    health = json.dumps({"relay": "hookscope", "time": int(time.time()) + skew}).encode()
    code, found = checks(tmp_path, capsys, relay=serve(health))
    assert (found["relay"][0], words in found["relay"][1], code) == (state, True, int(state == "wrong"))


@pytest.mark.parametrize(
    "said",
    [
        b"<h1>hello</h1>",
        b"{}",
        b"[]",
        b'{"relay":"nginx","time":1}',
        b'{"relay":"hookscope"}',
        b'{"relay":"hookscope","time":[]}',
        b'{"relay":"hookscope","time":NaN}',
        b'{"relay":"hookscope","time":1' + b"0" * 400 + b"}",
        b"[" * 200_000,
        b"\xff",
    ],
    ids=lambda said: repr(said[:32]),
)
def test_what_is_no_relay_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], serve: Serve, said: bytes
) -> None:
    code, found = checks(tmp_path, capsys, relay=serve(said))
    assert (code, found["relay"][0]) == (1, "wrong")
    assert "is not a hookscope relay" in found["relay"][1]


def test_a_plain_relay_beyond_this_machine_is_wrong_and_the_other_checks_go_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, found = checks(tmp_path, capsys, relay="http://relay.example")
    assert (code, found["relay"][0], found["handler"][0]) == (1, "wrong", "skipped")
    assert "plain http" in found["relay"][1]


def test_a_probe_without_a_relay_or_an_endpoint_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, found = checks(tmp_path, capsys, send=True)
    assert (code, found["probe"][0]) == (1, "wrong")


@pytest.mark.parametrize(
    ("given", "state", "words"),
    [
        ("http://corp:right@127.0.0.1:PORT", "ok", "answers through the proxy http://127.0.0.1:PORT; the clocks agree"),
        (
            "http://corp:wrong@127.0.0.1:PORT",
            "wrong",
            "cannot be reached through the proxy http://127.0.0.1:PORT: the proxy wants credentials (407)",
        ),
        ("http://127.0.0.1:PORT", "wrong", "407"),
        ("http://127.0.0.1:CLOSED", "wrong", "through the proxy http://127.0.0.1:CLOSED: connection refused"),
        pytest.param(
            "socks5h://127.0.0.1:PORT", "ok", "answers through", marks=pytest.mark.skipif(not SOCKS, reason="no socks")
        ),
        ("nonsense://127.0.0.1:PORT", "wrong", "no address of a proxy"),
    ],
)
def test_the_relay_is_asked_through_the_proxy_that_listen_uses(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    serve: Serve,
    given: str,
    state: str,
    words: str,
) -> None:
    health = json.dumps({"relay": "hookscope", "time": int(time.time())}).encode()
    closed = str(free_port())
    with connect_proxy(int(serve(health).rpartition(":")[2]), "corp:right") as proxy:
        given, words = (text.replace("PORT", str(proxy.port)).replace("CLOSED", closed) for text in (given, words))
        monkeypatch.setenv("HTTPS_PROXY", given)
        monkeypatch.delenv("NO_PROXY", raising=False)
        code, found = checks(tmp_path, capsys, relay="http://relay.corp.test", **{"allow-plain-relay": True})
    assert (code, found["relay"][0]) == (int(state == "wrong"), state)
    assert words in found["relay"][1]
    assert not {"right", "wrong@"} & set(found["relay"][1].split(":"))
    assert set(proxy.asked) <= {"relay.corp.test:80"}


@pytest.mark.skipif(not is_there("nginx"), reason="needs nginx")
@pytest.mark.parametrize(("passes", "state"), [(False, "wrong"), (True, "ok")], ids=["its defaults", "our lines"])
async def test_a_proxy_that_drops_the_upgrade_is_told_with_the_lines_to_add(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], passes: bool, state: str
) -> None:
    front = free_port()
    relay = Relay(RelaySettings(port=0, database=None, public_url=f"http://127.0.0.1:{front}"))
    await relay.start()
    try:
        async with front_before(Setup("nginx", passes), relay.settings.port, front, tmp_path):
            code, found = await asyncio.to_thread(checks, tmp_path, capsys, relay=f"http://127.0.0.1:{front}")
    finally:
        await relay.stop()
    assert (code, found["relay"][0]) == (int(state == "wrong"), state)
    assert ("does not pass WebSocket upgrades on" in found["relay"][1]) is (state == "wrong")
