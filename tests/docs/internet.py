"""The internet of a page, behind a proxy as companies have: `python internet.py PORT CERTIFICATE CREDENTIALS NAME=PORT…`.

A CONNECT to one of the names gets TLS with the certificate, and what comes in it goes to the name's port on this machine.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import ssl
import sys

WITHIN_S = 20.0
REFUSALS = {
    407: b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=corp\r\nContent-Length: 0\r\n\r\n",
    502: b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n",
}


async def serve(port: int, certificate: str, credentials: str, names: dict[str, int]) -> None:
    """Serve for ever."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    wanted = base64.b64encode(credentials.encode())

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, TimeoutError), contextlib.closing(writer):
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), WITHIN_S)
            name = head.split(b" ")[1].decode().removesuffix(":443")
            if wanted not in head or name not in names:
                writer.write(REFUSALS[502 if wanted in head else 407])
                await writer.drain()
                return
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            await writer.drain()
            await writer.start_tls(context)
            beyond_reader, beyond = await asyncio.open_connection("127.0.0.1", names[name])
            with contextlib.closing(beyond):
                await asyncio.gather(_pump(reader, beyond), _pump(beyond_reader, writer))

    async with await asyncio.start_server(take, "127.0.0.1", port) as server:
        await server.serve_forever()


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await source.read(65536):
            sink.write(data)
            await sink.drain()
    sink.close()


if __name__ == "__main__":
    own_port, pem, login, *pairs = sys.argv[1:]
    places = {name: int(to) for name, _, to in (pair.partition("=") for pair in pairs)}
    asyncio.run(serve(int(own_port), pem, login, places))
