"""A body on its way in: sealed and kept piece by piece, and nowhere else."""

from __future__ import annotations

import asyncio

import pytest

from factories import NOW, make_delivery, make_key, make_ring, open_sealed
from hookscope_relay.errors import LogUnavailable
from hookscope_relay.intake import Intake
from hookscope_relay.keys.seal import PIECE_BYTES, Sealer
from hookscope_relay.log.memory import MemoryLog

KEY = make_key()
WHOLE = make_delivery()


class Upload:
    """Remembers what was to be kept, and fails from a piece on."""

    number = 1

    def __init__(self, fails_at: int = 0) -> None:
        self.kept: list[bytes] = []
        self.waited = self.abandoned = False
        self._fails_at = fails_at

    async def add(self, content: bytes) -> None:
        self.kept.append(content)
        if len(self.kept) == self._fails_at:
            raise LogUnavailable("full")

    async def wait(self) -> None:
        self.waited = True

    def abandon(self) -> None:
        self.abandoned = True


class Log(MemoryLog):
    def __init__(self, fails_at: int = 0) -> None:
        super().__init__()
        self.uploads: list[Upload] = []
        self._fails_at = fails_at

    def upload(self) -> Upload:
        self.uploads.append(Upload(self._fails_at))
        return self.uploads[-1]


def begun(log: MemoryLog) -> Intake:
    return Intake(Sealer().begin(WHOLE.id, KEY.id, KEY.seal, NOW), log)


@pytest.mark.parametrize(
    ("size", "pieces", "uploaded"),
    [
        (0, 1, 0),
        (PIECE_BYTES - 1000, 1, 0),
        (PIECE_BYTES, 2, 1),
        (PIECE_BYTES + 1, 3, 2),
        (3 * PIECE_BYTES, 4, 3),
    ],
)
@pytest.mark.parametrize("part", [1 << 16, 1 << 19])
async def test_what_does_not_travel_inline_is_kept_as_it_comes(size, pieces, uploaded, part):
    body = bytes(index % 251 for index in range(size))
    log = Log()
    intake = begun(log)
    for start in range(0, size, part):
        await intake.add(body[start : start + part])
        assert sum(len(piece) for upload in log.uploads for piece in upload.kept) >= start - 2 * PIECE_BYTES
    await intake.end(WHOLE)
    assert (len(intake.pieces), intake.size) == (pieces, size)
    assert [len(upload.kept) for upload in log.uploads] == ([uploaded] if uploaded else [])
    assert all(upload.waited for upload in log.uploads)
    assert intake.inline == (intake.pieces if not uploaded else intake.pieces[:1])
    assert open_sealed(intake.pieces, WHOLE.id, KEY.id, make_ring().sealing).body == body


async def test_a_piece_that_cannot_be_kept_ends_it():
    log = Log(fails_at=2)
    intake = begun(log)
    with pytest.raises(LogUnavailable):
        await intake.add(bytes(5 * PIECE_BYTES))
    intake.abandon()
    assert (len(log.uploads[0].kept), log.uploads[0].abandoned) == (2, True)


async def test_what_was_not_begun_need_not_be_undone():
    intake = begun(Log())
    await intake.add(b"small")
    intake.abandon()
    await asyncio.sleep(0)
    assert intake.upload is None
