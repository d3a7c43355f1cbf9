"""One connection to a handler, plain or TLS.

Reading and writing are independent of each other: that writing failed does not lose what the other end said before it
hung up. (Transports of asyncio drop what they have not read yet when a write fails; so this stands on the socket
itself.)
"""

from __future__ import annotations

import asyncio
import contextlib
import operator
import socket
import ssl
from collections.abc import Callable

from hookscope.config.authorities import trusting
from hookscope.forward.addresses import Address
from hookscope.forward.error import ForwardError, words

READ_BYTES = 64 * 1024
# As ALPN names them (RFC 7301), and what OpenSSL calls an end of the handshake for want of one.
HTTP1 = "http/1.1"
HTTP2 = "h2"
NO_PROTOCOL = "no application protocol"
# A TLS record holds at most this much.
TLS_READ_BYTES = 16 * 1024
# Linux only. Elsewhere a handler that writes head and body apart costs what the system's delayed acknowledgement costs.
QUICK_ACK: int | None = getattr(socket, "TCP_QUICKACK", None)

# Whoever reads at that time, called by the loop without a step between.
CALL_WHO_READS = operator.methodcaller("_readable")


def _nobody() -> None:
    """Nobody reads."""


class NoCommonProtocol(ForwardError):
    """The other end speaks TLS, and none of the protocols that were offered."""


class Connection:
    """A plain connection; `peer` is the address really connected to. One task may send while another receives."""

    def __init__(self, sock: socket.socket, peer: str) -> None:
        self.peer = peer
        self.sock = sock
        self._readable: Callable[[], object] = _nobody
        self._loop: asyncio.AbstractEventLoop | None = None
        self._sent = 0
        self._received = b""
        self._broke: OSError | None = None

    def watch(self, readable: Callable[[], object]) -> None:
        """Call that, in the place of an earlier one, whenever there is something to read;
        until somebody sends or receives, or it is closed.

        The loop is told once for many exchanges: to tell it costs about as much as an exchange does.
        """
        self._readable = readable
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
            self._loop.add_reader(self.sock, CALL_WHO_READS, self)

    @property
    def speaks_http2(self) -> bool:
        """Whether HTTP/2 was agreed on it."""
        return False

    @property
    def is_watched(self) -> bool:
        """Whether somebody is called when there is something to read."""
        return self._loop is not None

    def unwatch(self) -> None:
        """Call nobody any more."""
        if self._loop is not None:
            self._loop.remove_reader(self.sock)
            self._loop, self._readable = None, _nobody

    async def send(self, data: bytes | memoryview) -> None:
        """Write all of the data; OSError where the connection broke."""
        self.unwatch()
        if self._sent:
            gone, self._sent = min(self._sent, len(data)), max(0, self._sent - len(data))
            data = memoryview(data)[gone:]
        if data:
            await asyncio.get_running_loop().sock_sendall(self.sock, data)

    async def receive(self) -> bytes:
        """The next bytes, at most READ_BYTES; empty when the other end said that nothing follows.

        OSError where it broke.
        """
        self.unwatch()
        if self._received:
            received, self._received = self._received, b""
            return received
        if self._broke is not None:
            raise self._broke
        self.acknowledge_at_once()
        return await asyncio.get_running_loop().sock_recv(self.sock, READ_BYTES)

    def go_back(self, sent: int, received: bytes, broke: OSError | None = None) -> None:
        """An exchange that was begun without these calls is done over with them: so many bytes of what is sent are
        gone already, these came already, and then the connection broke by this."""
        self._sent, self._received, self._broke = sent, received, broke

    def acknowledge_at_once(self) -> None:
        """On a connection that is used again, the system acknowledges 40 ms late; a handler that writes its head
        first and then its body (http.server, wsgiref) waits for that acknowledgement in between. What was received
        is acknowledged now; the system forgets the wish at every send.
        """
        if QUICK_ACK is not None:
            with contextlib.suppress(OSError):
                self.sock.setsockopt(socket.IPPROTO_TCP, QUICK_ACK, 1)

    def is_quiet(self) -> bool:
        """Whether the other end has neither hung up nor sent anything: what a connection must be to be used again."""
        try:
            self.sock.recv(1, socket.MSG_PEEK)
        except (BlockingIOError, InterruptedError):
            return True
        except OSError:
            return False
        return False

    def end_sending(self) -> None:
        """Say that nothing follows from here, as far as the connection can say it."""
        with contextlib.suppress(OSError):
            self.sock.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """Hang up; may be called again."""
        self.unwatch()
        self.sock.close()


class TlsConnection(Connection):
    """A connection whose bytes go through TLS; `handshake` comes first."""

    def __init__(self, sock: socket.socket, peer: str, context: ssl.SSLContext, server_name: str) -> None:
        super().__init__(sock, peer)
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=server_name)
        self._writing = asyncio.Lock()
        self._mid_write = False
        self.opening = b""

    async def handshake(self) -> None:
        """Agree on keys; OSError (ssl.SSLError is one) where that fails.

        `opening` then holds what the other end began with.
        """
        while True:
            try:
                self._tls.do_handshake()
            except ssl.SSLWantReadError:
                await self._flush()
                await self._feed()
                continue
            await self._flush()
            return

    @property
    def speaks_http2(self) -> bool:
        """Whether HTTP/2 was agreed on it."""
        return self._tls.selected_alpn_protocol() == HTTP2

    async def send(self, data: bytes | memoryview) -> None:
        """Write all of the data; OSError where the connection broke."""
        rest = memoryview(data)
        while rest:
            rest = rest[self._tls.write(rest) :]
            await self._flush()

    async def receive(self) -> bytes:
        """The next bytes; empty at the end, orderly (close_notify) or not:
        the length of the answer tells whether it is whole."""
        while True:
            try:
                return self._tls.read(TLS_READ_BYTES)
            except ssl.SSLWantReadError:
                # Something to say, such as a key update; whoever is writing at this moment takes it along.
                if self._outgoing.pending and not self._writing.locked():
                    await self._flush()
                await self._feed()
            except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
                return b""

    def end_sending(self) -> None:
        """Nothing: a half of TLS cannot be ended alone everywhere."""

    def is_quiet(self) -> bool:
        """Whether the other end has neither hung up nor sent anything."""
        return not self._tls.pending() and not self._incoming.pending and super().is_quiet()

    def close(self) -> None:
        """Say that nothing follows, as far as that goes without waiting, and hang up."""
        # Half a record may have left when writing was cancelled; nothing that makes sense can follow it.
        if not self._mid_write:
            with contextlib.suppress(ssl.SSLError, ValueError):
                self._tls.unwrap()
            with contextlib.suppress(OSError):
                self.sock.send(self._outgoing.read())
        super().close()

    async def _flush(self) -> None:
        async with self._writing:
            while self._outgoing.pending:
                self._mid_write = True
                await super().send(self._outgoing.read())
                self._mid_write = False

    async def _feed(self) -> None:
        data = await super().receive()
        if len(self.opening) < 8:
            self.opening = (self.opening + data)[:8]
        if data:
            self._incoming.write(data)
        else:
            self._incoming.write_eof()


def tls_context(insecure: bool, protocol: str = HTTP1) -> ssl.SSLContext:
    """A context that offers one protocol, with the system's trust, or none at all with `insecure` (self-signed
    certificates of a developer's machine)."""
    context = trusting()
    context.set_alpn_protocols([protocol])
    if insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


async def connect(address: Address) -> socket.socket:
    """A connected, non-blocking socket; OSError where none can be made."""
    sock = socket.socket(address.family, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        await asyncio.get_running_loop().sock_connect(sock, (address.ip, address.port))
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except BaseException:
        sock.close()
        raise
    return sock


async def open_tls(sock: socket.socket, peer: str, context: ssl.SSLContext, server_name: str) -> TlsConnection:
    """A TLS connection over a connected socket; ForwardError of kind `tls` that says why there is none, of the class
    `NoCommonProtocol` where what was offered is not spoken."""
    connection = TlsConnection(sock, peer, context, server_name)
    try:
        await connection.handshake()
    except OSError as error:
        connection.close()
        refused = NO_PROTOCOL in str(error).lower().replace("_", " ")
        raise (NoCommonProtocol if refused else ForwardError)(
            "tls", _tls_words(error, connection.opening, peer)
        ) from None
    except BaseException:
        connection.close()
        raise
    return connection


def _tls_words(error: OSError, opening: bytes, peer: str) -> str:
    if opening.startswith(b"HTTP/"):
        return f"{peer} speaks plain HTTP: use http://"
    if isinstance(error, ssl.SSLCertVerificationError):
        why = error.verify_message.rstrip(".")
        return f"the certificate of {peer} is not trusted ({why}); --insecure accepts it"
    if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError | ConnectionResetError | BrokenPipeError):
        return f"{peer} hung up during the TLS handshake; if it speaks plain HTTP, use http://"
    reason = getattr(error, "reason", None)
    return f"no TLS connection to {peer} ({reason.lower().replace('_', ' ') if reason else words(error)})"
