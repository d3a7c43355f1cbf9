"""A relay, put together: one HTTP server in front of ingress, tunnel and the relay's own pages, over one log."""

from __future__ import annotations

import asyncio
import json
import logging
import ssl
import time
from collections import Counter
from dataclasses import replace
from functools import partial
from typing import Any

from aiohttp import http_parser, web
from aiohttp.http_exceptions import LineTooLong
from aiohttp.web_protocol import RequestHandler

from hookscope_relay.answers import phrase
from hookscope_relay.delivery import Answer, header
from hookscope_relay.errors import AlreadyInUse, HookscopeError, InputError, LogUnavailable
from hookscope_relay.exact import ExactResponse, respond, respond_problem
from hookscope_relay.hosts import LOOPBACK_NAMES, Hosts, host_name
from hookscope_relay.hub import Hub
from hookscope_relay.ingress import Ingress, raw_headers, raw_target
from hookscope_relay.log.memory import MemoryLog
from hookscope_relay.log.protocol import Log
from hookscope_relay.log.sqlite import SqliteLog
from hookscope_relay.settings import RelaySettings
from hookscope_relay.tunnel import Tunnel
from hookscope_relay.wire import CLOSE_RESTART, SUBPROTOCOL

OWN = "-"
PORTS_TRIED = 20
HTTP_VERSIONS = ((1, 0), (1, 1))
TRIM_EVERY_S = 60.0
UNUSED_AFTER_S = 90 * 86400.0

logger = logging.getLogger("hookscope.relay")


class Relay:
    """One relay. `start` listens and sets `origin`; `stop` ends in order: no new requests, answers in flight, then the sessions."""

    def __init__(self, settings: RelaySettings) -> None:
        self.settings = settings
        self.origin = ""
        self.refusals: Counter[str] = Counter()
        self._log: Log | None = None
        self._hub: Hub | None = None
        self._runner: web.ServerRunner | None = None
        self._site: web.TCPSite | None = None
        self._trimming: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Open the log and listen; raises `AlreadyInUse`, `DamagedFile`, `CannotWrite` or `InputError`."""
        _check_parser()
        tls = _tls_context(self.settings)
        database = self.settings.database
        self._log = MemoryLog() if database is None else await SqliteLog.open(database)
        try:
            await self._listen(tls)
        except HookscopeError:
            await self._log.close()
            raise
        self._trimming = asyncio.create_task(self._trim(self._log))

    async def stop(self, patience_s: float = 0.0) -> None:
        """Stop listening, let answers in flight finish for at most `patience_s`, tell the sessions to come back, close the log."""
        if self._site is None or self._hub is None or self._runner is None or self._log is None:
            return
        site, self._site = self._site, None
        await site.stop()
        try:
            async with asyncio.timeout(patience_s):
                await self._hub.quiet()
        except TimeoutError:
            pass
        self._hub.close_all(CLOSE_RESTART)
        if self._trimming is not None:
            self._trimming.cancel()
        await self._runner.cleanup()
        await self._log.close()

    async def _trim(self, log: Log) -> None:
        """Keep the log within its retention; a store that cannot do it now is asked again later."""
        while True:
            try:
                while await log.trim(time.time(), self.settings.retention):
                    pass
                await log.forget_unused(time.time() - UNUSED_AFTER_S)
            except LogUnavailable as error:
                logger.warning("the log cannot be trimmed now: %s", error)
            await asyncio.sleep(TRIM_EVERY_S)

    async def _listen(self, tls: ssl.SSLContext | None) -> None:
        assert self._log is not None
        limits = self.settings.limits
        # What the parser refuses gets our own answer; a little slack lets our own limits speak first.
        server = _Server(
            self._handle,
            refusals=self.refusals,
            handler_cancellation=True,
            auto_decompress=False,
            access_log=None,
            keepalive_timeout=limits.idle_s,
            lingering_time=limits.linger_s,
            max_line_size=limits.target_bytes + 1024,
            max_field_size=limits.field_bytes,
            max_headers=limits.header_count + 1,
        )
        self._runner = web.ServerRunner(server, shutdown_timeout=1.0)
        await self._runner.setup()
        port = await self._bind(tls)
        scheme = "https" if tls else "http"
        name = f"[{self.settings.bind}]" if ":" in self.settings.bind else self.settings.bind
        self.origin = self.settings.public_url or f"{scheme}://{name}:{port}"
        self.settings = replace(self.settings, port=port)
        self._serve(self._log)

    def _serve(self, log: Log) -> None:
        settings = replace(self.settings, public_url=self.origin)
        public = host_name(self.origin.partition("://")[2])
        own = {public, *map(host_name, settings.allowed_hosts)}
        if public in LOOPBACK_NAMES:
            own |= LOOPBACK_NAMES
        self._hosts = Hosts(frozenset(own))
        self._hub = Hub(
            log, deadline_s=settings.deadline_s, max_answer=settings.limits.answer_bytes, away=settings.away
        )
        self._ingress = Ingress(settings, log, self._hub, self.refusals)
        self._tunnel = Tunnel(settings, self.origin, log, self._hub, self.refusals)

    async def _bind(self, tls: ssl.SSLContext | None) -> int:
        assert self._runner is not None
        wanted = self.settings.port
        tries = [wanted] if self.settings.port_fixed or wanted == 0 else range(wanted, wanted + PORTS_TRIED)
        for port in tries:
            self._site = web.TCPSite(self._runner, self.settings.bind, port, ssl_context=tls, backlog=512)
            try:
                await self._site.start()
            except OSError as error:
                failure = error
                continue
            server = self._site._server
            assert isinstance(server, asyncio.Server)
            return int(server.sockets[0].getsockname()[1])
        await self._runner.cleanup()
        self._site = None
        raise AlreadyInUse(
            f"port {wanted} on {self.settings.bind} cannot be used ({failure.strerror})", "give another with --port"
        )

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        target = raw_target(request)
        if not target.startswith("/") or request.version not in HTTP_VERSIONS:
            return self._refuse("malformed", request)
        address = self._hosts.address(header(raw_headers(request), "host") or "", target)
        if address is None:
            return self._refuse("host-not-served", request)
        if address.endpoint == OWN:
            return await self._handle_own(request, address.tail.partition("?")[0])
        return await self._ingress.handle(request, address.endpoint, address.tail)

    async def _handle_own(self, request: web.BaseRequest, path: str) -> web.StreamResponse:
        """The relay's own pages, all under `/-/`."""
        if path.startswith("/session/"):
            return await self._tunnel.handle(request, path.removeprefix("/session/"))
        if path == "/health":
            return _json_page(request, 200, relay="hookscope", protocol=SUBPROTOCOL, time=int(time.time()))
        if path == "/ready":
            assert self._log is not None
            ready = await self._log.ready()
            return _json_page(request, 200 if ready else 503, relay="hookscope", ready=ready)
        return self._refuse("unknown-endpoint", request)

    def _refuse(self, problem: str, request: web.BaseRequest) -> ExactResponse:
        self.refusals[problem] += 1
        return respond_problem(problem, request, keep_alive=False)


class _Server(web.Server):
    """aiohttp's server, whose answers to what it cannot parse are ours: short, quoting nothing, logging no traceback."""

    def __init__(self, handler: Any, *, refusals: Counter[str], **keywords: Any) -> None:  # Any: aiohttp's own types
        super().__init__(handler, **keywords)
        self.connection = partial(_Connection, self, refusals, loop=self._loop, **self._kwargs)

    def __call__(self) -> RequestHandler:
        return self.connection()


class _Connection(RequestHandler):
    __slots__ = ("refusals",)

    def __init__(self, manager: web.Server, refusals: Counter[str], **keywords: Any) -> None:  # Any: as above
        super().__init__(manager, **keywords)
        self.refusals = refusals

    def handle_error(
        self, request: web.BaseRequest, status: int = 500, exc: BaseException | None = None, message: str | None = None
    ) -> web.StreamResponse:
        if status == 400:
            problem = "headers-too-large" if isinstance(exc, LineTooLong) else "malformed"
        else:
            problem = "relay-busy"
            logger.error("a bug of ours: %s", type(exc).__name__, exc_info=exc)
        self.refusals[problem] += 1
        response = respond_problem(problem, request, keep_alive=False)
        response.force_close()
        return response

    def log_exception(self, *args: Any, **keywords: Any) -> None:
        # What a sender wrote must not reach a log.
        logger.debug("a request could not be parsed")


def _json_page(request: web.BaseRequest, status: int, **members: object) -> ExactResponse:
    body = json.dumps(members).encode() + b"\n"
    answer = Answer(status=status, reason=phrase(status), headers=(("Content-Type", "application/json"),), body=body)
    return respond(answer, request)


def _check_parser() -> None:
    """The byte-exactness of this relay was proved with the C parser; aiohttp's other one differs."""
    if http_parser.HttpRequestParser is http_parser.HttpRequestParserPy:
        raise InputError(
            "aiohttp's C parser is not in use", "unset AIOHTTP_NO_EXTENSIONS and install aiohttp from a wheel"
        )


def _tls_context(settings: RelaySettings) -> ssl.SSLContext | None:
    if settings.tls_cert is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(settings.tls_cert, settings.tls_key)
    except (OSError, ssl.SSLError) as error:
        raise InputError(
            f"the certificate {settings.tls_cert} cannot be used ({error})",
            "give a PEM chain with --tls-cert and its key with --tls-key",
        ) from None
    return context
