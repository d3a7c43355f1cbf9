"""The gateway: a server on loopback that passes a handler's calls on to the APIs, byte for byte, and tells what it saw.

`http://127.0.0.1:PORT/NAME/…` goes to the API of that name. Certificates are verified; the system's authorities and the
proxies of the environment are used. Nothing is decompressed, followed, remembered or sent twice. What is told holds the
tokens still: whoever listens redacts it before it is kept.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from typing import TypeAlias
from urllib.request import getproxies, proxy_bypass

import aiohttp
from aiohttp import web
from multidict import CIMultiDict
from yarl import URL

from hookscope.api.credential import read_credential
from hookscope.api.directory import LOOPBACK, Api, known_apis
from hookscope.api.fault import Fault, FaultPlan
from hookscope.api.passage import CONNECT_S, KEPT_BYTES, Passage, describe_failure
from hookscope.api.stream import ExactStream, Silence
from hookscope.config.authorities import trusting
from hookscope.model.call import Call
from hookscope.model.capture import Failure
from hookscope_relay.delivery import Headers, end_to_end, header, without
from hookscope_relay.errors import InputError
from hookscope_relay.hosts import host_name
from hookscope_relay.made_answers import ANSWERED_BY

Told: TypeAlias = Callable[[Call], None]
# Begins to look for the process that holds the connection from one port to another; None where nobody wants to know.
ProcessOf: TypeAlias = Callable[[int, int], asyncio.Future[int] | None]

DEFAULT_PORT = 7421
# Up to here a request is read whole and sent as it is; a longer one is passed on as it comes.
AT_ONCE_BYTES = 1024 * 1024
LINE_BYTES = 64 * 1024
# An idle connection to an API is used again for so long: shorter than servers keep one, so that none breaks under a
# call.
REUSED_S = 5.0
STOP_WITHIN_S = 1.0
# So long an API may go on after the handler hung up.
HEARD_OUT_S = 1.0

# Ours to hold: they say which delivery caused the call, and are not the API's business.
OURS = ("hookscope-delivery",)
# What aiohttp would add by itself.
NOT_ADDED = ("Accept", "Accept-Encoding", "User-Agent", "Content-Type")


class Gateway:
    """Serves the APIs on loopback. `start` opens it, `stop` ends it; `told` is called once for each call, as it ends,
    in the loop's thread. `process_of` is asked for the process of a connection as its call begins; what it has found
    by the end is told. `asked` calls began so far, of which some are `under_way`; `faults` are played."""

    def __init__(
        self,
        apis: Mapping[str, Api],
        told: Told,
        *,
        tls: ssl.SSLContext | None = None,
        faults: FaultPlan | None = None,
        process_of: ProcessOf | None = None,
    ) -> None:
        self.apis = apis
        self.port = 0
        self._told = told
        self._tls = tls
        self._process_of = process_of
        self.faults = faults or FaultPlan(())
        self.asked = 0
        self.under_way = 0
        self._proxies = getproxies()
        self._runner: web.ServerRunner | None = None
        self._client: aiohttp.ClientSession | None = None

    @property
    def origin(self) -> str:
        """`http://127.0.0.1:PORT`."""
        return f"http://127.0.0.1:{self.port}"

    def url(self, api: Api) -> str:
        """Where a handler finds an API."""
        return f"{self.origin}/{api.name}"

    async def start(self, port: int = DEFAULT_PORT, *, fixed: bool = False) -> int:
        """Listen on the port, or on a free one where it is taken and not `fixed`; the port. `InputError` where a fixed
        one is taken."""
        listening = _bind(port, fixed)
        self.port = listening.getsockname()[1]
        connector = aiohttp.TCPConnector(limit=0, ssl=self._tls or trusting(), keepalive_timeout=REUSED_S)
        self._client = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            skip_auto_headers=NOT_ADDED,
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_S),
            read_bufsize=KEPT_BYTES,
            max_line_size=LINE_BYTES,
            max_field_size=LINE_BYTES,
        )
        server = web.Server(
            self._handle,
            auto_decompress=False,
            access_log=None,
            keepalive_timeout=75.0,
            max_line_size=LINE_BYTES,
            max_field_size=LINE_BYTES,
            handler_cancellation=True,
        )
        self._runner = web.ServerRunner(server, shutdown_timeout=STOP_WITHIN_S)
        await self._runner.setup()
        await web.SockSite(self._runner, listening).start()
        return self.port

    async def stop(self) -> None:
        """End what is under way, and let go of the port."""
        if self._runner is not None:
            await self._runner.cleanup()
        if self._client is not None:
            await self._client.close()

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        if not _names_this_machine(request.host):
            return _made(421, "this gateway answers on this machine only")
        if _comes_from_page(request):
            return _made(403, "this gateway is for your handler: no page of a browser may call an API through it")
        passage = self._find(request)
        if passage is None:
            return _made(
                404, f"there is no API at {request.raw_path[:80]!r}; this gateway serves {', '.join(self.apis)}"
            )
        self.asked += 1
        self.under_way += 1
        looking = self._process_of(int(passage.connection or 0), self.port) if self._process_of else None
        try:
            return await self._pass_on(request, passage)
        except asyncio.CancelledError:
            # Whoever has the status may hang up: many look at nothing else.
            if not passage.status:
                passage.failure = Failure(kind="closed", detail="the handler hung up before there was an answer")
                passage.abandoned = True
            raise
        finally:
            self.under_way -= 1
            if looking is not None and looking.done() and not looking.cancelled():
                passage.process = looking.result()
            self._told(passage.call())

    def _find(self, request: web.BaseRequest) -> Passage | None:
        """The way that a request goes; None where it goes none."""
        headers = tuple((key.decode("latin-1"), value.decode("latin-1")) for key, value in request.raw_headers)
        name, slash, rest = request.raw_path.lstrip("/").partition("/")
        api, target = self.apis.get(name.partition("?")[0]), f"/{rest}" if slash else "/"
        if api is None and name not in known_apis():
            api, target = self._of_token(headers, request.raw_path), request.raw_path
        placed = api.place(target) if api else None
        if api is None or placed is None:
            return None
        peer = request.transport.get_extra_info("peername") if request.transport else None
        return Passage(api, *placed, request.method, headers, str(peer[1]) if peer else "")

    def _of_token(self, headers: Headers, target: str) -> Api | None:
        """The API whose kind of token a call carries, by its documented form: some clients take a host and a port only
        (Stripe's for Node), so that no path names it."""
        credential = read_credential(headers, target)
        found = [api for api in self.apis.values() if credential is not None and credential.kind in api.tokens]
        return found[0] if len(found) == 1 and target.startswith("/") else None

    async def _pass_on(self, request: web.BaseRequest, passage: Passage) -> web.StreamResponse:
        fault = self.faults.choose(passage.api.name, passage.method, passage.target, passage.clock)
        if fault is not None:
            passage.fault = fault.text
            await asyncio.sleep(fault.delay_s)
            if fault.status or fault.hangs_up:
                return await self._play(fault, request, passage)
        try:
            body = await _read(request, passage)
            async with self._ask(request, passage, body) as upstream:
                return await _pass_back(request, passage, upstream)
        except (aiohttp.ClientError, OSError, ValueError) as error:
            kind, words = describe_failure(error)
            passage.failure = Failure(kind=kind, detail=words)
            if passage.status:
                # Half an answer has passed: the handler must see that it is not whole.
                return Silence.instead_of(request)
            return _made(502, words)

    def _ask(
        self, request: web.BaseRequest, passage: Passage, body: bytes | AsyncIterator[bytes] | None
    ) -> contextlib.AbstractAsyncContextManager[aiohttp.ClientResponse]:
        assert self._client is not None
        url = URL(passage.base + passage.target, encoded=True)
        return self._client.request(
            passage.method,
            url,
            headers=_to_api(passage.headers, url),
            data=body,
            allow_redirects=False,
            proxy=self._proxy(url),
        )

    def _proxy(self, url: URL) -> str | None:
        host = url.host or ""
        return (
            None
            if host in LOOPBACK or proxy_bypass(host)
            else self._proxies.get(url.scheme) or self._proxies.get("all")
        )

    async def _play(self, fault: Fault, request: web.BaseRequest, passage: Passage) -> web.StreamResponse:
        await _read(request, passage)
        if fault.hangs_up:
            passage.failure = Failure(kind="closed", detail="the API hung up without an answer")
            return Silence.instead_of(request)
        headers, body = fault.answer(passage.api.name)
        passage.began(fault.status, "", headers)
        passage.received(body)
        return web.Response(status=fault.status, headers=CIMultiDict(headers), body=body)


async def _read(request: web.BaseRequest, passage: Passage) -> bytes | AsyncIterator[bytes] | None:
    """The request's body: whole where it is short, else as it comes; None where there is none."""
    if not request.body_exists:
        return None
    if (header(passage.headers, "Expect") or "").lower() == "100-continue" and request.transport is not None:
        request.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    length = request.content_length
    if length is not None and length <= AT_ONCE_BYTES:
        body = await request.content.readexactly(length)
        passage.sent(body)
        return body
    return _parts(request, passage)


async def _parts(request: web.BaseRequest, passage: Passage) -> AsyncIterator[bytes]:
    async for data in request.content.iter_any():
        passage.sent(data)
        yield data


def _to_api(headers: Headers, url: URL) -> CIMultiDict[str]:
    """The headers as they go to the API: hop-by-hop ones and ours left off, Host the API's. A body of unknown length
    goes in chunks."""
    host = url.raw_authority.rpartition("@")[2]
    sent: CIMultiDict[str] = CIMultiDict([("Host", host)])
    for name, value in without(end_to_end(headers), ("host", "expect", *OURS)):
        sent.add(name, value.encode("latin-1").decode("utf-8"))
    return sent


async def _pass_back(
    request: web.BaseRequest, passage: Passage, upstream: aiohttp.ClientResponse
) -> web.StreamResponse:
    headers = tuple((key.decode("latin-1"), value.decode("latin-1")) for key, value in upstream.raw_headers)
    if upstream.status < 200:
        raise aiohttp.ClientPayloadError("an answer that switches protocols, which nobody asked for")
    passage.began(upstream.status, upstream.reason or "", headers)
    has_body = request.method != "HEAD" and upstream.status not in (204, 304)
    chunked = has_body and header(headers, "Content-Length") is None
    stream = ExactStream(upstream.status, upstream.reason or "", end_to_end(headers), chunked=chunked)
    try:
        await stream.prepare(request)
        async for data in upstream.content.iter_any():
            passage.received(data)
            await stream.write(data)
        await stream.write_eof()
    except aiohttp.ClientConnectionResetError:
        # The handler has hung up: many look at nothing but the status. What the API says is heard out all the same.
        await _hear_out(passage, upstream)
    except asyncio.CancelledError:
        await _hear_out(passage, upstream)
        raise
    return stream


async def _hear_out(passage: Passage, upstream: aiohttp.ClientResponse) -> None:
    """Note the rest of an answer that nobody waits for any more, as far as it would be kept and comes soon."""
    with contextlib.suppress(TimeoutError, aiohttp.ClientError):
        async with asyncio.timeout(HEARD_OUT_S):
            while passage.answer_bytes < KEPT_BYTES and (data := await upstream.content.readany()):
                passage.received(data)


def _names_this_machine(host: str) -> bool:
    return host_name(host).strip("[]") in LOOPBACK


def _comes_from_page(request: web.BaseRequest) -> bool:
    """Whether a page of a browser asks, which brings the cookies of all that serves on this machine: pages say their
    Origin or where they are, and no script can leave that out. Servers say neither."""
    return "Origin" in request.headers or "Sec-Fetch-Site" in request.headers


def _made(status: int, words: str) -> web.Response:
    """An answer of our own."""
    text = f"hookscope: {words}\n"
    return web.Response(status=status, text=text, headers={ANSWERED_BY: "inspector"})


def _bind(port: int, fixed: bool) -> socket.socket:
    for wanted in (port,) if fixed else (port, 0):
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind(("127.0.0.1", wanted))
            sock.setblocking(False)
        except OSError:
            sock.close()
            continue
        return sock
    raise InputError(f"--api-port {port} is in use", "give another port, or leave the option out")
