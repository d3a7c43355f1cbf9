"""A stranger without an account: what one address holds of a relay stays small, honest senders are served meanwhile, and
memory falls again. Over real processes.

`make attack` opens as many connections as once brought a relay down, and waits until its memory has fallen again;
`make test` opens fewer.
"""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from processes import running
from raw_http import free_port
from self_signed import self_signed, self_signed_pem

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="/proc tells what a process takes")

WHOLE = os.environ.get("HOOKSCOPE_ATTACK") == "whole"
WITHIN_S = 60.0
MEGABYTE = 1 << 20
MOST = 200 * MEGABYTE
FILES = 1024
# More than there are files.
SILENT = FILES + 100
SENDERS, FLOOD = (300, 1000 * MEGABYTE) if WHOLE else (12, 40 * MEGABYTE)
# It gives memory back once a minute; what it was before may stay a little more.
FALLEN_WITHIN_S, LEFT = 120.0, 40 * MEGABYTE
BUSY = b"relay-busy"


class RelayProcess:
    """`hookscope relay` with so many files."""

    def __init__(self, home: Path, *, tls: bool) -> None:
        self.port = free_port()
        self._client = self_signed()[1] if tls else None
        words = ["relay", "--port", str(self.port), "--public-url", f"http{'s' * tls}://localhost:{self.port}"]
        if tls:
            for name, content in zip(("cert.pem", "key.pem"), self_signed_pem(), strict=True):
                (home / name).write_bytes(content)
            words += ["--tls-cert", str(home / "cert.pem"), "--tls-key", str(home / "key.pem")]
        environ = {**os.environ, "HOOKSCOPE_HOME": str(home)}
        command = ["sh", "-c", f'ulimit -n {FILES}; exec "$@"', "sh", sys.executable, "-m", "hookscope.cli", *words]
        self._process = subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until(self.is_ready)

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(WITHIN_S)

    def dial(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=WITHIN_S)

    def is_ready(self) -> bool:
        """Whether an honest request is answered."""
        request = b"GET /-/ready HTTP/1.1\r\nHost: localhost:%d\r\nConnection: close\r\n\r\n" % self.port
        with contextlib.suppress(OSError), contextlib.ExitStack() as held:
            connection = held.enter_context(self.dial())
            if self._client is not None:
                connection = held.enter_context(self._client.wrap_socket(connection, server_hostname="localhost"))
            connection.sendall(request)
            return connection.recv(4096).startswith(b"HTTP/1.1 200")
        return False

    def takes(self, what: str = "VmRSS") -> int:
        """Its memory in bytes, or at most so far (VmHWM)."""
        lines = Path(f"/proc/{self._process.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(what))


def until(condition: Callable[[], bool], within_s: float = WITHIN_S) -> None:
    ends_at = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < ends_at
        time.sleep(0.1)  # another process is asked again


@pytest.fixture(params=["plain", "tls"])
def relay(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[RelayProcess]:
    one = RelayProcess(tmp_path, tls=request.param == "tls")
    yield one
    one.stop()


@pytest.fixture
def plain_relay(tmp_path: Path) -> Iterator[RelayProcess]:
    one = RelayProcess(tmp_path, tls=False)
    yield one
    one.stop()


@pytest.mark.parametrize(
    "first", [b"", b"\x16\x03\x01\x40\x00\x01\x00\x3f\xfc\x03\x03"], ids=["silent", "half a hello"]
)
def test_more_silent_connections_than_files_keep_nobody_out(relay: RelayProcess, first: bytes) -> None:
    with contextlib.ExitStack() as held:
        for _ in range(SILENT):
            connection = held.enter_context(relay.dial())
            with contextlib.suppress(OSError):
                connection.sendall(first)
        until(relay.is_ready)
        assert relay.takes("VmHWM") < MOST


LARGE = b"".join(b"X-%d: %s\r\n" % (number, b"a" * 30_000) for number in range(4))
REQUESTS = {
    "heads of 120 KB, one behind the other, whose answers nobody reads": b"GET /-/ready HTTP/1.1\r\nHost: HOST\r\n"
    + LARGE
    + b"\r\n",
    "chunks with extensions": b"POST /aaaaaaaaaaaaaaaaaaaa HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\n\r\n"
    + (b"1;" + b"x" * 60_000 + b"\r\na\r\n") * 4
    + b"0\r\n\r\n",
    "trailers": b"POST /aaaaaaaaaaaaaaaaaaaa HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n"
    + LARGE
    + b"\r\n",
    "hosts that are none": b"GET /x HTTP/1.1\r\nHost: [::1].example\r\n\r\n" * 200,
}


@pytest.mark.parametrize("request_bytes", REQUESTS.values(), ids=REQUESTS)
def test_what_strangers_send_without_end_stays_small_and_is_given_back(
    plain_relay: RelayProcess, request_bytes: bytes
) -> None:
    before = plain_relay.takes()
    request_bytes = request_bytes.replace(b"HOST", b"localhost:%d" % plain_relay.port)
    sent = 0
    with contextlib.ExitStack() as held:
        while sent < FLOOD:
            senders = [held.enter_context(plain_relay.dial()) for _ in range(SENDERS)]
            for sender in senders:
                sender.settimeout(0.5)
            came = 0
            for _ in range(20):
                for sender in senders:
                    with contextlib.suppress(OSError):
                        sender.sendall(request_bytes)
                        came += len(request_bytes)
            sent += came or FLOOD  # it takes nothing more
        assert plain_relay.takes("VmHWM") < MOST
    until(plain_relay.is_ready)
    if WHOLE:
        until(lambda: plain_relay.takes() < before + LEFT, FALLEN_WITHIN_S)


BODY = 24 * 1_000_000
UNENDED, ENDPOINTS = (400, 3) if WHOLE else (40, 1)
# Of few, what once took half as much again.
UNENDED_TAKE = MOST if WHOLE else 180 * MEGABYTE


@pytest.mark.parametrize(
    ("framing", "part"),
    [(b"Content-Length: %d" % (25 * MEGABYTE), b"%b"), (b"Transfer-Encoding: chunked", b"10000\r\n%b\r\n")],
    ids=["stated length", "chunked"],
)
def test_large_bodies_that_do_not_end_stay_small_and_honest_senders_are_served(
    plain_relay: RelayProcess, tmp_path: Path, framing: bytes, part: bytes
) -> None:
    part %= b"a" * 0x10000
    url = f"http://localhost:{plain_relay.port}"
    with contextlib.ExitStack() as held:
        homes = [tmp_path / str(number) for number in range(ENDPOINTS)]
        for home in homes:
            home.mkdir()
        ready = [held.enter_context(running(home, "listen", "--relay", url, "--json")) for home in homes]
        paths = [lines.wait(lambda line: line["type"] == "ready")["url"].rpartition("/")[2].encode() for lines in ready]
        senders = [held.enter_context(plain_relay.dial()) for _ in range(UNENDED)]
        for number, sender in enumerate(senders):
            start = b"POST /%b/x HTTP/1.1\r\nHost: localhost\r\n%b\r\n\r\n"
            sender.sendall(start % (paths[number % ENDPOINTS], framing))
            sender.settimeout(0.5)
        gone = set()
        for _ in range(BODY // 0x10000):
            for sender in senders:
                if sender not in gone:
                    try:
                        sender.sendall(part)
                    except OSError:
                        gone.add(sender)  # it was refused
        honest = held.enter_context(plain_relay.dial())
        honest.sendall(b"POST /%b/x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}" % paths[0])
        assert honest.recv(4096).startswith(b"HTTP/1.1 20")
        assert plain_relay.takes("VmHWM") < UNENDED_TAKE
