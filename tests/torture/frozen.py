"""What is there and says nothing: a frozen handler, a half-open link, a frozen inspector.

Others must hardly notice, nothing may be lost.

Two endpoints: deliveries for the first keep coming while it is struck; the answers of the second are measured before
and meanwhile.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from torture.checker import check_exactly_once
from torture.figures import Figures, percentile
from torture.load import Bodies, Load, measure
from torture.processes import Program, until
from torture.rig import PING_S, Rig

# Silence is noticed after three intervals at most.
INTERVALS = 3
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
RUN_WITHIN_S = 600.0
UNBOUNDED = 10**9
WARM_UP = 20
AWAY_PAUSE_S = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """`probes` are the measured deliveries; `body_bytes` what each delivery for the struck endpoint carries:
    enough to fill its socket.

    A p99 below `noise_ms` is the machine's doing; `looking_s` is what a busy machine may add to a time limit.
    """

    ping_s: float
    probes: int
    noise_ms: float
    looking_s: float
    senders: int = 16
    pause_s: float = 0.1
    body_bytes: int = 0
    deadline: str = "2s"


QUICK = Size(ping_s=0.5, probes=60, noise_ms=500.0, looking_s=4.0, senders=8, deadline="1s")
LONG = Size(ping_s=PING_S, probes=4000, noise_ms=25.0, looking_s=0.0)
# So much that the struck inspector's socket is full when it is frozen.
LONG_FULL = Size(ping_s=PING_S, probes=4000, noise_ms=25.0, looking_s=0.0, senders=80, pause_s=2.0, body_bytes=240_000)


class Handler:
    """An HTTP handler that answers 200 to everything, but nothing while it is frozen."""

    def __init__(self) -> None:
        self._flowing = asyncio.Event()
        self._flowing.set()
        self.freeze, self.thaw = self._flowing.clear, self._flowing.set

    @contextlib.asynccontextmanager
    async def serving(self) -> AsyncIterator[int]:
        """Serve; its port."""
        server = await asyncio.start_server(self._answer, "127.0.0.1", 0, limit=1 << 20)
        try:
            yield int(server.sockets[0].getsockname()[1])
        finally:
            self.thaw()
            server.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, EOFError):
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
                await reader.readexactly(int(length or 0))
                await self._flowing.wait()
                writer.write(ANSWER)
        writer.close()


@dataclass(slots=True)
class Scene:
    """The relay with both inspectors attached, the handler of the one that is struck, and the load on its endpoint."""

    rig: Rig
    size: Size
    struck: Program
    handler: Handler
    load: Load
    before: Sequence[float]

    async def others(self) -> list[float]:
        """How long the other endpoint's answers take now, in milliseconds."""
        return await measure(self.rig.port, self.rig.endpoint("other"), count=self.size.probes)

    async def served_again(self, since: float) -> float:
        """Wait until deliveries for the struck endpoint are answered 2xx again, by whomever,
        after the first that nobody answered.

        How long that took since that monotonic instant, in seconds.
        """
        refused = self.load.refused.total()
        async with asyncio.timeout(2 * INTERVALS * self.size.ping_s + 10.0):
            await until("a sender is refused", lambda: self.load.refused.total() > refused)
            await self.load.reached(len(self.load.acknowledged) + 1)
        return time.monotonic() - since

    async def quick_again(self) -> None:
        """Wait until the struck inspector answers everybody."""
        await self.load.reached(len(self.load.acknowledged) + 2 * self.load.senders)

    def figures(self, name: str, during: Sequence[float]) -> Figures:
        """What the others noticed of it."""
        figures = Figures(name)
        before_ms, during_ms = percentile(self.before, 0.99), percentile(during, 0.99)
        figures.note(others=len(during), others_p99_ms_before=before_ms, others_p99_ms=during_ms)
        figures.demand("others' p99 grows by less than 2", during_ms < max(2 * before_ms, self.size.noise_ms))
        return figures

    def demand_in_time(self, figures: Figures, **seconds: float) -> None:
        """Note times, and demand that they keep to what three intervals allow."""
        limit_s = INTERVALS * self.size.ping_s + self.size.looking_s
        figures.note(**seconds)
        for name, took_s in seconds.items():
            figures.demand(f"{name} is at most {limit_s:.1f}", took_s <= limit_s)


async def run(directory: Path, size: Size, suffix: str = "") -> list[Figures]:
    """All of it in turn, in a directory that is empty; at the end, that nothing was lost."""
    async with _scene(directory, size) as here:
        told = [await _handler(here), await _link(here), await _inspector(here)]
        here.load.total = 0
    load = here.load
    last = Figures("frozen-kept")
    last.note(acknowledged=len(load.acknowledged), refused=dict(sorted(load.refused.items())) or 0)
    last.demand(f"no answer but 2xx and 504: {load.refused}", set(load.refused) <= {504})
    check_exactly_once(last, captures=here.rig.captures("struck"), log=here.rig.log, load=load)
    for figures in (*told, last):
        figures.scenario += suffix
    return [*told, last]


@contextlib.asynccontextmanager
async def _scene(directory: Path, size: Size) -> AsyncIterator[Scene]:
    """Start everything, measure the other endpoint beside a load that is served, and keep the load up."""
    rig, handler = Rig(directory, ping_s=size.ping_s), Handler()
    async with handler.serving() as handler_port, rig.proxy, asyncio.timeout(RUN_WITHIN_S):
        struck, other = rig.listen("struck", str(handler_port)), rig.listen("other")
        async with rig.relay(deadline=size.deadline) as relay, struck, other:
            await relay.start()
            await relay.said("listening")
            await asyncio.gather(struck.start(), other.start())
            await asyncio.gather(struck.said("ready"), other.said("ready"))
            bodies = Bodies(size=size.body_bytes)
            load = Load(rig.port, rig.endpoint("struck"), UNBOUNDED, size.senders, bodies, AWAY_PAUSE_S, size.pause_s)
            sending = asyncio.create_task(load.run())
            try:
                here = Scene(rig, size, struck, handler, load, [])
                await load.reached(size.senders)
                await measure(rig.port, rig.endpoint("other"), count=WARM_UP)
                here.before = await here.others()
                yield here
                await sending
                await rig.settled("struck", load.endpoint)
            finally:
                sending.cancel()
            assert await struck.stop() == 0
            assert await relay.stop() == 0


async def _handler(here: Scene) -> Figures:
    """A handler that takes connections and answers nothing, until every sender was told so."""
    here.handler.freeze()
    told = here.load.refused.total()
    during = await here.others()
    await until("all are refused", lambda: here.load.refused.total() >= told + here.load.senders)
    here.handler.thaw()
    await here.quick_again()
    return here.figures("frozen-handler", during)


async def _link(here: Scene) -> Figures:
    """A link that swallows everything both ways: each end must find out by itself."""
    struck_at = time.monotonic()
    here.rig.proxy.swallow(here.load.endpoint.encode())
    served_s, waiting, during = await asyncio.gather(
        here.served_again(struck_at),
        here.struck.said("connection", 60.0, state="waiting", since=struck_at),
        here.others(),
    )
    figures = here.figures("half-open-link", during)
    here.demand_in_time(figures, inspector_noticed_s=waiting["seen_at"] - struck_at)
    figures.note(served_again_s=served_s)
    await here.struck.said("connection", state="connected", since=waiting["seen_at"])
    await here.quick_again()
    return figures


async def _inspector(here: Scene) -> Figures:
    """SIGSTOP to the inspector until the relay answers in its place, then SIGCONT:
    a laptop that was suspended and wakes up."""
    frozen_at = time.monotonic()
    here.struck.freeze()
    relay_s, during = await asyncio.gather(here.served_again(frozen_at), here.others())
    here.struck.thaw()
    thawed_at = time.monotonic()
    waiting = await here.struck.said("connection", state="waiting", since=thawed_at)
    connected = await here.struck.said("connection", state="connected", since=thawed_at)
    await here.quick_again()
    figures = here.figures("frozen-inspector", during)
    here.demand_in_time(figures, relay_noticed_s=relay_s)
    figures.note(inspector_noticed_s=waiting["seen_at"] - thawed_at, back_s=connected["seen_at"] - thawed_at)
    return figures
