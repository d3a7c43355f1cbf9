"""An HTTP proxy that knows CONNECT, as companies have: it alone knows where names lead."""

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
    """Leads every CONNECT to `to`, a port of this machine; `auth` are the credentials that it wants.

    `asked` are the targets so far.
    """

    to: int
    auth: str = ""
    port: int = 0
    asked: list[str] = field(default_factory=list)

    def serve(self, listener: socket.socket) -> None:
        """Take connections until the listener is closed."""
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=self._one, args=(listener.accept()[0],), daemon=True).start()

    def _one(self, client: socket.socket) -> None:
        with client, contextlib.suppress(OSError):
            head = b""
            while b"\r\n\r\n" not in head:
                if not (more := client.recv(65536)):
                    return
                head += more
            self.asked.append(head.split(b" ")[1].decode())
            if base64.b64encode(self.auth.encode()) not in head:
                client.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
                return
            with socket.create_connection(("127.0.0.1", self.to), WITHIN_S) as beyond:
                client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
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
