"""Ctrl-C to a real `listen` process: what is in flight gets an answer, the process ends within two seconds,
every capture is kept."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from hookscope.config.settings import Places
from hookscope.store.captures import CaptureStore

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals are sent as POSIX has them")

WITHIN_S = 20.0
# A second for what runs, and a busy machine's; a handler here takes longer than that, or for ever.
ENDS_WITHIN_S = 5.0
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\ndone"


class SlowHandler:
    """Takes requests and answers each `delay_s` after it was asked to, or never; `held` counts what it has taken."""

    def __init__(self, delay_s: float | None) -> None:
        self._delay_s = delay_s
        self._end = threading.Event()
        self.held = threading.Semaphore(0)

    def __enter__(self) -> SlowHandler:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._end.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(WITHIN_S)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self._threads.append(threading.Thread(target=self._serve, args=(connection,)))
                self._threads[-1].start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            if not connection.recv(65536):
                return
            self.held.release()
            self._end.wait(self._delay_s)
            connection.sendall(OK)


@dataclass(frozen=True, slots=True)
class Session:
    process: subprocess.Popen[str]
    home: Path
    url: str

    def interrupt(self, number: signal.Signals = signal.SIGINT) -> float:
        """Send a signal; how long the process took to end, in seconds."""
        started = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(WITHIN_S)
        return time.monotonic() - started

    def rest(self) -> list[dict[str, Any]]:
        """The lines that were not read yet."""
        assert self.process.stdout is not None
        return [json.loads(line) for line in self.process.stdout]

    def kept(self) -> int:
        """How many captures there are after the end."""
        home = self.home
        store = CaptureStore.open(Places(config=home, data=home, state=home).captures)
        try:
            return store.count()
        finally:
            store.close()


@contextlib.contextmanager
def listening(home: Path, port: int) -> Iterator[Session]:
    command = [sys.executable, "-m", "hookscope.cli", "listen", str(port), "--json", "--port", "0"]
    environ = os.environ | {"HOOKSCOPE_HOME": str(home)}
    with subprocess.Popen(
        command, env=environ, cwd=home, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, encoding="ascii"
    ) as process:
        try:
            assert process.stdout is not None
            yield Session(process, home, json.loads(process.stdout.readline())["url"])
        finally:
            process.kill()


LAST_OF_ITSELF = {"--json": '"connection"', "--plain": "Handler"}


@contextlib.contextmanager
def printing(home: Path, port: int, face: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A session whose lines nobody reads after it is connected, and its URL."""
    command = [sys.executable, "-m", "hookscope.cli", "listen", str(port), face, "--port", "0"]
    environ = os.environ | {"HOOKSCOPE_HOME": str(home)}
    with subprocess.Popen(
        command, env=environ, cwd=home, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, encoding="utf-8"
    ) as process:
        try:
            assert process.stdout is not None
            found = re.search(r"http://127\.0\.0\.1:\d+/[a-z2-7]{20}", process.stdout.readline())
            assert found is not None
            # What follows by itself is read too: only a delivery shall find the reader gone.
            while LAST_OF_ITSELF[face] not in process.stdout.readline():
                pass
            yield process, found.group()
        finally:
            process.kill()


def deliver(url: str) -> tuple[int, bytes]:
    """Post a delivery; the answer's status and body."""
    parts = urlsplit(url)
    with contextlib.closing(http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=WITHIN_S)) as sender:
        sender.request("POST", parts.path + "/hook", b"{}", {"Content-Type": "application/json"})
        answer = sender.getresponse()
        return answer.status, answer.read()


def wait_until_held(handler: SlowHandler, count: int) -> None:
    for _ in range(count):
        assert handler.held.acquire(timeout=WITHIN_S)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_a_session_with_nothing_in_flight_ends_at_once(tmp_path: Path, number: signal.Signals) -> None:
    with SlowHandler(0.0) as handler, listening(tmp_path, handler.port) as session:
        assert deliver(session.url) == (200, b"done")
        assert session.interrupt(number) < ENDS_WITHIN_S
        assert session.process.returncode == 0
        assert session.rest()[-1].items() >= {"type": "stopped", "captured": 1, "exit_code": 0}.items()
        assert session.kept() == 1


def test_what_the_handler_answers_within_a_second_reaches_the_sender(tmp_path: Path) -> None:
    with SlowHandler(0.6) as handler, listening(tmp_path, handler.port) as session, ThreadPoolExecutor() as senders:
        answers = [senders.submit(deliver, session.url) for _ in range(3)]
        wait_until_held(handler, 3)
        assert session.interrupt() < ENDS_WITHIN_S
        assert [answer.result(WITHIN_S) for answer in answers] == [(200, b"done")] * 3
        assert session.process.returncode == 0
        assert session.kept() == 3


def test_what_the_handler_does_not_answer_is_answered_as_stopping_and_kept(tmp_path: Path) -> None:
    with SlowHandler(None) as handler, listening(tmp_path, handler.port) as session, ThreadPoolExecutor() as senders:
        answers = [senders.submit(deliver, session.url) for _ in range(3)]
        wait_until_held(handler, 3)
        assert session.interrupt() < ENDS_WITHIN_S
        for answer in answers:
            status, body = answer.result(WITHIN_S)
            assert status == 503
            assert json.loads(body)["type"] == "urn:hookscope:problem:inspector-stopping"
        assert session.process.returncode == 0
        lines = session.rest()
        assert lines[-1].items() >= {"type": "stopped", "captured": 3, "exit_code": 0}.items()
        assert session.kept() == 3
    attempts = [line for line in lines if line["type"] == "attempted"]
    assert [line["failure"] for line in attempts] == ["closed"] * 3
    assert all(line["elapsed_ms"] > 0 for line in attempts)
    # It is our doing, never the handler's.
    blamed = [
        (line["findings"][0]["code"], line["findings"][0]["layer"]) for line in lines if line["type"] == "diagnosed"
    ]
    assert set(blamed) <= {("edge.tunnel-down", "tunnel")}


def test_a_second_signal_ends_the_process_at_once_and_captures_are_kept(tmp_path: Path) -> None:
    with SlowHandler(None) as handler, listening(tmp_path, handler.port) as session, ThreadPoolExecutor() as senders:
        answer = senders.submit(deliver, session.url)
        wait_until_held(handler, 1)
        # It is handed over while it is being kept; until then it is the relay's log that holds it.
        while session.kept() != 1:
            time.sleep(0.01)
        session.process.send_signal(signal.SIGINT)
        # Two pending signals of one number would be one to the system.
        assert session.interrupt(signal.SIGTERM) < 1.0
        assert session.process.returncode == 130
        with contextlib.suppress(OSError, http.client.HTTPException):
            answer.result(WITHIN_S)
        assert session.kept() == 1


@pytest.mark.parametrize("face", ["--json", "--plain"])
def test_when_the_reader_of_the_lines_goes_away_the_sender_is_answered_and_the_session_ends(
    tmp_path: Path, face: str
) -> None:
    with SlowHandler(0.0) as handler, printing(tmp_path, handler.port, face) as (process, url):
        assert process.stdout is not None
        process.stdout.close()
        assert deliver(url) == (200, b"done")
        assert process.wait(WITHIN_S) == 0
    assert Session(process, tmp_path, url).kept() == 1


def test_lines_that_nobody_reads_do_not_make_a_sender_wait(tmp_path: Path) -> None:
    with SlowHandler(0.0) as handler, printing(tmp_path, handler.port, "--json") as (process, url):
        # More than a pipe holds.
        for _ in range(80):
            assert deliver(url) == (200, b"done")
        process.send_signal(signal.SIGINT)
        assert process.wait(WITHIN_S) == 0
    assert Session(process, tmp_path, url).kept() == 80
