"""The forwarder: hands a request to the developer's handler byte for byte, and brings back its answer or why there is none.

What it does not do: follow redirects, keep cookies, look at proxy settings, add or join headers, decompress, or send anything a
second time.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from dataclasses import dataclass

from hookscope.forward.addresses import Address, Lookup, elsewhere, find_addresses, is_loopback, look_up, system_lookup
from hookscope.forward.connection import Connection, connect, open_tls, tls_context
from hookscope.forward.error import ForwardError, connecting_failed
from hookscope.forward.exchange import ForwardProgress, exchange
from hookscope.forward.pool import Pool
from hookscope.model.capture import Failure, SentRequest
from hookscope.model.errors import RefusedForSafety
from hookscope.model.handler import Handler
from hookscope_relay.delivery import Answer

MAX_ANSWER_BYTES = 25 * 1024 * 1024
IDLE_S = 1.0
PARALLEL = 64
PROBE_S = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Forwarded:
    """What came of a forward: an answer as the handler sent it, or a failure; one of them.

    The answer's headers are the handler's own, hop-by-hop ones included (the relay's `framed` makes what is passed on); its body
    is without chunks. `connected_to` is `address:port`, empty where no connection was made; `reused` says that it was an idle one.
    """

    answer: Answer | None = None
    failure: Failure | None = None
    elapsed_ms: float = 0.0
    connected_to: str = ""
    reused: bool = False


class Forwarder:
    """Forwards to one handler, any number at a time; those beyond `parallel` wait for their turn within their own time limit.

    `lookup` gives the addresses of a host name. Used from one event loop; `close` when done.
    """

    def __init__(
        self,
        handler: Handler,
        *,
        insecure: bool = False,
        allow_remote: bool = False,
        max_answer_bytes: int = MAX_ANSWER_BYTES,
        idle_s: float = IDLE_S,
        parallel: int = PARALLEL,
        lookup: Lookup = system_lookup,
    ) -> None:
        self.handler = handler
        self._allow_remote = allow_remote
        self._max_answer_bytes = max_answer_bytes
        self._lookup = lookup
        self._tls: ssl.SSLContext | None = tls_context(insecure) if handler.scheme == "https" else None
        self._pool = Pool(idle_s)
        self._turns = asyncio.Semaphore(parallel)
        self._finishing: set[asyncio.Task[bool]] = set()

    async def forward(self, request: SentRequest, timeout: float) -> Forwarded:
        """Send a request once and wait for its answer for at most `timeout` seconds in all. Network trouble is an outcome."""
        loop = asyncio.get_running_loop()
        started = loop.time()
        progress = ForwardProgress()
        answer: Answer | None = None
        failure: Failure | None = None
        reused = False
        try:
            async with asyncio.timeout(timeout), self._turns:
                idle = self._pool.take()
                reused = idle is not None
                connection = idle or await self._connect(progress)
                answer = await self._exchange(connection, request, progress, started + timeout)
        except TimeoutError:
            detail = f"no answer within {max(timeout, 0):.3g} s: still {progress.describe()}"
            failure = Failure(kind="timeout", detail=detail)
        except ForwardError as error:
            failure = error.failure
        elapsed_ms = (loop.time() - started) * 1000
        return Forwarded(
            answer=answer, failure=failure, elapsed_ms=elapsed_ms, connected_to=progress.peer, reused=reused
        )

    async def probe(self, timeout: float = PROBE_S) -> Failure | None:
        """Whether a connection can be made now, TLS included; None if so. Nothing is sent."""
        progress = ForwardProgress()
        try:
            async with asyncio.timeout(timeout):
                connection = await self._connect(progress)
        except TimeoutError:
            return Failure(kind="timeout", detail=f"no connection within {timeout:.3g} s: still {progress.describe()}")
        except ForwardError as error:
            return error.failure
        connection.close()
        return None

    async def check_remote(self) -> None:
        """RefusedForSafety where the handler is on another machine and that was not allowed; a name unknown by now passes."""
        if self._allow_remote:
            return
        try:
            found = await look_up(self.handler.host, self._lookup)
        except ForwardError:
            return
        if not any(is_loopback(ip) for ip in found):
            raise RefusedForSafety(elsewhere(self.handler, found), "add --allow-remote if deliveries may go there")

    async def close(self) -> None:
        """Hang up on idle connections and stop writing what was answered early; forwards under way are the caller's to cancel."""
        self._pool.close()
        finishing = set(self._finishing)
        for task in finishing:
            task.cancel()
        if finishing:
            await asyncio.wait(finishing)

    async def _connect(self, progress: ForwardProgress) -> Connection:
        """A new connection to the first of the handler's addresses that takes one."""
        progress.stage = f"looking up {self.handler.host}"
        addresses = await find_addresses(self.handler, self._allow_remote, self._lookup)
        tries: list[tuple[str, OSError]] = []
        for address in addresses:
            progress.stage = f"connecting to {address}"
            try:
                sock = await connect(address)
            except OSError as error:
                tries.append((str(address), error))
                continue
            return await self._open(sock, str(address), progress)
        raise connecting_failed(tries, await self._beside(addresses, tries))

    async def _beside(self, addresses: tuple[Address, ...], tries: list[tuple[str, OSError]]) -> str:
        """Where something listens, though nothing does at the handler's 127.0.0.1: its ::1, on the same port; empty where nothing does."""
        if [address.ip for address in addresses] != ["127.0.0.1"] or not isinstance(
            tries[0][1], ConnectionRefusedError
        ):
            return ""
        other = Address("::1", addresses[0].port)
        try:
            (await connect(other)).close()
        except OSError:
            return ""
        return str(other)

    async def _open(self, sock: socket.socket, peer: str, progress: ForwardProgress) -> Connection:
        progress.peer = peer
        if self._tls is None:
            return Connection(sock, peer)
        progress.stage = f"in the TLS handshake with {peer} (if it speaks plain HTTP, use http://)"
        return await open_tls(sock, peer, self._tls, self.handler.host)

    async def _exchange(
        self, connection: Connection, request: SentRequest, progress: ForwardProgress, until: float
    ) -> Answer:
        progress.peer = connection.peer
        try:
            done = await exchange(connection, request, self._max_answer_bytes, progress)
        except BaseException:
            connection.close()
            raise
        if done.reusable:
            self._pool.put(connection)
        elif done.sending.done():
            connection.close()
        else:
            self._finish_later(connection, done.sending, until)
        return done.answer

    def _finish_later(self, connection: Connection, sending: asyncio.Task[bool], until: float) -> None:
        """Go on writing a request that was answered early, within its time: the handler may still be reading it."""
        timer = asyncio.get_running_loop().call_at(until, sending.cancel)

        def end(task: asyncio.Task[bool]) -> None:
            timer.cancel()
            connection.close()
            self._finishing.discard(task)

        self._finishing.add(sending)
        sending.add_done_callback(end)
