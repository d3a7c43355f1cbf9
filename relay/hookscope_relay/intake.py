"""A delivery that is still arriving: its body is sealed piece by piece, and each piece is kept,
while the rest is on its way.

So a large body is nowhere whole in clear, and is on the disk but for its end when that arrives.
"""

from __future__ import annotations

from hookscope_relay.delivery import Delivery
from hookscope_relay.keys.seal import Sealing
from hookscope_relay.log.protocol import Log, Upload, is_inline


class Intake:
    """Takes one delivery's body in parts.

    `pieces` are those of the whole delivery once it has ended; `upload` is None where all travel inline.
    """

    def __init__(self, sealing: Sealing, log: Log) -> None:
        self.upload: Upload | None = None
        self.pieces: tuple[bytes, ...] = ()
        self._sealing = sealing
        self._log = log
        self._further: list[bytes] = []

    @property
    def delivery_id(self) -> str:
        """The id that the delivery must have."""
        return self._sealing.delivery_id

    @property
    def size(self) -> int:
        """How many bytes of the body came."""
        return self._sealing.size

    @property
    def inline(self) -> tuple[bytes, ...]:
        """The pieces that travel with the delivery's record."""
        return self.pieces if self.upload is None else self.pieces[:1]

    async def add(self, part: bytes) -> None:
        """Take a further part of the body; raises `LogUnavailable` where what came before it could not be kept."""
        pieces = self._sealing.add(part)
        del part  # what is sealed waits for the disk, not the clear text too
        for piece in pieces:
            await self._keep(piece)

    async def end(self, delivery: Delivery) -> None:
        """The body is whole, and `delivery` is what came with it;
        raises `LogUnavailable` where a piece could not be kept."""
        first, *last = self._sealing.end(delivery)
        if self._further or not is_inline((first, *last)):
            for piece in last:
                await self._keep(piece)
            self.pieces = (first, *self._further)
        else:
            self.pieces = (first, *last)
        if self.upload is not None:
            await self.upload.wait()

    def abandon(self) -> None:
        """The delivery will not come to its end."""
        if self.upload is not None:
            self.upload.abandon()

    async def _keep(self, piece: bytes) -> None:
        if self.upload is None:
            self.upload = self._log.upload()
        self._further.append(piece)
        await self.upload.add(piece)
