"""What a diagnosis costs: the median over the recordings, and bodies of 25 MB.

    python bench/diagnosis.py

Prints milliseconds; exit 1 where a goal is missed (1 ms at the median for a delivery of 2.5 KB, 50 ms for 25 MB).
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import replace
from statistics import median

from diagnose_score import load
from hookscope.diagnosis.case import Case
from hookscope.diagnosis.engine import diagnose
from hookscope.model.capture import Attempt
from hookscope_relay.delivery import Answer, Delivery

SMALL_MS = 1.0
LARGE_MS = 50.0
SMALL_BYTES = 2500
LARGE_BYTES = 25_000_000
ROUNDS = 5


def spent_ms(work: Callable[[], object]) -> float:
    """The best of a few runs, in milliseconds."""
    best = float("inf")
    for _ in range(ROUNDS):
        started = time.perf_counter()
        work()
        best = min(best, (time.perf_counter() - started) * 1000)
    return best


def recorded() -> list[float]:
    """The cost of each recorded exchange, its delivery padded to 2.5 KB of JSON."""
    costs = []
    for item in load():
        delivery, attempt = item.capture.delivery, item.capture.attempts[-1]
        if delivery.body.startswith(b"{") and len(delivery.body) < SMALL_BYTES:
            delivery = replace(delivery, body=b'{"padding":"' + b"x" * (SMALL_BYTES - 14) + b'"}')
        costs.append(
            spent_ms(lambda delivery=delivery, attempt=attempt: diagnose(Case(delivery=delivery, attempt=attempt)))
        )
    return costs


def large(body: bytes, answer: bytes = b"ok", media: str = "application/json") -> float:
    """The cost of a delivery with such a body, answered with such a body."""
    delivery = Delivery(
        id="", received_at=0.0, method="POST", target="/hook", headers=(("Content-Type", media),), body=body
    )
    attempt = Attempt(
        number=1,
        origin="live",
        handler_url="http://127.0.0.1:3000/hook",
        started_at=0.0,
        answer=Answer(status=500, headers=(("Content-Type", "text/html"),), body=answer),
    )
    return spent_ms(lambda: diagnose(Case(delivery=delivery, attempt=attempt)))


def main() -> int:
    costs = sorted(recorded())
    json_body = b"[" + b'{"id":12345,"name":"some name","tags":["a","b"]},' * (LARGE_BYTES // 49) + b"{}]"
    rows = {
        "2.5 KB, median": (median(costs), SMALL_MS),
        "2.5 KB, 99th of 100": (costs[len(costs) * 99 // 100], 10 * SMALL_MS),
        "25 MB of JSON": (large(json_body), LARGE_MS),
        "25 MB of broken JSON": (large(json_body[:-1]), LARGE_MS),
        "25 MB of zeros": (large(bytes(LARGE_BYTES)), LARGE_MS),
        "25 MB of brackets": (large(b"[" * LARGE_BYTES), LARGE_MS),
        "25 MB form": (large(b"a=b&" * (LARGE_BYTES // 4), media="application/x-www-form-urlencoded"), LARGE_MS),
        "25 MB of HTML answered": (large(b"{}", b"<html>" + b"<p>a</p>" * (LARGE_BYTES // 8)), LARGE_MS),
        "25 MB of < answered": (large(b"{}", b"<" * LARGE_BYTES), LARGE_MS),
    }
    for name, (cost, goal) in rows.items():
        print(f"{name:24} {cost:8.2f} ms   goal {goal:g} ms{'' if cost <= goal else '   MISSED'}")
    return 0 if all(cost <= goal for cost, goal in rows.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
