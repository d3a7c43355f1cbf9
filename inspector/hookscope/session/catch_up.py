"""What came while nobody listened: which of a connection's deliveries those are, and what becomes of them."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from hookscope.model.errors import NoSuchCapture
from hookscope.model.summary import Summary
from hookscope.session.build import Parts
from hookscope.session.plan import Notice, Plan
from hookscope.tunnel.frames import Arrival
from hookscope_relay.wire import Welcome

HOW_TO_HAND_OVER = "--forward-backlog does it"


@dataclass(slots=True)
class CatchingUp:
    """From a Welcome on, until the reader is where the log ended at that moment."""

    _until: int | None = None
    _came: list[str] = field(default_factory=list)

    @property
    def is_under_way(self) -> bool:
        """Whether deliveries from before the Welcome are still to come."""
        return self._until is not None

    def begin(self, welcome: Welcome) -> None:
        """Begin anew with a connection."""
        self._until = welcome.newest if welcome.newest > welcome.after else None

    def note(self, arrival: Arrival) -> None:
        """Count an arrival that nobody waits for."""
        if self._until is not None and not arrival.left_ms:
            self._came.append(arrival.id)

    def reach(self, seq: int) -> bool:
        """Note that the reader is at that seq; whether it has caught up by this."""
        if self._until is None or seq < self._until:
            return False
        self._until = None
        return True

    def take(self) -> list[str]:
        """The ids of what came meanwhile, in order, since they were last taken."""
        came, self._came = self._came, []
        return came


async def pass_on(came: Sequence[str], plan: Plan, parts: Parts, notice: Notice) -> None:
    """Forward what is owed where the user asked for it; else say how much is, or how much came, and since when."""
    await parts.pipeline.all_kept()
    if plan.forwards and plan.forward_backlog:
        await parts.desk.forward_backlog()
        return
    owed = await parts.desk.owed() if plan.forwards else []
    numbers = {one.number for one in owed}
    if copies := [one for one in await parts.desk.held_copies() if one.number not in numbers] if plan.forwards else []:
        waits = "copy waits" if len(copies) == 1 else "copies wait"
        where = ", ".join(dict.fromkeys(one.route for one in copies))
        notice("info", f"{len(copies)} {waits} since an earlier session for a turn at {where}", HOW_TO_HAND_OVER)
    if owed:
        notice("info", f"{not_handled(owed)}, not handed over yet", HOW_TO_HAND_OVER, "backlog")
    # What another relay brings again was captured before.
    elif came := await asyncio.to_thread(parts.store.newer, came, parts.newest):
        with contextlib.suppress(NoSuchCapture):  # the first one could not be opened, which was said
            first = await asyncio.to_thread(parts.store.find, came[0])
            notice("info", f"{came_while_away(len(came), first.delivery.received_at)}; captured")


def not_handled(owed: Sequence[Summary]) -> str:
    """Why nobody has handled these, the oldest of which comes first, and since when."""
    held = sum(one.held for one in owed)
    if not held:
        return came_while_away(len(owed), owed[0].received_at)
    waits = f"{held} {'delivery' if held == 1 else 'deliveries'} held for a turn at the handler"
    if came := len(owed) - held:
        return f"{waits} and {came_while_away(came, owed[0].received_at)}"
    return f"{waits}, since {_moment(owed[0].received_at)}"


def came_while_away(count: int, since: float) -> str:
    """So many deliveries, and since when (Unix seconds), in local time."""
    came = "delivery that came" if count == 1 else "deliveries that came"
    return f"{count} {came} while you were away, since {_moment(since)}"


def _moment(at: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(at))
