"""Figures of the capture store: `python bench/store.py [--captures 100000]` prints one line for each.

Writes run as in a session (keep, begin and end an attempt, findings) with 64 in flight; reads are those of the list and
the filter.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from hookscope.model.capture import Attempt
from hookscope.model.finding import Finding
from hookscope.model.verdict import Recognition, Verdict
from hookscope.store.captures import CaptureStore
from hookscope.tools.filters.condition import Condition
from hookscope.tools.filters.language import parse
from hookscope_relay.delivery import Answer, Delivery, new_delivery_id

IN_FLIGHT = 64
BODY_BYTES = 2500
HEADERS = (
    ("Host", "abcdefghijklmnop.relay.example"),
    ("User-Agent", "notion-api"),
    ("Content-Type", "application/json"),
    ("X-Notion-Signature", "sha256=" + "0" * 64),
    ("X-Request-Id", "b2c6f6a0-1f7e-4a5c-9d57-4ce6a2a9f0d1"),
    ("Accept", "*/*"),
)
FINDING = Finding(
    code="redirect.slash",
    severity="error",
    cause="trailing-slash-redirect",
    layer="framework",
    title="The handler redirects to the same path with a slash",
    hint="Register the URL with the slash.",
)
WORDS = [f"word{number:05}" for number in range(20_000)]
FILTERS = (
    "status:4xx",
    "provider:notion type:page.*",
    "path:/hooks/7 method:POST",
    "finding:redirect",
    "is:failed since:10m",
    "is:duplicate",
    "header:x-request-id=b2*",
    "header:x-foo=bar",
    "nosuchword",
    'body:"needle-in-one"',
    'body:"page_id"',
    'body:"nowhere to be found"',
    "-is:failed body:word00042",
)


def make_delivery(index: int, chance: random.Random) -> Delivery:
    # Half words, half ids, which are what an index finds hardest.
    ids = " ".join(f"{chance.getrandbits(128):032x}" for _ in range(BODY_BYTES // 66))
    text = " ".join([*chance.choices(WORDS, k=(BODY_BYTES - 100) // 20), ids])
    needle = "needle-in-one" if index == 777 else "hay"
    body = f'{{"page_id": {index}, "kind": "{needle}", "text": "{text}"}}'.encode()
    return Delivery(
        id=new_delivery_id(time.time(), os.urandom(10)),
        received_at=time.time(),
        method="POST",
        target=f"/hooks/{index % 10}?n={index}",
        headers=HEADERS,
        body=body,
    )


async def session(store: CaptureStore, index: int, delivery: Delivery, whole: bool) -> None:
    recognition = Recognition(
        provider=("notion", "github")[index % 2],
        event_id=f"evt-{index // 2 if index % 100 == 1 else index}",
        event_type=("page.created", "push")[index % 2],
        object_id=f"obj-{index % 5000}",
    )
    attempt = Attempt(number=0, origin="live", handler_url="http://127.0.0.1:3000/hooks", started_at=time.time())
    kept = await store.keep(
        delivery,
        endpoint="e",
        epoch="a",
        seq=index + 1,
        prev=index,
        origin="live",
        recognition=recognition,
        attempt=attempt if whole else None,
    )
    if whole:
        failed = index % 10 == 0
        answer = Answer(status=404 if failed else 200, headers=(("Content-Type", "text/plain"),), body=b"x" * 100)
        await store.end_attempt(delivery.id, kept.attempt, elapsed_ms=3.5, answer=answer)
        await store.keep_findings(delivery.id, kept.attempt, Verdict(state="verified"), [FINDING] if failed else [])


async def write(store: CaptureStore, first: int, count: int, whole: bool) -> tuple[float, list[float]]:
    """Captures per second, and each one's milliseconds until everything of it was durable."""
    chance = random.Random(first)
    deliveries = [make_delivery(index, chance) for index in range(first, first + count)]
    waiting = iter(range(count))
    took: list[float] = []

    async def work() -> None:
        for at in waiting:
            started = time.perf_counter()
            await session(store, first + at, deliveries[at], whole)
            took.append((time.perf_counter() - started) * 1000)

    started = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(IN_FLIGHT)))
    return count / (time.perf_counter() - started), took


async def small_beside_large(store: CaptureStore) -> list[float]:
    """Milliseconds that small captures take while 25 MB ones are kept beside them."""
    chance = random.Random(0)
    took: list[float] = []
    large = [Delivery(**_fields(make_delivery(0, chance)), body=bytes(25_000_000)) for _ in range(4)]
    keeping = [asyncio.create_task(store.keep(one, origin="sample")) for one in large]
    while not all(task.done() for task in keeping):
        small = make_delivery(1, chance)
        started = time.perf_counter()
        await store.keep(small, origin="sample")
        took.append((time.perf_counter() - started) * 1000)
        await asyncio.sleep(0.002)
    return took


def _fields(delivery: Delivery) -> dict[str, object]:
    names = ("id", "received_at", "method", "target", "headers")
    return {name: getattr(delivery, name) for name in names}


async def timed(name: str, work: Callable[[], Awaitable[object]]) -> None:
    started = time.perf_counter()
    result = await work()
    say(f"{name}: {time.perf_counter() - started:.2f} s ({result})")


def measure(name: str, look: Callable[[], object], times: int = 5) -> None:
    took = []
    for _ in range(times):
        started = time.perf_counter()
        look()
        took.append((time.perf_counter() - started) * 1000)
    say(f"{name}: first {took[0]:.1f} ms, median {statistics.median(took):.1f} ms")


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


async def main(captures: int, folder: Path) -> None:
    store = CaptureStore.open(folder / "captures.db")
    part = min(20_000, captures // 4)
    rate, took = await write(store, 0, part, whole=False)
    say(
        f"keep, {BODY_BYTES} bytes, {IN_FLIGHT} in flight: {rate:,.0f}/s, p50 {percentile(took, 0.5):.1f} ms, p99 {percentile(took, 0.99):.1f} ms"
    )
    rate, took = await write(store, part, captures - part, whole=True)
    say(
        f"keep, attempt, outcome, findings: {rate:,.0f} captures/s, p50 {percentile(took, 0.5):.1f} ms, p99 {percentile(took, 0.99):.1f} ms"
    )
    took = await small_beside_large(store)
    say(
        f"small beside four of 25 MB: p50 {percentile(took, 0.5):.1f} ms, p99 {percentile(took, 0.99):.1f} ms, of {len(took)}"
    )
    read_figures(store, "nothing indexed")
    size = (folder / "captures.db").stat().st_size
    await timed("index of bodies", lambda: fill(store))
    grown = (folder / "captures.db").stat().st_size - size
    say(f"index: {grown / max(1, captures):,.0f} bytes a capture; database {(size + grown) / 1e6:,.0f} MB")
    read_figures(store, "indexed")
    await timed("clear half", lambda: store.clear(Condition("c.number <= ?", (captures // 2,))))
    store.close()


async def fill(store: CaptureStore) -> int:
    total = 0
    while count := await store.index_bodies():
        total += count
    return total


def read_figures(store: CaptureStore, state: str) -> None:
    total = store.count()
    say(f"-- {total:,} captures, {state}")
    measure("first page", store.summaries)
    measure("page in the middle", lambda: store.summaries(before=total // 2))
    measure("count", store.count)
    measure(
        "those of an event", lambda: store.related(provider="notion", event_id="evt-2", object_id="obj-2", limit=10)
    )
    measure("the last ones", lambda: store.recent(endpoint="e", limit=20))
    measure("find with body", lambda: store.find("500"))
    for text in FILTERS:
        measure(f"filter {text}", lambda text=text: store.summaries(parse(text)), 3)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--captures", type=int, default=100_000)
    with tempfile.TemporaryDirectory() as place:
        asyncio.run(main(parser.parse_args().captures, Path(place)))
