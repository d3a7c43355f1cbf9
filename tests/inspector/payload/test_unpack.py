from __future__ import annotations

import gzip
import importlib
import sys
import zlib
from types import SimpleNamespace

import pytest

from hookscope.payload.unpack import RATIO_FREE_BYTES, Unpacked, decompress, encodings_of

TEXT = b'{"hello": "world"}' * 50
BARE = zlib.compressobj(wbits=-15)
DEFLATED = BARE.compress(TEXT) + BARE.flush()


@pytest.mark.parametrize(
    ("body", "encodings"),
    [
        (gzip.compress(TEXT, mtime=0), ["gzip"]),
        (gzip.compress(TEXT, mtime=0), ["x-gzip"]),
        (zlib.compress(TEXT), ["deflate"]),
        (DEFLATED, ["deflate"]),
        (gzip.compress(zlib.compress(TEXT), mtime=0), ["deflate", "gzip"]),
        (TEXT, []),
    ],
)
def test_codings_are_undone(body: bytes, encodings: list[str]) -> None:
    assert decompress(body, encodings).body == TEXT
    assert decompress(body, encodings).flaw == ""


@pytest.mark.parametrize(
    ("body", "encodings", "flaw"),
    [
        (b"not gzip", ["gzip"], "gzip: damaged (error)"),
        (b"", ["gzip"], "gzip: cut off"),
        (gzip.compress(TEXT, mtime=0)[:-9], ["gzip"], "gzip: cut off"),
        (TEXT, ["snappy"], "no decoder for 'snappy' here"),
        (TEXT, ["gzip"] * 4, "more than 3 content codings"),
    ],
)
def test_what_does_not_unpack_says_why(body: bytes, encodings: list[str], flaw: str) -> None:
    assert decompress(body, encodings).flaw == flaw


def test_what_came_before_the_damage_is_shown() -> None:
    packed = gzip.compress(bytes(range(256)) * 4000)
    cut = decompress(packed[: len(packed) // 2], ["gzip"])
    assert cut.flaw == "gzip: cut off"
    assert 0 < len(cut.body) < 1_024_000


@pytest.mark.parametrize(("coding", "module"), [("br", "brotli"), ("zstd", "compression.zstd")])
def test_a_coding_that_python_does_not_bring_is_undone_or_told(coding: str, module: str) -> None:
    try:
        packer = importlib.import_module(module)
    except ImportError:
        assert decompress(TEXT, [coding]) == Unpacked(TEXT, f"no decoder for {coding!r} here")
        return
    packed = packer.compress(TEXT)
    assert decompress(packed, [coding]) == Unpacked(TEXT)
    assert decompress(packed[:-3], [coding]).flaw == f"{coding}: cut off"
    bomb = decompress(packer.compress(bytes(50_000_000)), [coding])
    assert "stopped at" in bomb.flaw
    assert len(bomb.body) <= RATIO_FREE_BYTES


@pytest.mark.parametrize("layers", [1, 2])
def test_a_bomb_is_stopped_by_ratio_and_by_size(layers: int) -> None:
    bomb = bytes(100_000_000)
    for _ in range(layers):
        bomb = gzip.compress(bomb, 1)
    unpacked = decompress(bomb, ["gzip"] * layers, max_bytes=5_000_000, max_ratio=100)
    assert "stopped at" in unpacked.flaw
    assert len(unpacked.body) <= 5_000_000


def test_encodings_are_read_from_all_headers_in_order() -> None:
    headers = (("Content-Encoding", "Deflate, identity"), ("content-encoding", "gzip"))
    assert encodings_of(headers) == ("deflate", "gzip")


class Doubling:
    """Stands for a decoder of another library: the text is each letter once, and ends at a full stop."""

    def __init__(self) -> None:
        self.needs_input, self.eof = True, False

    def decompress(self, data: bytes, room: int) -> bytes:
        self.eof = data.endswith(b".")
        return b"".join(bytes([letter]) * 2 for letter in data)[:room]

    def process(self, data: bytes, *, output_buffer_limit: int) -> bytes:
        return self.decompress(data, output_buffer_limit)

    def can_accept_more_data(self) -> bool:
        return self.needs_input

    def is_finished(self) -> bool:
        return self.eof


@pytest.mark.parametrize(
    ("coding", "module", "name"),
    [("br", "brotli", "Decompressor"), ("zstd", "compression.zstd", "ZstdDecompressor")],
)
def test_a_decoder_that_is_there_is_asked_in_its_own_way(
    monkeypatch: pytest.MonkeyPatch, coding: str, module: str, name: str
) -> None:
    for whole in (module.partition(".")[0], module):
        monkeypatch.setitem(sys.modules, whole, SimpleNamespace(**{name: Doubling}, __path__=[]))
    assert decompress(b"ab.", [coding]) == Unpacked(b"aabb..")
    assert decompress(b"ab", [coding]) == Unpacked(b"aabb", f"{coding}: cut off")
