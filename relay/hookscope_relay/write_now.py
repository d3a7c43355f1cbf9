"""Writing in the moment: what uvloop's transports are given leaves at the end of the loop's turn, so the other end
would wait for all else that the turn has to do."""

from __future__ import annotations

import asyncio
import os

# Of a connection whose transport has to do the writing.
NONE = -1


def descriptor_of(transport: asyncio.BaseTransport) -> int:
    """The descriptor behind a transport, where `write_now` may use it: of a plain connection of uvloop's.

    Any other transport writes at once by itself, or has to encrypt before.
    """
    if type(transport).__module__.partition(".")[0] != "uvloop" or transport.get_extra_info("sslcontext") is not None:
        return NONE
    sock = transport.get_extra_info("socket")
    return NONE if sock is None else int(sock.fileno())


def write_now(transport: asyncio.Transport, descriptor: int, data: bytes) -> None:
    """Write to the transport whose descriptor that is, before this returns as far as the system takes it."""
    if descriptor != NONE and not transport.is_closing() and not transport.get_write_buffer_size():
        try:
            data = data[os.write(descriptor, data) :]
        except OSError:
            pass  # it would block, or broke: either is for the transport to find out
        if not data:
            return
    transport.write(data)
