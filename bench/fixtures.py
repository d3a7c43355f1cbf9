"""Figures of fixtures: `python bench/fixtures.py [--captures 10000]` prints one line for each.

The captures are deliveries of four kinds, each with a credential, a cookie, an e-mail address and a token to redact, in
a store of their own; they are saved by the command itself, twice, and loaded again.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import io
import json
import os
import random
import sys
import tempfile
import time
from pathlib import Path

from hookscope import cli
from hookscope.config.settings import places
from hookscope.model.capture import Capture
from hookscope.model.verdict import Recognition
from hookscope.store.captures import CaptureStore
from hookscope.tools.redaction.placeholders import Placeholders
from hookscope.tools.redaction.redactor import Redactor
from hookscope.tools.save.load import load_fixtures
from hookscope_relay.delivery import Delivery, new_delivery_id

IN_FLIGHT = 64
EVENTS = (("notion", "page.created"), ("github", "push"), ("stripe", "invoice.paid"), ("shopify", "orders/create"))
WITHIN_S = 20.0


def make_delivery(index: int, chance: random.Random) -> Delivery:
    words = " ".join(f"{chance.getrandbits(64):016x}" for _ in range(100))
    body = json.dumps(
        {
            "id": index,
            "actor": {"name": "Ann", "email": f"ann{index % 500}@corp.example"},
            "access_token": f"{chance.getrandbits(128):032x}",
            "items": [{"sku": f"S-{number}", "price": 1.5, "quantity": number} for number in range(10)],
            "text": words,
        }
    )
    return Delivery(
        id=new_delivery_id(time.time(), os.urandom(10)),
        received_at=time.time(),
        method="POST",
        target=f"/hooks/{index % 10}?n={index}",
        headers=(
            ("Host", "abcdefghijklmnop.relay.example"),
            ("Content-Type", "application/json"),
            ("Content-Length", str(len(body))),
            ("Authorization", f"Bearer {index % 7:032x}"),
            ("Cookie", f"session={index:032x}; theme=dark"),
            ("X-Request-Id", f"{chance.getrandbits(128):032x}"),
            ("X-Signature", "sha256=" + "0" * 64),
        ),
        body=body.encode(),
    )


async def fill(path: Path, count: int) -> None:
    store = CaptureStore.open(path)
    chance = random.Random(1)
    waiting = iter([make_delivery(index, chance) for index in range(count)])

    async def work() -> None:
        for delivery in waiting:
            provider, event = EVENTS[len(delivery.body) % len(EVENTS)]
            await store.keep(delivery, origin="live", recognition=Recognition(provider=provider, event_type=event))

    await asyncio.gather(*(work() for _ in range(IN_FLIGHT)))
    store.close()


def save(folder: Path, *options: str) -> float:
    started = time.perf_counter()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        code = cli.main(["save", "--where", "method:POST", *options, str(folder)])
    if code:
        raise SystemExit(f"save ended with {code}")
    return time.perf_counter() - started


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main(count: int, home: Path) -> int:
    os.environ["HOOKSCOPE_HOME"] = str(home)
    asyncio.run(fill(places(os.environ).captures, count))
    first = save(home / "out")
    files = sum(1 for _ in (home / "out").rglob("*.json"))
    say(f"save {count:,} captures, redacted: {first:.1f} s ({files:,} files; wanted: under {WITHIN_S:.0f} s)")
    say(f"save them again, nothing changes: {save(home / 'out'):.1f} s")
    say(f"save with --keep-bytes: {save(home / 'bytes', '--keep-bytes'):.1f} s")
    started = time.perf_counter()
    loaded = load_fixtures([home / "out"])
    say(f"load: {time.perf_counter() - started:.1f} s ({sum(one.capture is not None for one in loaded):,} good)")
    redactor = Redactor(Placeholders(b"k"))
    large = Capture(delivery=Delivery(**{**_fields(make_delivery(0, random.Random(0))), "body": _large()}))
    started = time.perf_counter()
    redactor.redact(large)
    say(f"redact one JSON body of {len(large.delivery.body) / 1e6:.0f} MB: {time.perf_counter() - started:.1f} s")
    return 0 if first < WITHIN_S and files == count else 1


def _large() -> bytes:
    return json.dumps([json.loads(make_delivery(index, random.Random(index)).body) for index in range(5000)]).encode()


def _fields(delivery: Delivery) -> dict[str, object]:
    return {name: getattr(delivery, name) for name in ("id", "received_at", "method", "target", "headers")}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--captures", type=int, default=10_000)
    with tempfile.TemporaryDirectory() as place:
        sys.exit(main(parser.parse_args().captures, Path(place)))
