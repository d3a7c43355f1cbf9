"""Replays beside live forwarding: the same deliveries through relay, tunnel and handler,
and then out of the store to the same handler.

    python bench/replay.py [COUNT]

Both ways capture, forward, keep the attempt and diagnose it; each figure is deliveries a second until the last finding
is kept.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from factories import NOTION_BODY
from hookscope.model.events import Diagnosed
from hookscope.model.session_requests import Replay
from hookscope.tools.replay.many import Done, Due, replay_many
from raw_http import RawClient, RawServer
from relays import relaying
from sessions import Session, make_plan

SENDERS = 32


async def measure(count: int) -> tuple[float, float]:
    """Deliveries a second, live and replayed."""
    with tempfile.TemporaryDirectory() as home:
        async with relaying() as relay, RawServer() as handler:
            session = Session(make_plan(Path(home), relay.origin, handler.url))
            async with session.running():
                live = await send_live(session, relay.settings.port, count)
                replayed = await replay(session, count)
    return live, replayed


async def send_live(session: Session, port: int, count: int) -> float:
    request = (
        f"POST /{session.runner.parts.pipeline.endpoint}/hook HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(NOTION_BODY)}\r\n\r\n"
    ).encode() + NOTION_BODY

    async def sender(share: int) -> None:
        async with RawClient(port) as client:
            for _ in range(share):
                await client.send(request)
                await client.answer(b"POST")

    started = time.perf_counter()
    await asyncio.gather(*(sender(count // SENDERS) for _ in range(SENDERS)))
    await session.until(Diagnosed, count)
    return count / (time.perf_counter() - started)


async def replay(session: Session, count: int) -> float:
    outcomes: list[Done] = []
    dues = [Due(str(number), 0.0) for number in session.runner.parts.store.numbers()]
    started = time.perf_counter()
    await replay_many(dues, Replay(name=""), session.runner.ask, outcomes.append, concurrency=SENDERS)
    elapsed = time.perf_counter() - started
    assert all(outcome.passed for outcome in outcomes)
    return count / elapsed


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 3200
    live, replayed = asyncio.run(measure(count // SENDERS * SENDERS))
    print(f"live      {live:8.0f} deliveries/s")
    print(f"replayed  {replayed:8.0f} deliveries/s, {replayed / live:.0%} of live")


if __name__ == "__main__":
    main()
