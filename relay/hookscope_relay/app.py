"""A relay, put together: one HTTP server in front of ingress, tunnel and the relay's own pages, over one log."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import os
import ssl
import time
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, cast

from aiohttp import http_parser, web

from hookscope_relay.delivery import header
from hookscope_relay.errors import AlreadyInUse, HookscopeError, InputError, LogUnavailable
from hookscope_relay.exact_response import ExactResponse, respond_problem
from hookscope_relay.hosts import LOOPBACK_NAMES, Hosts, host_name, origin_and_prefix
from hookscope_relay.http_server import Connection
from hookscope_relay.hub import Hub
from hookscope_relay.ingress import Ingress, Taken
from hookscope_relay.limits import Gate, Room
from hookscope_relay.log.protocol import Log
from hookscope_relay.log_lines import tell
from hookscope_relay.memory import give_back_free_memory
from hookscope_relay.metrics import Metrics
from hookscope_relay.own_pages import Pages, is_for_metrics
from hookscope_relay.plain_request import PlainRequest
from hookscope_relay.request_head import Head, address_of, raw_headers, raw_target
from hookscope_relay.senders import nodes_clock
from hookscope_relay.settings import DAY_S, MAX_PORT, Limits, RelaySettings, check_numbers
from hookscope_relay.storage import join, open_log
from hookscope_relay.tunnel import Tunnel
from hookscope_relay.web_server import Server
from hookscope_relay.wire import CLOSE_RESTART

if TYPE_CHECKING:
    from hookscope_relay.cluster.node import Node

OWN = "-"
PORTS_TRIED = 20
# Databases, logs, listeners, and connections that are closing.
OWN_FILES = 64
HTTP_VERSIONS = ((1, 0), (1, 1))
TRIM_EVERY_S = 60.0
# What is still under way when patience is over gets a moment to be written.
LAST_MOMENT_S = 1.0
# Where so many targets lead is known again.
ADDRESSES = 256

logger = logging.getLogger("hookscope.relay")


class Relay:
    """One relay.

    `start` listens and sets `url`, where it is dialled, and `origin`, that of the url; `stop` ends in order: no new
    requests, answers in flight, then the sessions.
    """

    def __init__(self, settings: RelaySettings) -> None:
        self.settings = settings
        self.url = ""
        self.origin = ""
        self.metrics = Metrics()
        self.metrics_port = 0
        self._is_announced = False
        self._log: Log | None = None
        self._hub: Hub | None = None
        self._runner: web.ServerRunner | None = None
        self._metrics_runner: web.ServerRunner | None = None
        self._site: web.TCPSite | None = None
        self._trimming: asyncio.Task[None] | None = None
        self._node: Node | None = None
        self._hosts: Hosts
        self._ingress: Ingress
        self._tunnel: Tunnel

    async def start(self) -> None:
        """Open the log and listen; raises `AlreadyInUse`, `DamagedFile`, `CannotWrite` or `InputError`."""
        _check_parser()
        check_numbers(self.settings)
        tls = _tls_context(self.settings)
        self._log = await open_log(self.settings)
        try:
            await self._listen(tls)
            await self._listen_for_metrics()
        except HookscopeError:
            await self.stop()
            await self._log.close()
            raise
        self._trimming = asyncio.create_task(self._trim(self._log))

    async def stop(self, patience_s: float = 0.0) -> None:
        """End in order: nothing new is let in, deliveries in hand are answered for at most `patience_s`,
        sessions are told to come back.

        What was answered is written out, then the log is closed.
        """
        if self._site is None or self._hub is None or self._runner is None or self._log is None:
            return
        site, self._site = self._site, None
        ends_at = time.monotonic() + patience_s
        self._gate.draining = True
        await site.stop()
        await self._empty(patience_s)
        self._hub.close_all(CLOSE_RESTART)
        if self._node is not None:
            await self._node.stop()
        if self._trimming is not None:
            self._trimming.cancel()
            await asyncio.gather(self._trimming, return_exceptions=True)
        self._runner._shutdown_timeout = max(LAST_MOMENT_S, ends_at - time.monotonic())
        await self._runner.cleanup()
        if self._metrics_runner is not None:
            await self._metrics_runner.cleanup()
        if self._ingress.streams:
            # What has left of them is kept.
            await asyncio.wait(self._ingress.streams, timeout=LAST_MOMENT_S)
        await self._log.close()

    async def metrics_page(self) -> str:
        """What the page of metrics says now; it listens then."""
        return await self._pages.metrics_page()

    def announce(self, url: str) -> None:
        """Give endpoints their public URLs at this address from now on, and serve its host too;
        sessions are told to come back for theirs. Metrics are not shown on this port any more.

        Claims may be signed for `url` and for this: who owns the endpoints dials this machine, not the proxy in front.
        """
        assert self._hub is not None
        origin, prefix = origin_and_prefix(url)
        host = origin.partition("://")[2]
        self._hosts = Hosts(self._hosts.own | {host_name(host)}, prefix)
        self._is_announced = True
        self._tunnel = replace(self._tunnel, public=url)
        settings = replace(self._ingress.settings, public_url=url)
        self._ingress = replace(self._ingress, settings=settings, prefix=prefix, public_host=host)
        self._hub.close_all(CLOSE_RESTART)

    async def _empty(self, patience_s: float) -> None:
        if self._gate.deliveries.taken:
            tell(logger, "draining", deliveries=self._gate.deliveries.taken)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(patience_s):
                    await self._ingress.emptied.wait()

    async def _trim(self, log: Log) -> None:
        """Keep the log within its retention; a store that cannot do it now is asked again later."""
        while True:
            try:
                while dropped := await log.trim(time.time(), self.settings.retention):
                    self.metrics.trimmed += dropped
                await self._note_use(log)
                await log.forget_unused(time.time() - self.settings.limits.unused_s)
            except LogUnavailable as error:
                tell(logger, "trimming failed", logging.WARNING, reason=str(error))
            await asyncio.to_thread(give_back_free_memory)
            await asyncio.sleep(TRIM_EVERY_S)

    async def _note_use(self, log: Log) -> None:
        """An endpoint that somebody listens on is in use, however long ago its session began."""
        assert self._hub is not None
        now = time.time()
        for endpoint in self._hub.roster.endpoints():
            record = await log.endpoint(endpoint)
            if record is not None and now - record.used_at > min(DAY_S, self.settings.limits.unused_s / 2):
                await log.keep_endpoint(replace(record, used_at=now))

    async def _listen(self, tls: ssl.SSLContext | None) -> None:
        assert self._log is not None
        limits, trusted = within_files(self.settings.limits), self.settings.trusted_proxies
        server = Server(self._handle, limits, self.metrics, self._take, trusted, tls)
        self._held = server.held
        self._runner = web.ServerRunner(server, shutdown_timeout=LAST_MOMENT_S)
        await self._runner.setup()
        port = await self._bind()
        scheme = "https" if tls else "http"
        name = f"[{self.settings.bind}]" if ":" in self.settings.bind else self.settings.bind
        self.url = self.settings.public_url or f"{scheme}://{name}:{port}"
        self.settings = replace(self.settings, port=port)
        self._serve(self._log)
        assert self._hub is not None
        # Until the other nodes have said who is attached to them, senders are told to come back.
        self._gate.draining = self.settings.nats is not None
        self._node = await join(self._log, self._hub, self.settings)
        self._gate.draining = False

    def _serve(self, log: Log) -> None:
        settings = replace(self.settings, public_url=self.url)
        self.origin, prefix = origin_and_prefix(self.url)
        public = host_name(self.origin.partition("://")[2])
        own = {public, *map(host_name, settings.allowed_hosts)}
        if public in LOOPBACK_NAMES:
            own |= LOOPBACK_NAMES
        limits = settings.limits
        self._hosts = Hosts(frozenset(own), prefix)
        # Few senders call few addresses.
        self._address = lru_cache(ADDRESSES)(self._hosts.address)
        self._gate = Gate(limits, settings.rates)
        self._hub = Hub(
            log,
            deadline_s=settings.deadline_s,
            max_answer=limits.answer_bytes,
            away=settings.away,
            replies=Room(limits.session_reply_bytes, limits.reply_bytes),
            metrics=self.metrics,
            clock=time.monotonic if settings.nats is None else nodes_clock(),
        )
        self._ingress = Ingress(settings, log, self._hub, self._gate, self.metrics, prefix)
        self._tunnel = Tunnel(settings, self.url, log, self._hub, self._gate, self.metrics)
        bound = {host_name(settings.metrics_bind[0])} if settings.metrics_bind else set()
        self._pages = Pages(
            log, self._hub, self._gate, self.metrics, self._held, frozenset(own | bound | LOOPBACK_NAMES)
        )

    async def _listen_for_metrics(self) -> None:
        if self.settings.metrics_bind is None:
            return
        address, port = self.settings.metrics_bind
        server = Server(self._pages.handle_alone, self.settings.limits, Metrics())
        self._metrics_runner = web.ServerRunner(server, shutdown_timeout=LAST_MOMENT_S)
        await self._metrics_runner.setup()
        site = web.TCPSite(self._metrics_runner, address, port)
        try:
            await site.start()
        except OSError as error:
            raise _cannot_listen(
                error, f"port {port} on {address}, for metrics,", "--metrics-bind", "--metrics-bind"
            ) from None
        self.metrics_port = _port_of(site)

    async def _bind(self) -> int:
        assert self._runner is not None
        wanted = self.settings.port
        tries = (
            [wanted]
            if self.settings.port_fixed or wanted == 0
            else range(wanted, min(wanted + PORTS_TRIED, MAX_PORT + 1))
        )
        for port in tries:
            self._site = web.TCPSite(self._runner, self.settings.bind, port, backlog=512)
            try:
                await self._site.start()
            except OSError as error:
                failure = error
                continue
            return _port_of(self._site)
        await self._runner.cleanup()
        self._site = None
        raise _cannot_listen(failure, f"port {wanted} on {self.settings.bind}", "--port", "--bind and --port")

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        target = raw_target(request)
        if not target.startswith("/") or request.version not in HTTP_VERSIONS or request.method == "CONNECT":
            return self._refuse("malformed", request)
        headers = raw_headers(request)
        # A tunnel of bytes, such as ssh's, is on loopback and says nothing of whom it speaks for.
        shown = self.settings.metrics_bind is None and not self._is_announced
        if shown and is_for_metrics(request, headers):
            return await self._pages.show_metrics(request)
        address = self._hosts.address(header(headers, "host") or "", target)
        if address is None:
            return self._refuse("host-not-served", request)
        if address.endpoint != OWN:
            return await self._ingress.handle(request, headers, address.endpoint, address.tail)
        path = address.tail.partition("?")[0]
        if path.startswith("/session/"):
            return await self._tunnel.handle(request, headers, path.removeprefix("/session/"))
        return await self._pages.answer(request, path) or self._refuse("unknown-endpoint", request)

    def _take(self, connection: Connection, request: PlainRequest) -> Taken | None:
        """As `_handle`, for a delivery that is all there; None for everything else."""
        address = self._address(request.fields["host"], request.target)
        if address is None or address.endpoint == OWN:
            return None
        peer = address_of(connection.peername)
        tls = connection.ssl_context is not None
        head = Head(
            request.method, request.target, HTTP_VERSIONS[-1], request.headers, request.fields["host"], peer, tls
        )
        return self._ingress.take(
            head, request.body, address.endpoint, address.tail, connection.answer, connection.interim
        )

    def _refuse(self, problem: str, request: web.BaseRequest) -> ExactResponse:
        self.metrics.refuse(problem)
        return respond_problem(problem, request, keep_alive=False)


def within_files(limits: Limits) -> Limits:
    """The limits with no more connections than this process may have files open, less what the relay needs itself."""
    try:
        import resource  # noqa: PLC0415  # there is none on Windows
    except ImportError:
        return limits
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    most = limits.connections if files == resource.RLIM_INFINITY else files - OWN_FILES
    return replace(limits, connections=max(1, min(limits.connections, most)))


def _port_of(site: web.TCPSite) -> int:
    # uvloop's server is another class of the same form.
    return int(cast(asyncio.Server, site._server).sockets[0].getsockname()[1])


def _check_parser() -> None:
    """The byte-exactness of this relay was proved with the C parser; aiohttp's other one differs."""
    if http_parser.HttpRequestParser is http_parser.HttpRequestParserPy:
        raise InputError(
            "aiohttp's C parser is not in use", "unset AIOHTTP_NO_EXTENSIONS and install aiohttp from a wheel"
        )


def _cannot_listen(error: OSError, where: str, option: str, options: str) -> HookscopeError:
    if error.errno == errno.EADDRINUSE:
        return AlreadyInUse(f"{where} is in use", f"give another with {option}")
    # asyncio puts words of its own around the system's; a name that does not resolve has a negative number.
    reason = os.strerror(error.errno) if error.errno is not None and error.errno > 0 else error.strerror
    return InputError(
        f"{where} cannot be used ({reason})",
        f"give an address of this machine, and a port that this user may open, with {options}",
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
