"""Content codings undone for display only, with bounds: a small body must not become a large one in memory."""

from __future__ import annotations

import importlib
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from hookscope_relay.delivery import Headers, header_values

MAX_BYTES = 32 * 1024 * 1024
MAX_RATIO = 200
RATIO_FREE_BYTES = 1024 * 1024
MAX_CODINGS = 3
FED_AT_ONCE = 64 * 1024
NAMED_AT_MOST = 40


@dataclass(frozen=True, slots=True)
class Unpacked:
    """What came out. `flaw` says why it is not all (`""`: it is); `body` then is as far as it went, or as it came."""

    body: bytes
    flaw: str = ""


class _Decoder(Protocol):
    """Undoes one coding; `decode` returns at most `room` bytes of output for the input so far and keeps the rest."""

    def decode(self, data: bytes, room: int) -> bytes: ...

    @property
    def hungry(self) -> bool: ...

    @property
    def finished(self) -> bool: ...


def encodings_of(headers: Headers) -> tuple[str, ...]:
    """The content codings in the order they were applied, in lower case, without `identity` (RFC 9110, 8.4)."""
    named = (
        token.strip().lower() for value in header_values(headers, "content-encoding") for token in value.split(",")
    )
    return tuple(token for token in named if token not in ("", "identity"))


def decompress(
    body: bytes, encodings: Sequence[str], *, max_bytes: int = MAX_BYTES, max_ratio: int = MAX_RATIO
) -> Unpacked:
    """The body with its codings undone, at most `max_bytes` and at most `max_ratio` times as large (from 1 MiB on)."""
    if len(encodings) > MAX_CODINGS:
        return Unpacked(body, f"more than {MAX_CODINGS} content codings")
    limit = min(max_bytes, max(len(body) * max_ratio, RATIO_FREE_BYTES))
    for coding in reversed(encodings):
        decoder = _decoder(coding, body)
        if decoder is None:
            return Unpacked(body, f"no decoder for {coding[:NAMED_AT_MOST]!r} here")
        body, flaw = _run(decoder, body, limit)
        if flaw:
            return Unpacked(body, f"{coding}: {flaw}")
    return Unpacked(body)


def _run(decoder: _Decoder, data: bytes, limit: int) -> tuple[bytes, str]:
    parts: list[bytes] = []
    room = limit
    at = 0
    try:
        while not decoder.finished:
            piece = b""
            if decoder.hungry:
                piece = data[at : at + FED_AT_ONCE]
                at += len(piece)
                if not piece:
                    return b"".join(parts), "cut off"
            parts.append(decoder.decode(piece, room + 1))
            room -= len(parts[-1])
            if room < 0:
                return b"".join(parts)[:limit], f"stopped at {limit:,} bytes"
    except Exception as error:  # every decoder has errors of its own, and all mean that the bytes are wrong
        return b"".join(parts), f"damaged ({type(error).__name__})"
    return b"".join(parts), ""


class _Zlib:
    """gzip, zlib and bare deflate."""

    def __init__(self, wbits: int) -> None:
        self._inner = zlib.decompressobj(wbits)

    def decode(self, data: bytes, room: int) -> bytes:
        return self._inner.decompress(self._inner.unconsumed_tail + data, room)

    @property
    def hungry(self) -> bool:
        return not self._inner.unconsumed_tail

    @property
    def finished(self) -> bool:
        return self._inner.eof


class _Zstd:
    """Zstandard of the standard library (Python 3.14 and newer)."""

    def __init__(self, factory: Callable[[], object]) -> None:
        self._inner = factory()

    def decode(self, data: bytes, room: int) -> bytes:
        result: bytes = self._inner.decompress(data, room)  # type: ignore[attr-defined]  # no stubs before 3.14
        return result

    @property
    def hungry(self) -> bool:
        return bool(self._inner.needs_input)  # type: ignore[attr-defined]  # no stubs before 3.14

    @property
    def finished(self) -> bool:
        return bool(self._inner.eof)  # type: ignore[attr-defined]  # no stubs before 3.14


class _Brotli:
    """Brotli 1.2 and newer, which bounds its output; an older one refuses the argument and so shows as damaged."""

    def __init__(self, factory: Callable[[], object]) -> None:
        self._inner = factory()

    def decode(self, data: bytes, room: int) -> bytes:
        result: bytes = self._inner.process(data, output_buffer_limit=room)  # type: ignore[attr-defined]  # no stubs
        return result

    @property
    def hungry(self) -> bool:
        return bool(self._inner.can_accept_more_data())  # type: ignore[attr-defined]  # no stubs

    @property
    def finished(self) -> bool:
        return bool(self._inner.is_finished())  # type: ignore[attr-defined]  # no stubs


def _decoder(coding: str, body: bytes) -> _Decoder | None:
    match coding:
        case "gzip" | "x-gzip":
            return _Zlib(31)
        case "deflate":
            # Some senders leave off the zlib header that RFC 9110, 8.4.1.2 asks for.
            wrapped = len(body) > 1 and body[0] & 15 == 8 and (body[0] << 8 | body[1]) % 31 == 0
            return _Zlib(15 if wrapped else -15)
        case "zstd":
            factory = _optional("compression.zstd", "ZstdDecompressor")
            return _Zstd(factory) if factory else None
        case "br":
            factory = _optional("brotli", "Decompressor")
            return _Brotli(factory) if factory else None
    return None


def _optional(module: str, name: str) -> Callable[[], object] | None:
    try:
        found: Callable[[], object] = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError):
        return None
    return found
