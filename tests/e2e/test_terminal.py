"""The screen of a real `listen` in a real terminal of 80 by 24, read as tmux shows it."""

from __future__ import annotations

import contextlib
import http.client
import http.server
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from served import port_of

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="there is no tmux here")

WITHIN_S = 15.0
URL = re.compile(r"http://127\.0\.0\.1:\d+/[a-z2-7]{20}")


received: list[bytes] = []


class Teapot(http.server.BaseHTTPRequestHandler):
    """Answers every delivery with 418."""

    def do_POST(self) -> None:
        received.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(418)
        self.send_header("Content-Length", "6")
        self.end_headers()
        self.wfile.write(b"teapot")

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def handler_port() -> Iterator[int]:
    received.clear()
    with port_of(Teapot) as port:
        yield port


@dataclass(frozen=True, slots=True)
class Terminal:
    """One pane of a tmux server that is ours alone."""

    socket: Path

    def tmux(self, *arguments: str) -> str:
        command = ["tmux", "-S", str(self.socket), "-f", os.devnull, *arguments]
        # COLUMNS, which xdist sets for its workers, would fix the width of the program under test.
        not_ours = ("TMUX", "COLUMNS", "LINES")
        environ = {name: value for name, value in os.environ.items() if name not in not_ours} | {"LC_ALL": "C.UTF-8"}
        return subprocess.run(
            command, env=environ, check=True, capture_output=True, encoding="utf-8", timeout=WITHIN_S
        ).stdout

    def screen(self) -> list[str]:
        return self.tmux("capture-pane", "-p").splitlines()

    def wait(self, pattern: str | re.Pattern[str]) -> re.Match[str]:
        """Where the pattern is first seen on the screen."""
        until = time.monotonic() + WITHIN_S
        while time.monotonic() < until:
            if found := re.search(pattern, "\n".join(self.screen())):
                return found
            time.sleep(0.05)  # a pane tells nobody that it was drawn
        raise AssertionError(f"{pattern!r} is not on the screen:\n" + "\n".join(self.screen()))

    def press(self, *keys: str) -> None:
        self.tmux("send-keys", *keys)

    def resize(self, columns: int, rows: int) -> None:
        self.tmux("resize-window", "-x", str(columns), "-y", str(rows))


@pytest.fixture
def terminal(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path, handler_port: int) -> Iterator[Terminal]:
    """A terminal in which `hookscope listen` runs; after its end the pane shows its exit code."""
    with opened(tmp_path_factory.mktemp("t") / "s", tmp_path, handler_port) as terminal:
        yield terminal


@contextlib.contextmanager
def opened(socket: Path, home: Path, handler_port: int, redirection: str = "", environ: str = "") -> Iterator[Terminal]:
    terminal = Terminal(socket)
    listen = [sys.executable, "-m", "hookscope.cli", "listen", str(handler_port), "--port", "0"]
    program = f"sh -c 'echo $$ > pid; exec \"$@\"' sh {shlex.join(listen)}"
    shell = f"trap : INT; {environ} HOOKSCOPE_HOME={shlex.quote(str(home))} {program} {redirection}; echo exit code $?; read -r _"
    terminal.tmux("-u", "new-session", "-d", "-x", "80", "-y", "24", "-c", str(home), "sh", "-c", shell)
    try:
        yield terminal
    finally:
        with contextlib.suppress(subprocess.CalledProcessError):  # it may have been closed already
            terminal.tmux("kill-server")


def deliver(url: str) -> int:
    parts = urlsplit(url)
    with contextlib.closing(http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=WITHIN_S)) as sender:
        sender.request("POST", parts.path + "/from-a-sender", b'{"a":1}', {"Content-Type": "application/json"})
        return sender.getresponse().status


def test_the_screen_shows_the_url_a_delivery_and_its_status_and_q_ends_it(terminal: Terminal) -> None:
    url = terminal.wait(URL).group()
    terminal.wait("connected")
    assert deliver(url) == 418
    terminal.wait(r"418 .*/from-a-sender")
    assert len(terminal.screen()) <= 24
    assert all(len(line) <= 80 for line in terminal.screen())
    assert url in terminal.screen()[0]
    terminal.press("q")
    terminal.wait("exit code 0")


def test_enter_opens_a_delivery_and_shows_its_request_and_answer(terminal: Terminal) -> None:
    assert deliver(terminal.wait(URL).group()) == 418
    terminal.wait(r"418 .*/from-a-sender")
    terminal.press("Enter")
    terminal.wait(r"(?s)#1 POST /from-a-sender.*1 Findings.*418 I'm a Teapot")
    terminal.press("3")
    terminal.wait("Content-Length")
    terminal.wait(r"\bteapot\b")
    terminal.press("q")
    terminal.wait("exit code 0")


def test_ctrl_c_ends_it_and_leaves_the_terminal_as_it_was(terminal: Terminal) -> None:
    terminal.wait(URL)
    terminal.press("C-c")
    terminal.wait("exit code 0")
    assert terminal.tmux("display-message", "-p", "#{alternate_on} #{mouse_any_flag} #{cursor_flag}").split() == [
        "0",
        "0",
        "1",
    ]


def test_a_signal_ends_it_in_order(terminal: Terminal, tmp_path: Path) -> None:
    terminal.wait(URL)
    os.kill(int((tmp_path / "pid").read_text()), signal.SIGTERM)
    terminal.wait("exit code 0")
    assert terminal.tmux("display-message", "-p", "#{alternate_on} #{cursor_flag}").split() == ["0", "1"]


def test_it_ends_with_its_terminal(terminal: Terminal, tmp_path: Path) -> None:
    terminal.wait(URL)
    process = int((tmp_path / "pid").read_text())
    terminal.tmux("kill-server")
    until = time.monotonic() + WITHIN_S
    with pytest.raises(ProcessLookupError):
        while time.monotonic() < until:
            os.kill(process, 0)
            time.sleep(0.05)  # a process that is not ours to wait for tells nobody of its end


def test_with_its_errors_in_a_file_it_prints_lines_since_the_screen_is_drawn_there(
    tmp_path_factory: pytest.TempPathFactory, tmp_path: Path, handler_port: int
) -> None:
    with opened(tmp_path_factory.mktemp("t") / "s", tmp_path, handler_port, "2>errors") as terminal:
        assert deliver(terminal.wait(URL).group()) == 418
        terminal.wait(r"418\b.*/from-a-sender|/from-a-sender(?s:.*)\b418\b")
        terminal.press("C-c")
        terminal.wait("exit code 0")
    assert "\x1b[?1049h" not in (tmp_path / "errors").read_text("utf-8")


def test_a_delivery_is_handed_over_again_and_edited_in_the_users_own_editor(
    tmp_path_factory: pytest.TempPathFactory, tmp_path: Path, handler_port: int
) -> None:
    editor = tmp_path / "editor.sh"
    editor.write_text('#!/bin/sh\nsed -i \'s/"a":1/"a":2/\' "$1"\n')
    editor.chmod(0o700)
    environ = f"VISUAL= EDITOR={shlex.quote(str(editor))}"
    with opened(tmp_path_factory.mktemp("t") / "s", tmp_path, handler_port, environ=environ) as terminal:
        assert deliver(terminal.wait(URL).group()) == 418
        terminal.wait(r"418 .*/from-a-sender")
        terminal.press("r")
        terminal.wait("×2")
        terminal.press("E")
        terminal.wait(r'(?s)Edit #1 and send it.*\{"a":2\}')
        terminal.press("C-s")
        terminal.wait("×3")
        assert received == [b'{"a":1}', b'{"a":1}', b'{"a":2}']
        terminal.press("q")
        terminal.wait("exit code 0")


def test_what_is_held_while_forwarding_is_paused_is_offered_when_it_goes_on(terminal: Terminal) -> None:
    url = terminal.wait(URL).group()
    terminal.wait("connected")
    terminal.press("P")
    terminal.wait("‖ forwarding paused")
    assert deliver(url) == 202
    terminal.wait("/from-a-sender")
    terminal.press("P")
    terminal.wait("1 delivery was held while forwarding was paused")
    assert received == []
    terminal.press("y")
    terminal.wait(r"418 .*/from-a-sender")
    assert received == [b'{"a":1}']


def test_a_signed_sample_fills_the_empty_list_and_the_screen_follows_a_resize(terminal: Terminal) -> None:
    terminal.wait(r"(?s)Waiting for the first delivery.*Your handler .* answers now")
    terminal.press("n")
    terminal.wait("Send a sample delivery")
    terminal.press("Enter")
    terminal.wait(r"418 .*notion page.created")
    terminal.resize(140, 40)
    terminal.wait(r"(?s)hookscope http.*finding|1 Findings.*2 Request")
    terminal.press("?")
    terminal.wait("the next delivery, or the next line of the detail")
    terminal.press("q")
    terminal.wait(r"\[1 Findings")
    terminal.press("/")
    terminal.wait("status:4xx provider:notion")
    terminal.press("status:2xx", "Enter")
    terminal.wait("No delivery meets the filter status:2xx")


def test_tab_completes_a_filter_and_what_is_typed_then_stays_in_it(terminal: Terminal) -> None:
    assert deliver(terminal.wait(URL).group()) == 418
    terminal.wait(r"418 .*/from-a-sender")
    terminal.press("/", "s", "Tab")
    terminal.wait(r"/ status:")
    terminal.press("4", "x", "x", "Enter")
    terminal.wait(r"filter status:4xx Esc shows all  1 of 1 delivery")
    terminal.press("q")
    terminal.wait("exit code 0")
