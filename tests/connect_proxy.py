"""A proxy as companies have, that knows CONNECT or SOCKS 5: it alone knows where names lead."""

from __future__ import annotations

import base64
import contextlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

WITHIN_S = 10.0


@dataclass(slots=True)
class ConnectProxy:
    """Leads every CONNECT to `to`, a port of this machine; `auth` are the credentials that it wants, `offers` the schemes
    that it takes them by.

    `asked` are the targets so far.
    """

    to: int
    auth: str = ""
    port: int = 0
    offers: tuple[str, ...] = ("Basic realm=corp",)
    asked: list[str] = field(default_factory=list)

    def serve(self, listener: socket.socket) -> None:
        """Take connections until the listener is closed."""
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=self._one, args=(listener.accept()[0],), daemon=True).start()

    def _one(self, client: socket.socket) -> None:
        with client, contextlib.suppress(OSError):
            if client.recv(1, socket.MSG_PEEK) == b"\5":
                self._socks(client)
                return
            head = b""
            while b"\r\n\r\n" not in head:
                if not (more := client.recv(65536)):
                    return
                head += more
            self.asked.append(head.split(b" ")[1].decode())
            if base64.b64encode(self.auth.encode()) not in head:
                wanted = "".join(f"Proxy-Authenticate: {one}\r\n" for one in self.offers)
                refusal = f"HTTP/1.1 407 Proxy Authentication Required\r\n{wanted}Content-Length: 0\r\n\r\n"
                client.sendall(refusal.encode())
                return
            self._lead(client, b"HTTP/1.1 200 Connection established\r\n\r\n")

    def _socks(self, client: socket.socket) -> None:
        """RFC 1928, without credentials, for names only."""
        client.recv(2 + 255)
        client.sendall(b"\5\0")
        request = client.recv(5 + 255 + 2)
        length = request[4]
        name, port = request[5 : 5 + length].decode(), int.from_bytes(request[5 + length : 7 + length], "big")
        self.asked.append(f"{name}:{port}")
        self._lead(client, b"\5\0\0\1\0\0\0\0\0\0")

    def _lead(self, client: socket.socket, done: bytes) -> None:
        with socket.create_connection(("127.0.0.1", self.to), WITHIN_S) as beyond:
            client.sendall(done)
            back = threading.Thread(target=_pump, args=(beyond, client), daemon=True)
            back.start()
            _pump(client, beyond)
            back.join(WITHIN_S)


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    for one in (source, sink):
        with contextlib.suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def connect_proxy(to: int, auth: str = "") -> Iterator[ConnectProxy]:
    """A proxy that runs in a thread of its own."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        proxy = ConnectProxy(to, auth, listener.getsockname()[1])
        thread = threading.Thread(target=proxy.serve, args=(listener,), daemon=True)
        thread.start()
        yield proxy
        listener.shutdown(socket.SHUT_RDWR)
    thread.join(WITHIN_S)
