"""A connection that is no longer HTTP: after a handler's 101 bytes pass both ways as they come, each way no faster than
the other end takes them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from hookscope.forward.connection import Connection
from hookscope.forward.sink import Sink

# So long a handler that the sender left may still take to end its own side.
CLOSING_S = 1.0

# With the bytes, and whether the sender wrote them.
Heard = Callable[[bytes, bool], None]


async def converse(connection: Connection, sink: Sink, first: bytes, heard: Heard) -> str:
    """Pass bytes both ways until either side ends; `first` came behind the 101. Why the handler's side broke, empty
    where it ended in order or was left."""
    up = asyncio.create_task(_up(connection, sink, first, heard))
    down = asyncio.create_task(_down(connection, sink, heard))
    try:
        await asyncio.wait({up, down}, return_when=asyncio.FIRST_COMPLETED)
        if not up.done():
            connection.end_sending()
            await asyncio.wait({up}, timeout=CLOSING_S)
        return up.result() if up.done() else ""
    finally:
        for task in (up, down):
            task.cancel()
        await asyncio.wait({up, down})


async def _up(connection: Connection, sink: Sink, first: bytes, heard: Heard) -> str:
    """From the handler to the sender; what nobody takes is read all the same, so that the handler's end is seen."""
    data = first
    while True:
        if data:
            heard(data, False)
            try:
                await sink.room(len(data))
                sink.put(data)
            except OSError:
                pass
        try:
            data = await connection.receive()
        except OSError:
            sink.abort("reset")
            return "reset"
        if not data:
            sink.end()
            return ""


async def _down(connection: Connection, sink: Sink, heard: Heard) -> None:
    """From the sender to the handler."""
    while (data := await sink.take()) is not None:
        heard(data, True)
        try:
            await connection.send(data)
        except OSError:
            # The other direction says why, and what the handler had to say before.
            await asyncio.get_running_loop().create_future()
