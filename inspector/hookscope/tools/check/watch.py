"""Sees what a handler asks of APIs while it is checked: a gateway that the handler's clients are pointed at."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence

from hookscope.api.directory import Api
from hookscope.api.fault import FaultPlan, parse_faults
from hookscope.api.gateway import Gateway
from hookscope.model.call import Call
from hookscope_relay.errors import InputError

# How often it is looked whether the handler asks for more, and the longest that it may go on.
LOOK_S = 0.02
LONGEST_S = 30.0


class Watch:
    """Collects calls between `begin` and `settle`. `start` raises InputError where the port is taken: the handler knows
    that one only."""

    def __init__(self, apis: Mapping[str, Api]) -> None:
        self._calls: list[Call] = []
        self._gateway = Gateway(apis, self._calls.append)

    @property
    def port(self) -> int:
        return self._gateway.port

    @property
    def under_way(self) -> int:
        """How many calls have not ended yet."""
        return self._gateway.under_way

    async def start(self, port: int) -> None:
        try:
            await self._gateway.start(port, fixed=True)
        except InputError:
            raise InputError(
                f"port {port} is in use, so the handler's calls cannot be seen",
                "stop the `hookscope listen --api` that serves there, or give --api-port and point the handler there",
            ) from None

    async def stop(self) -> None:
        await self._gateway.stop()

    def begin(self, faults: Sequence[str]) -> None:
        """Forget what was seen so far, and play these faults from now on."""
        self._calls.clear()
        self._gateway.faults = parse_faults(faults, self._gateway.apis)

    async def settle(self, quiet_s: float) -> tuple[Call, ...]:
        """The calls since `begin`, once there was none for `quiet_s`, in the order in which they began; no faults are
        played any more."""
        end = time.monotonic() + LONGEST_S
        seen, since = self._gateway.asked, time.monotonic()
        while (now := time.monotonic()) < end and (self.under_way or now - since < quiet_s):
            await asyncio.sleep(LOOK_S)
            if self.under_way or self._gateway.asked != seen:
                seen, since = self._gateway.asked, time.monotonic()
        self._gateway.faults = FaultPlan(())
        return tuple(sorted(self._calls, key=lambda call: call.started_at))
