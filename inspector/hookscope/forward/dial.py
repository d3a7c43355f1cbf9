"""New connections to a handler: to the first of its addresses that takes one, over TLS where that is wanted, for
HTTP/1.1 before HTTP/2."""

from __future__ import annotations

import socket
import ssl

from hookscope.forward.addresses import Address, Lookup, elsewhere, find_addresses, is_loopback, look_up
from hookscope.forward.connection import HTTP1, HTTP2, Connection, NoCommonProtocol, connect, open_tls, tls_context
from hookscope.forward.container import is_container
from hookscope.forward.error import ForwardError, connecting_failed
from hookscope.forward.exchange import ForwardProgress
from hookscope.model.errors import RefusedForSafety
from hookscope.model.handler import Handler


class Dialler:
    """Dials one handler, over TLS where `is_tls`; `lookup` gives the addresses of a host name."""

    def __init__(self, handler: Handler, *, insecure: bool, allow_remote: bool, lookup: Lookup) -> None:
        self.handler = handler
        self.is_tls = handler.scheme == "https"
        self._allow_remote = allow_remote
        self._lookup = lookup
        self._insecure = insecure
        self._tls: ssl.SSLContext | None = tls_context(insecure) if self.is_tls else None
        # Whether the handler speaks HTTP/2 and nothing else.
        self._insists = False

    async def check_remote(self) -> None:
        """RefusedForSafety where the handler is on another machine and that was not allowed;
        a name unknown by now passes."""
        if self._allow_remote:
            return
        try:
            found = await look_up(self.handler.host, self._lookup)
        except ForwardError:
            return
        if not any(is_loopback(ip) for ip in found):
            raise RefusedForSafety(elsewhere(self.handler, found), "add --allow-remote if deliveries may go there")

    async def connect(self, progress: ForwardProgress) -> Connection:
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
            try:
                return await self._open(sock, str(address), progress)
            except NoCommonProtocol:
                return await self._open_otherwise(address, progress)
        own = all(is_loopback(address.ip) for address in addresses) and is_container()
        raise connecting_failed(tries, await self._beside(addresses, tries), in_container=own)

    async def _beside(self, addresses: tuple[Address, ...], tries: list[tuple[str, OSError]]) -> str:
        """Where something listens, though nothing does at the handler's 127.0.0.1: its ::1, on the same port;
        empty where nothing does."""
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
        connection = await open_tls(sock, peer, self._tls, self.handler.host)
        if self._insists and not connection.speaks_http2:
            self._offer(HTTP1)
        return connection

    async def _open_otherwise(self, address: Address, progress: ForwardProgress) -> Connection:
        """A connection for the protocol that was not offered; what is agreed is offered first from then on."""
        self._offer(HTTP1 if self._insists else HTTP2)
        try:
            return await self._open(await connect(address), str(address), progress)
        except OSError as error:
            raise connecting_failed([(str(address), error)]) from None
        except NoCommonProtocol:
            self._offer(HTTP1)
            raise

    def _offer(self, protocol: str) -> None:
        self._insists = protocol == HTTP2
        self._tls = tls_context(self._insecure, protocol)
