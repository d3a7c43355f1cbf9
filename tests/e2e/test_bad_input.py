"""What cannot work ends with one sentence on standard error, an exit code of its own, and no traceback."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from hookscope import cli
from hookscope.config.endpoint_keys import EndpointLock, load_or_make
from hookscope.config.settings import Places
from hookscope.store.captures import CaptureStore
from hookscope_relay.log_lines import DELIVERIES
from raw_http import free_port

WITHIN_S = 20.0

Ended: TypeAlias = subprocess.CompletedProcess[str]
Run: TypeAlias = Callable[..., Ended]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    directory = tmp_path / "home"
    directory.mkdir()
    return directory


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that another program listens on, which answers nothing but a page of its own."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        sock.listen()
        yield sock.getsockname()[1]


@contextlib.contextmanager
def started(home: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A command that runs on; it is gone at the end."""
    with subprocess.Popen(
        [sys.executable, "-m", "hookscope.cli", *arguments],
        env=os.environ | {"HOOKSCOPE_HOME": str(home)},
        cwd=home.parent,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def first_line(process: subprocess.Popen[str]) -> dict[str, Any]:
    assert process.stdout is not None
    line: dict[str, Any] = json.loads(process.stdout.readline())
    return line


@pytest.fixture
def run(home: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Iterator[Run]:
    """Runs a command in this process, and nowhere near the checkout; one that does not end is ended."""

    def in_this_process(*arguments: str, home: Path = home) -> Ended:
        monkeypatch.setenv("HOOKSCOPE_HOME", str(home))
        monkeypatch.chdir(home.parent if home.parent.is_dir() else home.parent.parent)
        capfd.readouterr()
        with ended_after(WITHIN_S):
            code = cli.main(list(arguments))
        return Ended((), code, *capfd.readouterr())

    level = DELIVERIES.level
    yield in_this_process
    DELIVERIES.setLevel(level)


@contextlib.contextmanager
def ended_after(seconds: float) -> Iterator[None]:
    if sys.platform == "win32":
        yield
        return

    def give_up(*_: object) -> None:
        raise AssertionError("it goes on")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def run_a_process(home: Path, *arguments: str) -> Ended:
    return subprocess.run(
        [sys.executable, "-m", "hookscope.cli", *arguments],
        env=os.environ | {"HOOKSCOPE_HOME": str(home)},
        cwd=home.parent,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=WITHIN_S,
        check=False,
    )


def assert_told(ended: Ended, exit_code: int, *words: str) -> None:
    """It ended with the code and one sentence of ours that holds the words: what, where, and what to do."""
    assert ended.returncode == exit_code, ended
    sentences = ended.stderr.splitlines()
    assert len(sentences) == 1, ended.stderr
    assert sentences[0].startswith("hookscope: ")
    assert "; " in sentences[0], "what to do is missing"
    assert "Traceback" not in ended.stderr + ended.stdout
    for word in words:
        assert word in sentences[0], (word, ended.stderr)


def test_a_relays_port_in_use(run: Run, taken: int) -> None:
    assert_told(run("relay", "--port", str(taken), "--memory"), 7, str(taken), "--port")


def test_an_embedded_relays_port_in_use(run: Run, taken: int) -> None:
    assert_told(run("listen", "--json", "--port", str(taken)), 7, str(taken), "--port")


def test_a_relay_that_cannot_be_reached(home: Path) -> None:
    port = free_port()
    assert_told(run_a_process(home, "listen", "--json", "--relay", f"http://127.0.0.1:{port}"), 4, str(port))


PAGE = """
import http.server, sys
class Page(http.server.BaseHTTPRequestHandler):
    protocol_version = "PROTOCOL"
    def do_GET(self):
        self.send_response(STATUS)
        self.send_header("Location", "http://elsewhere.invalid/")
        self.send_header("Content-Length", "5")
        self.end_headers()
        self.wfile.write(b"hello")
    def log_message(self, *_): pass
server = http.server.HTTPServer(("127.0.0.1", 0), Page)
print(server.server_port, flush=True)
server.serve_forever()
"""


@pytest.mark.parametrize(
    ("protocol", "status"), [("HTTP/1.1", 200), ("HTTP/1.1", 404), ("HTTP/1.1", 302), ("HTTP/1.0", 200), ("SSH-2", 200)]
)
def test_a_relay_that_is_not_a_relay(run: Run, protocol: str, status: int) -> None:
    command = [sys.executable, "-c", PAGE.replace("STATUS", str(status)).replace("PROTOCOL", protocol)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, encoding="ascii") as page:
        assert page.stdout is not None
        try:
            url = f"http://127.0.0.1:{page.stdout.readline().strip()}"
            assert_told(run("listen", "--json", "--relay", url), 5, url.partition("//")[2])
        finally:
            page.kill()


@pytest.mark.parametrize(
    "handler", ["nonsense://x", "http://", "3000?x=1", "70000", "http://user:pw@localhost:3000", "a b"]
)
def test_a_handler_that_makes_no_sense(run: Run, handler: str) -> None:
    assert_told(run("listen", handler, "--json", "--port", "0"), 2)


SETTINGS = {
    "no TOML": "[listen\nx",
    "no UTF-8": b"\xff\xfe",
    "an unknown option": '[listen]\ntimeuot = "1s"\n',
    "a value of another kind": '[listen]\ntimeout = "soon"\n',
}


@pytest.mark.parametrize("text", SETTINGS.values(), ids=SETTINGS)
def test_a_broken_configuration_file(run: Run, tmp_path: Path, text: str | bytes) -> None:
    (tmp_path / "hookscope.toml").write_bytes(text if isinstance(text, bytes) else text.encode())
    assert_told(run("listen", "--json", "--port", "0"), 2, "hookscope.toml")


def test_a_project_file_that_widens_trust(run: Run, tmp_path: Path) -> None:
    (tmp_path / "hookscope.toml").write_text("[listen]\ninsecure = true\n")
    assert_told(run("listen", "--json", "--port", "0"), 11, "hookscope.toml", "--insecure")


@pytest.mark.parametrize("command", [("listen", "--json", "--port", "0"), ("relay", "--port", "0")], ids=lambda c: c[0])
def test_a_directory_that_cannot_be_written(run: Run, tmp_path: Path, command: tuple[str, ...]) -> None:
    file = tmp_path / "file"
    file.write_text("kept")
    assert_told(run(*command, home=file / "home"), 8, str(file))
    assert file.read_text() == "kept"


def make_newer(database: Path) -> None:
    with sqlite3.connect(database) as connection:
        connection.execute("PRAGMA user_version = 999")
    connection.close()


def damage(database: Path) -> None:
    for part in (database.with_name(database.name + "-wal"), database.with_name(database.name + "-shm")):
        part.unlink(missing_ok=True)
    database.write_bytes(b"this is no database, and nobody may overwrite it" * 100)


@pytest.mark.parametrize("spoil", [make_newer, damage], ids=["newer", "damaged"])
def test_a_capture_database_that_is_not_ours_to_read(run: Run, home: Path, spoil: Callable[[Path], None]) -> None:
    database = Places(config=home, data=home, state=home).captures
    CaptureStore.open(database).close()
    spoil(database)
    before = database.read_bytes()
    assert_told(run("listen", "--json", "--port", "0"), 9, str(database))
    assert database.read_bytes() == before


@pytest.mark.parametrize("spoil", [make_newer, damage], ids=["newer", "damaged"])
def test_a_relays_database_that_is_not_ours_to_read(run: Run, home: Path, spoil: Callable[[Path], None]) -> None:
    database = home / "relay.db"
    database.touch()
    spoil(database)
    before = database.read_bytes()
    assert_told(run("relay", "--port", "0"), 9, str(database))
    assert database.read_bytes() == before


def one_character_less(text: str) -> str:
    return text.strip()[:-1] + "\n"


def another_id(text: str) -> str:
    version, name, key = text.split()
    return f"{version} {name[::-1]} {key}\n"


KEY_DAMAGE: dict[str, Callable[[str], str]] = {
    "empty": lambda text: "",
    "cut off": one_character_less,
    "another id": another_id,
    "a newer version": lambda text: text.replace("hookscope-key-1", "hookscope-key-9"),
    "binary": lambda text: "\x00\x01é",
}


@pytest.mark.parametrize("spoil", KEY_DAMAGE.values(), ids=KEY_DAMAGE)
def test_a_damaged_endpoint_key_is_told_and_kept(run: Run, home: Path, spoil: Callable[[str], str]) -> None:
    endpoints = Places(config=home, data=home, state=home).endpoints
    load_or_make(endpoints, "default")
    key = endpoints / "default.key"
    key.write_text(spoil(key.read_text("ascii")), "utf-8")
    before = key.read_bytes()
    assert_told(run("listen", "--json", "--port", "0"), 9, str(key))
    assert key.read_bytes() == before


@pytest.mark.skipif(os.name != "posix", reason="Windows has no such mode bits")
def test_an_endpoint_key_that_others_can_read(run: Run, home: Path) -> None:
    endpoints = Places(config=home, data=home, state=home).endpoints
    load_or_make(endpoints, "default")
    (endpoints / "default.key").chmod(0o644)
    assert_told(run("listen", "--json", "--port", "0"), 9, f"chmod 600 {endpoints / 'default.key'}")


def test_a_plain_http_relay_beyond_this_machine(run: Run) -> None:
    assert_told(run("listen", "--json", "--relay", "http://relay.example.org"), 11, "--allow-plain-relay")


def test_a_second_listen_on_an_endpoint(run: Run, home: Path) -> None:
    with EndpointLock(Places(config=home, data=home, state=home).endpoints, "default"):
        assert_told(run("listen", "--json", "--port", "0"), 7, "'default'", "--endpoint")


USAGE = {
    "an unknown command": ("lisen",),
    "an unknown option": ("listen", "--jsn"),
    "a duration that is none": ("listen", "--timeout", "soon"),
    "a port that is none": ("listen", "--port", "http"),
    "a status that is none": ("listen", "--answer", "99"),
    "an access token file that is not there": ("listen", "--access-token-file", "nowhere"),
    "a relay that is no URL": ("listen", "--relay", "::"),
    "a relay with a query": ("listen", "--relay", "https://relay.example.org/?path"),
    "a TLS key without its certificate": ("relay", "--port", "0", "--tls-key", "nowhere"),
    "a certificate that is not there": ("relay", "--port", "0", "--memory", "--tls-cert", "nowhere"),
    "a public relay that does not know its address": ("relay", "--bind", "0.0.0.0"),
    "an endpoint name that climbs": ("listen", "--endpoint", "../x"),
    "a port that cannot be": ("listen", "--port", "65536"),
    "a relay's port that cannot be": ("relay", "--memory", "--port", "-1"),
    "a deadline that lets nobody wait": ("relay", "--memory", "--port", "0", "--deadline", "0"),
    "a provider that nobody knows": ("listen", "--provider", "nobody"),
    "a status that stores nothing": ("listen", "--away-status", "404"),
}


@pytest.mark.parametrize("arguments", USAGE.values(), ids=USAGE)
def test_a_command_line_that_makes_no_sense(run: Run, arguments: tuple[str, ...]) -> None:
    assert_told(run(*arguments), 2)


def test_a_handler_that_a_command_needs_and_that_is_not_there(run: Run) -> None:
    port = free_port()
    assert_told(run("check", f"127.0.0.1:{port}/hook", "--provider", "notion"), 6, str(port))


def test_a_capture_that_is_not_there(home: Path) -> None:
    assert_told(run_a_process(home, "show", "999"), 10, "'999'", "hookscope list")


def test_a_check_that_fails_ends_with_1(run: Run) -> None:
    ended = run("doctor", str(free_port()))
    assert (ended.returncode, ended.stderr) == (1, "")
    assert "✗ handler" in ended.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="another kind of signal")
def test_a_finite_command_that_is_interrupted_ends_with_130(home: Path) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        silent.settimeout(WITHIN_S)
        handler = f"127.0.0.1:{silent.getsockname()[1]}/hook"
        with started(home, "check", handler, "--provider", "notion") as process:
            with silent.accept()[0]:
                process.send_signal(signal.SIGINT)
            said = process.communicate(timeout=WITHIN_S)[1]
    assert (process.returncode, said) == (130, "")


@pytest.mark.skipif(sys.platform == "win32", reason="another kind of signal")
def test_a_session_that_is_to_end_with_its_connection(home: Path, tmp_path: Path) -> None:
    with started(tmp_path / "relay", "relay", "--memory", "--port", "0", "--json") as relay:
        url = first_line(relay)["url"]
        with started(home, "listen", "--json", "--relay", url, "--exit-on-disconnect") as session:
            assert first_line(session)["type"] == "ready"
            relay.send_signal(signal.SIGTERM)
            out, said = session.communicate(timeout=WITHIN_S)
        relay.communicate(timeout=WITHIN_S)
    assert json.loads(out.splitlines()[-1])["exit_code"] == 12
    assert_told(Ended((), session.returncode, "", said), 12, url, "the relay restarts")
