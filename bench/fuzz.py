"""Hostile bytes for as long as you like: python bench/fuzz.py [COUNT] [--seed N] [--only requests|frames|texts]

Sends COUNT generated cases: half of them HTTP requests to a real relay over sockets, the others frames for a session,
and claims, queries and sealed bytes. Prints crashes, hangs and wrong acceptances, with the first ten of each; ends with
1 if there is any. The corpora are sent first.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import time
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from hookscope_relay.keys.claim import build_claim
from hookscope_relay.session import Session
from hostile import (
    Verdict,
    check_frame,
    check_text,
    judge,
    judged_relay,
    llhttp_cases,
    make_request_bytes,
    smuggling_cases,
)
from relays import KEY

AT_ONCE = 500
# A relay of its own for so many, since what it stored stays in memory.
PER_RELAY = 20_000
SHOWN = 10


def requests(source: random.Random, count: int) -> Iterator[bytes]:
    yield from (*llhttp_cases().values(), *smuggling_cases().values())
    for _ in range(count):
        yield make_request_bytes(source)


async def run_requests(source: random.Random, count: int) -> Verdict:
    verdict = Verdict()
    cases = requests(source, count)
    while batch := [case for _, case in zip(range(PER_RELAY), cases, strict=False)]:
        async with judged_relay(verdict) as relay:
            for start in range(0, len(batch), AT_ONCE):
                await judge(relay, batch[start : start + AT_ONCE], verdict)
        if sys.stderr.isatty():
            print(f"\r{verdict.sent:,} requests", end="", file=sys.stderr)
    return verdict


def run_frames(source: random.Random, count: int) -> Verdict:
    verdict = Verdict()
    session = Session(b"s" * 16, KEY.id, "handler", 0.0, 0, 1000)
    for _ in range(count):
        check_frame(source, verdict, session)
    return verdict


def run_texts(source: random.Random, count: int) -> Verdict:
    verdict = Verdict()
    good = build_claim(KEY, "https://relay.example", "/-/session/x", bytes(16), time.time(), bytes(16))
    for _ in range(count):
        check_text(source, verdict, good)
    return verdict


def line(name: str, verdict: Verdict, seconds: float) -> str:
    bad = f"{len(verdict.crashes)} crashes, {len(verdict.hangs)} hangs, {len(verdict.wrong)} wrong acceptances"
    return f"{name:10} {verdict.sent:>10,} sent   {verdict.accepted:>10,} accepted   {bad}   {seconds:.0f} s"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int, nargs="?", default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=("requests", "frames", "texts"))
    options = parser.parse_args()
    half = options.count // 2
    runs = {
        "requests": lambda: asyncio.run(run_requests(random.Random(options.seed), half)),
        "frames": lambda: run_frames(random.Random(options.seed), options.count - half - half // 2),
        "texts": lambda: run_texts(random.Random(options.seed), half // 2),
    }
    clean = True
    for name in [options.only] if options.only else runs:
        started = time.monotonic()
        verdict = runs[name]()
        print(line(name, verdict, time.monotonic() - started), flush=True)
        if verdict.answers:
            print("  answers:", ", ".join(f"{status}: {count:,}" for status, count in sorted(verdict.answers.items())))
        for words, found in (("crash", verdict.crashes), ("hang", verdict.hangs), ("wrong", verdict.wrong)):
            if found:
                print(*(f"  {words}: {one}" for one in found[:SHOWN]), sep="\n")
        clean = clean and verdict.is_clean
    return 0 if clean else 1


if __name__ == "__main__":
    sys.exit(main())
