"""Used nonces, which all nodes share."""

from __future__ import annotations

import msgspec

from hookscope_relay.log.nats.key_values import KeyValues


class Nonces:
    """A bucket of nonces with the instant until which each is remembered."""

    def __init__(self, bucket: KeyValues) -> None:
        self._bucket = bucket

    async def remember(self, nonce: bytes, now: float, keep_s: float) -> bool:
        """As `Log.remember_nonce`."""
        key, until = nonce.hex(), msgspec.json.encode(now + keep_s)
        if await self._bucket.put(key, until, 0):
            return True
        known = await self._bucket.get(key, from_leader=True)
        if known is not None and msgspec.json.decode(known.value, type=float) > now:
            return False
        return bool(await self._bucket.put(key, until, known.revision if known else 0))
