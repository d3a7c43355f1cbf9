"""Live, not recorded: real servers, misconfigured in several ways each, deliveries come through a relay and a
session; the first finding must name the fault."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from factories import NOTION_BODY, make_ring
from hookscope.model.events import Diagnosed
from hookscope.model.finding import Finding
from hookscope.model.session_requests import SwitchHandler
from hookscope.session.terms import Forwarding
from hookscope.tunnel.client import Dialling
from hookscope_relay.app import Relay
from raw_http import exchange
from relays import relaying
from sessions import Session, make_plan

HERE = Path(__file__).parent
NODE = shutil.which("node")
PYTHON_SERVERS = ("flask", "django", "fastapi", "starlette", "aiohttp", "static", "wsgi", "raw")

BROKEN = b'{"type": "page.created", '
LARGE = b'{"x":"' + b"a" * 100_000 + b'"}'
STRANGER = {"host": "brave-otter.tunnel.example"}

FAULTS: list[tuple[str, str, dict[str, Any], str, str]] = [
    ("flask", "/hook", {}, "ok", "handler"),
    ("flask", "/nowhere", {}, "not-found", "framework"),
    ("flask", "/hook/", {}, "trailing-slash-mismatch", "framework"),
    ("flask", "/slash", {}, "trailing-slash-redirect", "framework"),
    ("flask", "/getonly", {}, "method-not-allowed", "framework"),
    ("flask", "/json", {"body": BROKEN}, "bad-json", "framework"),
    ("flask", "/json", {"media": "text/plain"}, "unsupported-media-type", "framework"),
    ("flask", "/json", {"body": LARGE}, "body-too-large", "framework"),
    ("flask", "/boom", {}, "app-exception", "handler"),
    ("flask", "/signed", {}, "signature-rejected", "handler"),
    ("flask", "/login-needed", {}, "login-redirect", "framework"),
    ("flask", "/hook", {"scheme": "https"}, "tls-on-plain", "transport"),
    ("django", "/hook", {}, "ok", "handler"),
    ("django", "/protected", {}, "csrf", "framework"),
    ("django", "/hook", STRANGER, "host-not-allowed", "framework"),
    ("django", "/slash", {}, "trailing-slash-redirect", "framework"),
    ("django", "/getonly", {}, "method-not-allowed", "framework"),
    ("django", "/boom", {}, "app-exception", "handler"),
    ("django", "/signed", {}, "signature-rejected", "handler"),
    ("django", "/login-needed", {}, "login-redirect", "framework"),
    ("fastapi", "/hook", {}, "ok", "handler"),
    ("fastapi", "/nowhere", {}, "not-found", "framework"),
    ("fastapi", "/slash", {}, "trailing-slash-redirect", "framework"),
    ("fastapi", "/hook", STRANGER, "host-not-allowed", "framework"),
    ("fastapi", "/json", {"body": BROKEN}, "bad-json", "handler"),
    ("fastapi", "/model", {}, "validation-error", "framework"),
    ("fastapi", "/bearer", {}, "bearer-missing", "framework"),
    ("fastapi", "/signed", {}, "signature-rejected", "handler"),
    ("starlette", "/hook", {}, "ok", "handler"),
    ("starlette", "/nowhere", {}, "not-found", "framework"),
    ("starlette", "/getonly", {}, "method-not-allowed", "framework"),
    ("starlette", "/slash", {}, "trailing-slash-redirect", "framework"),
    ("starlette", "/boom", {}, "app-exception", "handler"),
    ("starlette", "/signed", {}, "signature-rejected", "handler"),
    ("starlette", "/login-needed", {}, "login-redirect", "handler"),
    ("aiohttp", "/hook", {}, "ok", "handler"),
    ("aiohttp", "/nowhere", {}, "not-found", "framework"),
    ("aiohttp", "/hook/", {}, "trailing-slash-mismatch", "framework"),
    ("aiohttp", "/getonly", {}, "method-not-allowed", "framework"),
    ("aiohttp", "/json", {"body": BROKEN}, "bad-json", "handler"),
    ("aiohttp", "/boom", {}, "app-exception", "handler"),
    ("aiohttp", "/basic", {}, "basic-auth", "framework"),
    ("aiohttp", "/large", {"body": LARGE}, "body-too-large", "framework"),
    ("aiohttp", "/login-needed", {}, "login-redirect", "handler"),
    ("static", "/", {}, "static-post", "dev-server"),
    ("static", "/servers.py", {}, "static-post", "dev-server"),
    ("static", "/nowhere", {"method": "GET", "body": b""}, "not-found", "dev-server"),
    ("static", "/nowhere", {"method": "PUT"}, "method-not-allowed", "framework"),
    ("static", "/", {"scheme": "https"}, "tls-on-plain", "transport"),
    ("wsgi", "/hook", {}, "ok", "handler"),
    ("wsgi", "/unauthorized", {}, "signature-rejected", "handler"),
    ("wsgi", "/lookup", {}, "entity-not-found", "handler"),
    ("wsgi", "/stale", {}, "timestamp-stale", "handler"),
    ("wsgi", "/false", {}, "ok-with-error-body", "handler"),
    ("wsgi", "/again", {}, "duplicate-delivery", "handler"),
    ("wsgi", "/thanks", {}, "redirect-after-post", "handler"),
    ("raw", "/hook", {}, "ok", "handler"),
    ("raw", "/nothing", {}, "closed-without-response", "handler"),
    ("raw", "/ssh", {}, "not-http", "transport"),
    ("raw", "/short", {}, "content-length-mismatch", "transport"),
    ("raw", "/chunks", {}, "invalid-chunked", "transport"),
    ("raw", "/upgrade", {}, "unexpected-upgrade", "handler"),
    ("raw", "/hang", {"timeout": 0.4}, "response-timeout", "handler"),
    ("raw", "/tea", {}, "unusual-status", "handler"),
    ("nobody", "/hook", {}, "connection-refused", "transport"),
    ("node", "/hook", {}, "ok", "handler"),
    # Written by hand, but without a word of its own: it reads like a router's.
    ("node", "/nowhere", {}, "not-found", "framework"),
    ("node", "/signed", {}, "signature-rejected", "handler"),
    ("node", "/spa", {}, "spa-fallback", "framework"),
    ("node", "/moved", {}, "moved-redirect", "handler"),
    ("node", "/throws", {}, "app-exception", "handler"),
    ("node", "/crash", {}, "process-crash", "handler"),
]


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def wait_for(port: int, process: subprocess.Popen[bytes], until: float) -> None:
    while time.monotonic() < until and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 0.2).close()
        except OSError:
            time.sleep(0.02)  # the server is still importing its framework
        else:
            return
    raise AssertionError(f"the server on port {port} did not start")


@pytest.fixture(scope="module")
def ports() -> Iterator[dict[str, int]]:
    """The port of each server; all of them run until the module's tests are done. Nobody listens on `nobody`."""
    commands = {name: [sys.executable, str(HERE / "servers.py"), name] for name in PYTHON_SERVERS}
    if NODE:
        commands["node"] = [NODE, str(HERE / "node_server.js")]
    found = {name: free_port() for name in (*commands, "nobody")}
    quiet: Any = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": HERE}
    processes = {name: subprocess.Popen([*command, str(found[name])], **quiet) for name, command in commands.items()}
    try:
        until = time.monotonic() + 30
        for name, process in processes.items():
            wait_for(found[name], process, until)
        yield found
    finally:
        for process in processes.values():
            process.kill()
            process.wait()


class Tunnel:
    """A relay and sessions on it; each kind of session has an endpoint of its own and is pointed at one server after
    the other."""

    def __init__(self, home: Path, relay: Relay, stack: contextlib.AsyncExitStack) -> None:
        self._home = home
        self._relay = relay
        self._stack = stack
        self._sessions: dict[tuple[bool, float | None], Session] = {}

    async def ask(
        self,
        port: int,
        path: str,
        *,
        method: str = "POST",
        body: bytes = NOTION_BODY,
        media: str = "application/json",
        host: str = "",
        scheme: str = "http",
        timeout: float | None = None,
    ) -> tuple[Finding, ...]:
        """What is found about a delivery that was sent to the endpoint's public address and handed to the server on
        the port."""
        session = await self._session(bool(host), timeout)
        await session.runner.ask(SwitchHandler(handler=f"{scheme}://localhost:{port}"))
        diagnosed = sum(isinstance(event, Diagnosed) for event in session.events)
        head = (
            f"{method} /{session.runner.parts.pipeline.endpoint}{path} HTTP/1.1\r\nHost: {host or 'localhost'}\r\nContent-Type: {media}\r\n"
            f"X-Notion-Signature: sha256=00\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        await exchange(self._relay.settings.port, head.encode() + body)
        found: Diagnosed = await session.until(Diagnosed, diagnosed + 1)
        return found.findings

    async def _session(self, preserve_host: bool, timeout: float | None) -> Session:
        kind = (preserve_host, timeout)
        if kind not in self._sessions:
            ring = make_ring(len(self._sessions) + 1)
            forwarding = Forwarding(preserve_host=preserve_host, timeout_s=timeout)
            dialling = Dialling(relay=self._relay.origin, key=ring.current, mode="handler")
            plan = make_plan(self._home, self._relay.origin, keys=ring, dialling=dialling, forwarding=forwarding)
            session = Session(plan)
            await self._stack.enter_async_context(session.running())
            self._sessions[kind] = session
        return self._sessions[kind]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def tunnel(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Tunnel]:
    async with contextlib.AsyncExitStack() as stack:
        relay = await stack.enter_async_context(relaying(allowed_hosts=("brave-otter.tunnel.example",)))
        yield Tunnel(tmp_path_factory.mktemp("matrix"), relay, stack)


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    ("server", "path", "request_", "cause", "layer"),
    FAULTS,
    ids=[f"{fault[0]}-{fault[1]}-{fault[3]}" for fault in FAULTS],
)
async def test_the_first_finding_names_the_fault(
    tunnel: Tunnel, ports: dict[str, int], server: str, path: str, request_: dict[str, Any], cause: str, layer: str
) -> None:
    if server not in ports:
        pytest.skip("node is not installed")
    findings = await tunnel.ask(ports[server], path, **request_)
    assert (findings[0].cause, findings[0].layer) == (cause, layer), findings[0]
    if cause == "ok":
        assert {finding.severity for finding in findings} == {"info"}


def test_eight_servers_are_misconfigured_in_five_ways_each() -> None:
    ways = {server: sum(fault[0] == server and fault[3] != "ok" for fault in FAULTS) for server in PYTHON_SERVERS}
    assert len(ways) >= 8
    assert min(ways.values()) >= 5
