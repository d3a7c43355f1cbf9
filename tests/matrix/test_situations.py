"""Situations that users of tunnels and forwarders have reported, one table: each over a relay and a `listen` that are
processes of their own, by raw senders and handlers. What proxies in front do is in test_fronts.py, what recorded
deliveries say in test_field.py, what several sessions on one machine do in tests/e2e/test_succession.py, handlers
that speak HTTP/2 only (stripe/stripe-cli#1406) in tests/inspector/forward/test_http2.py.

A quick form tries a few of each kind; `make matrix` all.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from processes import Process, running
from raw_http import OK, Behaviour, Conversation, RawClient, RawMessage, RawServer, exchange, free_port, has_ipv6
from self_signed import self_signed

pytestmark = pytest.mark.xdist_group("situations")  # one relay
WITHIN_S = 20.0
WHOLE = os.environ.get("HOOKSCOPE_MATRIX") == "whole"


def post(target: str = "/hook", body: bytes = b"{}", *headers: str, method: str = "POST") -> bytes:
    """A request whose path is below the endpoint's."""
    lines = (f"{method} /ENDPOINT{target} HTTP/1.1", "Host: HOST", *headers, f"Content-Length: {len(body)}")
    return "\r\n".join((*lines, "", "")).encode() + body


def answer(status: str, *headers: str, body: bytes = b"") -> bytes:
    return "\r\n".join((f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body)}", "", "")).encode() + body


def stripe(kind: str, **more: Any) -> bytes:
    event = {"id": "evt_1", "object": "event", "type": kind, "created": 1_700_000_000, **more}
    return post("/hook", json.dumps(event).encode(), "Stripe-Signature: t=1700000000,v1=00")


async def never(conversation: Conversation) -> None:
    await conversation.request()
    await asyncio.Event().wait()


async def late(conversation: Conversation) -> None:
    while await conversation.request() is not None:
        await asyncio.sleep(0.5)  # what the handler takes
        await conversation.send(OK)


async def speaks_http2(conversation: Conversation) -> None:
    await conversation.head()
    await conversation.send(b"\0\0\x12\x04" + bytes(5) + bytes(18))  # SETTINGS (RFC 9113, 6.5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Where it was reported; the words behind `listen`, in which A and B stand for the ports of two handlers, and what
    the configuration file says; what the first handler does, and over which address; what is sent; and what must come
    out: words in the last answer, and in the last request of each handler (None: it had none), and what a line of the
    NDJSON says."""

    reported: str
    listen: str = "A"
    config: str = ""
    handler: tuple[bytes, ...] = (OK,)
    behaviour: Behaviour | None = None
    host: str = "127.0.0.1"
    tls: bool = False
    sends: tuple[bytes, ...] = (post(),)
    gets: tuple[bytes, ...] = (b"HTTP/1.1 200 ",)
    a: tuple[bytes, ...] | None = ()
    b: tuple[bytes, ...] | None = None
    told: dict[str, Any] = field(default_factory=dict)
    arrivals: int = 0


SPACED = b'{\n   "a": 2,\n   "n": 1.0 }'
FORM = b"payload=%7B%22a%22%3A+1%7D&x=%20"
BIG = bytes(range(256)) * 20_000
TWO = "--route invoices=type:invoice.*->A --route coupons=type:coupon.created->B"

ROWS = {
    "an event type a handler": Row(
        reported="stripe/stripe-cli#500",
        listen=TWO,
        sends=(stripe("coupon.created"),),
        a=None,
        b=(b"coupon.created",),
        told={"type": "attempted", "route": "coupons", "status": 200},
    ),
    "a path an event, from a file": Row(
        reported="stripe/stripe-cli#1133",
        listen="",
        config='[[route]]\nmatch = "type:coupon.created"\nhandler = "A"\npath = "/stripe/coupon/created"\n',
        sends=(stripe("coupon.created"),),
        a=(b"POST /stripe/coupon/created HTTP/1.1\r\n",),
    ),
    "connected accounts go to another handler": Row(
        reported="stripe/stripe-cli#75",
        listen="A --route connect=body:acct_->B",
        sends=(stripe("charge.succeeded", account="acct_1"),),
        a=None,
        b=(b"acct_1",),
    ),
    "only some events": Row(
        reported="stripe/stripe-cli#230",
        listen="--route paid=type:checkout.session.completed->A",
        sends=(stripe("customer.created"),),
        gets=(b"HTTP/1.1 404 ", b"urn:hookscope:problem:no-route", b"The nearest route is paid"),
        a=None,
    ),
    "the path of the handler stands once": Row(
        reported="stripe/stripe-cli#896",
        listen="http://127.0.0.1:A/endpoints/callback.php",
        sends=(post(""),),
        a=(b"POST /endpoints/callback.php HTTP/1.1\r\n",),
    ),
    "JSON arrives as it was written": Row(
        reported="probot/smee.io#78", sends=(post("/hook", SPACED),), a=(b"\r\n\r\n" + SPACED,)
    ),
    "a form stays a form": Row(
        reported="probot/smee-client#293",
        sends=(post("/hook", FORM, "Content-Type: application/x-www-form-urlencoded"),),
        a=(b"Content-Type: application/x-www-form-urlencoded\r\n", b"\r\n\r\n" + FORM),
    ),
    "signatures arrive": Row(
        reported="probot/smee-client#366",
        sends=(post("/hook", b"{}", "X-Hub-Signature-256: sha256=00", "x-hub-signature: sha1=00"),),
        a=(b"X-Hub-Signature-256: sha256=00\r\n", b"x-hub-signature: sha1=00\r\n"),
    ),
    "any method, with its query": Row(
        reported="probot/smee.io#77",
        sends=(post("/a%2Fb?x=1&y=%20+", b"", method="DELETE"),),
        a=(b"DELETE /a%2Fb?x=1&y=%20+ HTTP/1.1\r\n",),
    ),
    "a virtual host's name": Row(
        reported="stripe/stripe-cli#129",
        listen="",
        config='[[route]]\nhandler = "A"\nhost = "foo.test"\nset-header = ["X-Custom: some value"]\n',
        a=(b"Host: foo.test\r\n", b"X-Custom: some value\r\n"),
    ),
    "and by options": Row(
        reported="stripe/stripe-cli#130",
        listen="A --host foo.test --set-header X-Custom:1",
        a=(b"Host: foo.test\r\n", b"X-Custom: 1\r\n"),
    ),
    "a name below localhost": Row(
        reported="stripe/stripe-cli#1005", listen="http://shop.localhost:A", a=(b"Host: shop.localhost:",)
    ),
    "a handler on ::1 only": Row(reported="web-tunnel/lite-http-tunnel#3", host="::1"),
    "nobody at the port": Row(
        reported="probot/smee-client#97",
        listen="FREE",
        gets=(b"HTTP/1.1 502 ", b"urn:hookscope:problem:handler-refused"),
        a=None,
        told={"type": "diagnosed", "findings": "nothing listens"},
    ),
    "the second event comes too": Row(
        reported="stripe/stripe-cli#461", sends=tuple(post(f"/{number}") for number in range(6)), arrivals=6
    ),
    "a handler that takes longer than its time": Row(
        reported="stripe/stripe-cli#710",
        listen="A --timeout 300ms",
        behaviour=never,
        gets=(b"HTTP/1.1 504 ", b"urn:hookscope:problem:handler-timeout"),
        told={"type": "diagnosed", "findings": "transport.no-answer"},
    ),
    "a computation that no sender waits for": Row(
        reported="localtunnel/localtunnel#524",
        listen="A --answer 202",
        behaviour=late,
        gets=(b"HTTP/1.1 202 ",),
        told={"type": "attempted", "status": 200},
    ),
    "an upload of 5 MB": Row(
        reported="localtunnel/localtunnel#375",
        sends=(post("/hook", BIG),),
        a=(f"Content-Length: {len(BIG)}\r\n".encode(), b"\r\n\r\n" + BIG),
    ),
    "more than the relay takes": Row(
        reported="localtunnel/localtunnel#337",
        sends=(b"POST /ENDPOINT/hook HTTP/1.1\r\nHost: HOST\r\nContent-Length: 27000000\r\n\r\n",),
        gets=(b"HTTP/1.1 413 ", b"urn:hookscope:problem:body-too-large"),
        a=None,
        told={"type": "refused", "bytes": 27_000_000},
    ),
    "an upgrade to what is no WebSocket": Row(
        reported="cloudflare/cloudflared#990",
        sends=(post("/derp", b"", "Connection: Upgrade", "Upgrade: derp", method="GET"),),
        a=(b"GET /derp HTTP/1.1\r\n",),
        told={"type": "diagnosed", "findings": "request.upgrade"},
    ),
    "a handler that speaks HTTP/2 without TLS": Row(
        reported="cloudflare/cloudflared#1304",
        behaviour=speaks_http2,
        gets=(b"HTTP/1.1 502 ",),
        told={"type": "diagnosed", "findings": "HTTP/2"},
    ),
    "a certificate that nobody signed": Row(
        reported="hookdeck/hookdeck-cli#29",
        listen="https://localhost:A",
        tls=True,
        gets=(b"HTTP/1.1 502 ",),
        a=None,
        told={"type": "diagnosed", "findings": "--insecure"},
    ),
    "and one that is accepted": Row(
        reported="stripe/stripe-cli#108",
        listen="https://localhost:A --insecure",
        tls=True,
        a=(b"POST /hook HTTP/1.1\r\n",),
    ),
    "a 429 is tried again": Row(
        reported="fleetdm/fleet#18044",
        listen="A --retry 2",
        handler=(answer("429 Too Many Requests", "Retry-After: 1"), OK),
        gets=(b"HTTP/1.1 202 ",),
        told={"type": "attempted", "status": 200, "attempt": 2},
        arrivals=2,
    ),
    "more than the pace": Row(
        reported="hasura/skor#7",
        listen="A --rate 1/s",
        sends=tuple(post(f"/{number}") for number in range(4)),
        gets=(b"HTTP/1.1 20",),
        arrivals=4,
    ),
    "an event that comes twice": Row(
        reported="stripe/stripe-cli#981",
        sends=(stripe("invoice.created"), stripe("invoice.created")),
        told={"type": "diagnosed", "findings": "duplicates."},
        arrivals=2,
    ),
    "who knows the URL is not let in": Row(
        reported="inconshreveable/ngrok#150",
        listen="A --only-from 203.0.113.0/24",
        gets=(b"HTTP/1.1 404 ",),
        a=None,
        told={"type": "captured", "target": "/hook"},
    ),
    "a path that is not opened": Row(
        reported="inconshreveable/ngrok#150",
        listen="A --only-path /webhooks",
        sends=(post("/admin"),),
        gets=(b"HTTP/1.1 404 ",),
        a=None,
    ),
}


@pytest.fixture(scope="module")
def relay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a relay that is a process of its own; every situation opens an endpoint of its own there."""
    home = tmp_path_factory.mktemp("relay")
    words = ("--port", "0", "--memory", "--deadline", "10s", "--new-endpoints", "0", "--json")
    with running(home, "relay", *words) as lines:
        yield int(lines.wait(lambda line: line["type"] == "listening")["url"].rpartition(":")[2])


def exact(request: bytes, port: int, endpoint: str) -> bytes:
    """A request for that endpoint of the relay."""
    return request.replace(b"ENDPOINT", endpoint.encode(), 1).replace(b"HOST", f"127.0.0.1:{port}".encode(), 1)


@dataclass(slots=True)
class Scene:
    """A session at the relay of a port, below the folder `home`."""

    port: int
    home: Path
    process: Process
    endpoint: str

    async def send(self, request: bytes) -> bytes:
        return await exchange(self.port, self.exact(request), timeout=WITHIN_S)

    def exact(self, request: bytes) -> bytes:
        return exact(request, self.port, self.endpoint)

    async def told(self, wanted: dict[str, Any]) -> dict[str, Any]:
        return await asyncio.to_thread(self.process.lines.wait, lambda line: _says(line, wanted))


def _says(line: dict[str, Any], wanted: dict[str, Any]) -> bool:
    return all(
        line.get(key) == value if key != "findings" else value in json.dumps(line.get("findings", ""))
        for key, value in wanted.items()
    )


@contextlib.asynccontextmanager
async def listening(port: int, home: Path, *words: str) -> AsyncIterator[Scene]:
    """`listen` at the relay; it is open."""
    home.mkdir(exist_ok=True)
    process = Process(home, "listen", *words, "--relay", f"http://127.0.0.1:{port}", "--json")
    try:
        ready = await asyncio.to_thread(process.lines.wait, lambda line: line["type"] == "ready")
        yield Scene(port, home, process, ready["endpoint"])
    finally:
        await asyncio.to_thread(process.close)


def chosen(table: dict[str, Any], every: int) -> list[Any]:
    left = [] if has_ipv6() else ["a handler on ::1 only"]
    return [name for name in list(table)[:: 1 if WHOLE else every] if name not in left]


@pytest.mark.parametrize("name", chosen(ROWS, 13))
async def test_what_comes_of_it(name: str, relay: int, tmp_path: Path) -> None:
    row = ROWS[name]
    tls = self_signed()[0] if row.tls else None
    async with (
        RawServer(*row.handler, behaviour=row.behaviour, host=row.host, tls=tls) as a,
        RawServer() as b,
    ):
        home = tmp_path / "home"
        home.mkdir()
        (home / "config.toml").write_text(_placed(row.config, a, b))
        async with listening(relay, home, *_words(row.listen, a, b)) as scene:
            got = [await scene.send(request) for request in row.sends][-1]
            assert all(words in got for words in row.gets), got[:1000]
            if row.told:
                await scene.told(row.told)
            async with asyncio.timeout(WITHIN_S):
                while len(a.requests) < row.arrivals:  # noqa: ASYNC110 - a raw server tells nobody
                    await asyncio.sleep(0.02)
        for server, wanted in ((a, row.a), (b, row.b)):
            assert (server.requests == []) is (wanted is None)
            assert all(words in server.requests[-1] for words in wanted or ()), server.requests[-1][:1000]


def _placed(text: str, a: RawServer, b: RawServer) -> str:
    return text.replace('"A"', f'"{a.port}"').replace('"B"', f'"{b.port}"')


def _words(text: str, a: RawServer, b: RawServer) -> list[str]:
    """The words of a command line, with the ports in them."""
    found = []
    for word in text.split():
        before, arrow, handler = word.rpartition("->")
        start, colon, rest = handler.rpartition(":")
        port, slash, path = rest.partition("/")
        port = {"A": str(a.port), "B": str(b.port), "FREE": str(free_port())}.get(port, port)
        found.append(before + arrow + start + colon + port + slash + path)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A command that ends by itself: its exit code, and what it says."""

    reported: str
    words: str
    code: int
    says: tuple[str, ...]


COMMANDS = {
    "a handler in another container": Told(
        reported="stripe/stripe-cli#547",
        words="listen http://192.0.2.1:3000 --json",
        code=11,
        says=("--allow-remote",),
    ),
    "nothing came in the time of a CI job": Told(
        reported="stripe/stripe-cli#760",
        words="listen --port 0 --until path:/hook --timeout 200ms",
        code=13,
        says=("path:/hook",),
    ),
    "a relay that is none": Told(
        reported="probot/smee-client#84",
        words="listen --relay http://127.0.0.1:FREE --json",
        code=4,
        says=("cannot be reached: connection refused", "behind a company's proxy, set HTTPS_PROXY"),
    ),
    "what needs a request whole": Told(
        reported="cloudflare/cloudflared#128",
        words="listen 3000 --port 0 --stream-requests --transform a:b",
        code=2,
        says=("--transform needs them whole",),
    ),
}


@pytest.mark.parametrize("name", chosen(COMMANDS, 4))
def test_what_is_said(name: str, tmp_path: Path) -> None:
    row = COMMANDS[name]
    words = row.words.replace("FREE", str(free_port())).split()
    program = [sys.executable, "-m", "hookscope.cli", *words]
    environ = os.environ | {"HOOKSCOPE_HOME": str(tmp_path)}
    ended = subprocess.run(program, env=environ, capture_output=True, text=True, timeout=WITHIN_S, check=False)
    said = ended.stdout + ended.stderr
    assert (ended.returncode, [words for words in row.says if words not in said]) == (row.code, []), said


# What takes more than a request and its answer: the report, and how it goes.
Play = Callable[[int, Path], Awaitable[None]]


async def events_come_one_by_one(relay: int, home: Path) -> None:
    go_on = asyncio.Event()

    async def events(conversation: Conversation) -> None:
        await conversation.head()
        await conversation.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n")
        await go_on.wait()
        await conversation.send(b"data: 2\n\n")

    async with (
        RawServer(behaviour=events) as a,
        listening(relay, home, str(a.port)) as scene,
        RawClient(relay) as sender,
    ):
        await sender.send(scene.exact(post("/events", b"", method="GET")))
        async with asyncio.timeout(WITHIN_S):
            await sender.reader.readuntil(b"data: 1\n\n")
            go_on.set()
            assert (await sender.rest()).endswith(b"data: 2\n\n")


async def a_request_is_read_while_it_is_written(relay: int, home: Path) -> None:
    first = asyncio.Event()

    async def reads(conversation: Conversation) -> None:
        await conversation.head()
        await conversation.reader.readuntil(b"one")
        first.set()
        await conversation.reader.readuntil(b"0\r\n\r\n")
        await conversation.send(OK)

    words = ("--route", "x=path:/up -> A", "--stream-requests")
    async with RawServer(behaviour=reads) as a:
        placed = [word.replace("-> A", f"-> {a.port}") for word in words]
        async with listening(relay, home, *placed) as scene, RawClient(relay) as sender:
            head = b"POST /ENDPOINT/up HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n"
            await sender.send(scene.exact(head))
            async with asyncio.timeout(WITHIN_S):
                await first.wait()
            await sender.send(b"3\r\ntwo\r\n0\r\n\r\n")
            assert (await sender.answer()).startswith(b"HTTP/1.1 200 ")
            assert (await scene.told({"type": "attempted"}))["route"] == "x"


async def a_websocket_is_upgraded(relay: int, home: Path) -> None:
    async def upgrades(conversation: Conversation) -> None:
        await conversation.head()
        await conversation.send(
            b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
        )
        await conversation.send(await conversation.reader.readexactly(7))

    lines = (
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: " + "A" * 22 + "==",
    )
    async with (
        RawServer(behaviour=upgrades) as a,
        listening(relay, home, str(a.port)) as scene,
        RawClient(relay) as sender,
    ):
        await sender.send(
            scene.exact("\r\n".join(("GET /ENDPOINT/ws HTTP/1.1", "Host: HOST", *lines, "", "")).encode())
        )
        async with asyncio.timeout(WITHIN_S):
            assert (await sender.reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101 ")
            await sender.send(b"\x81\x81\0\0\0\0x")
            assert await sender.reader.readexactly(7) == b"\x81\x81\0\0\0\0x"
    assert b"Upgrade: websocket\r\n" in a.requests[0]


async def two_developers_have_one_url(relay: int, home: Path) -> None:
    async with (
        RawServer(answer("200 OK", body=b"ada")) as a,
        RawServer(answer("200 OK", body=b"bob")) as b,
        listening(relay, home / "ada", str(a.port)) as ada,
    ):
        endpoints = home / "bob" / "endpoints"
        endpoints.mkdir(parents=True, mode=0o700)
        shutil.copy(home / "ada" / "endpoints" / "default.key", endpoints)
        async with listening(relay, home / "bob", str(b.port), "--share") as bob:
            assert (await ada.send(post())).endswith(b"ada")
            copied = await bob.told({"type": "attempted"})
            assert (copied["copy"], copied["status"]) == (True, 200)


async def what_came_meanwhile_is_handed_over(relay: int, home: Path) -> None:
    async with RawServer() as a:
        async with listening(relay, home, str(a.port)) as scene:
            await scene.send(post("/before"))
        assert (await scene.send(post("/away"))).startswith(b"HTTP/1.1 202 ")
        async with listening(relay, home, str(a.port), "--forward-backlog") as scene:
            await scene.told({"type": "attempted", "status": 200})
    assert [RawMessage(request).target for request in a.requests] == [b"/before", b"/away"]


async def without_a_terminal_there_are_plain_lines(relay: int, home: Path) -> None:
    program = ("listen", "--relay", f"http://127.0.0.1:{relay}", "--until", "path:/hook", "--timeout", "20s")
    async with RawServer() as a:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "hookscope.cli", program[0], str(a.port), *program[1:]),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            env=os.environ | {"HOOKSCOPE_HOME": str(home), "FORCE_COLOR": "", "TERM": "xterm-256color"},
        )
        assert process.stdout is not None
        async with asyncio.timeout(WITHIN_S):
            told = await process.stdout.readuntil(b"Send to")
            url = (await process.stdout.readline()).split()[-1].decode()
            await exchange(relay, exact(post(), relay, url.rpartition("/")[2]))
            told += await process.stdout.read()
            assert await process.wait() == 0
    assert b"POST /hook" in told
    assert b"\x1b" not in told


async def a_lost_connection_ends_with_its_own_code(relay: int, home: Path) -> None:
    below = home / "relay"
    below.mkdir()
    other = Process(below, "relay", "--port", "0", "--memory", "--json")
    try:
        url = (await asyncio.to_thread(other.lines.wait, lambda line: line["type"] == "listening"))["url"]
        async with listening(int(url.rpartition(":")[2]), home / "here", "--exit-on-disconnect") as scene:
            await asyncio.to_thread(other.end, signal.SIGKILL)
            assert await asyncio.to_thread(scene.process.process.wait, WITHIN_S) == 12
    finally:
        await asyncio.to_thread(other.close)


async def two_endpoints_do_not_mix(relay: int, home: Path) -> None:
    async with (
        RawServer() as a,
        RawServer() as b,
        listening(relay, home, str(a.port)) as account,
        listening(relay, home, str(b.port), "--endpoint", "connect") as connect,
    ):
        for number in range(3):
            await account.send(post(f"/account/{number}"))
            await connect.send(post(f"/connect/{number}"))
    assert [RawMessage(one).target for one in a.requests] == [b"/account/0", b"/account/1", b"/account/2"]
    assert [RawMessage(one).target for one in b.requests] == [b"/connect/0", b"/connect/1", b"/connect/2"]


PLAYS: dict[str, Play] = {
    "inconshreveable/ngrok#135, cloudflare/cloudflared#1449, fatedier/frp#4594": events_come_one_by_one,
    "cloudflare/cloudflared#128": a_request_is_read_while_it_is_written,
    "cloudflare/cloudflared#1652, cloudflare/cloudflared#120": a_websocket_is_upgraded,
    "bubenshchykov/ngrok#134": two_developers_have_one_url,
    "probot/smee-client#126, hookdeck/hookdeck-cli#324": what_came_meanwhile_is_handed_over,
    "hookdeck/hookdeck-cli#333, stripe/stripe-cli#760": without_a_terminal_there_are_plain_lines,
    "stripe/stripe-cli#389": a_lost_connection_ends_with_its_own_code,
    "stripe/stripe-cli#584": two_endpoints_do_not_mix,
}


@pytest.mark.parametrize("reported", chosen(PLAYS, 8), ids=lambda reported: PLAYS[reported].__name__)
async def test_how_it_goes(reported: str, relay: int, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    await PLAYS[reported](relay, home)


def test_there_are_thirty_at_least_each_with_its_report() -> None:
    assert len(ROWS) + len(COMMANDS) + len(PLAYS) >= 30
    reported = [row.reported for row in ROWS.values()] + [row.reported for row in COMMANDS.values()]
    assert all(
        "/" in one and one.rpartition("#")[2].isdigit() for text in (*reported, *PLAYS) for one in text.split(", ")
    )
