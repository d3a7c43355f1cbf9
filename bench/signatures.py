"""Figures of signatures: speed, start-up, and how often the right mistake is named. Run `python bench/signatures.py`.

verification   deliveries of 2.5 KB a second, HMAC-SHA256                      wanted: 50,000
start-up       loading all providers and recognising a first delivery          wanted: under 20 ms
explanation    every provider x every applicable mistake, generated            wanted: 98 % right, at most 0.5 % wrong
by hand        other deliveries and mistakes, single and two at a time, made by    wanted: the same
               code that shares nothing with ours
large body     the longest search for a body of 1 MB                           wanted: at most 2 s
"""

from __future__ import annotations

import collections
import json
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests")]

from hookscope.model.secret import Secret  # noqa: E402
from hookscope.providers.registry import load_providers  # noqa: E402
from hookscope.signatures.mistakes.explain import explain  # noqa: E402
from hookscope.signatures.verification import verify  # noqa: E402
from vectors.hand_made_mistakes import pairs, single  # noqa: E402
from vectors.hand_signed import ROWS  # noqa: E402
from vectors.mistake_cases import NOW, PARAMS, Maker, cases, makers  # noqa: E402

ROUNDS = 20_000
PAIRS_OF = 40
SPEED_OF = ("notion", "github", "stripe", "slack", "standardwebhooks", "shopify", "square")
LARGE_OF = ("notion", "stripe", "slack", "square", "contentful")
START_UP = """
import time
from hookscope.providers.registry import load_providers
from hookscope.providers.recognition import recognise
from hookscope_relay.delivery import Delivery
delivery = Delivery(id="", received_at=0, method="POST", target="/", headers=(("X-A", "1"),), body=b"{}")
began = time.perf_counter()
recognise(delivery, load_providers())
print((time.perf_counter() - began) * 1000)
"""


NAMED = 0.98
WRONG = 0.005


def main() -> int:
    """Print every figure; 1 where too few mistakes are named, or too many wrongly."""
    known = {maker.provider.name: maker for maker in makers()}
    for name in SPEED_OF:
        print(f"verification  {name:<18} {per_second(known[name]):>9,.0f} a second")
    runs = [float(subprocess.check_output([sys.executable, "-c", START_UP])) for _ in range(5)]
    print(f"start-up      {min(runs):.1f} ms (best of {len(runs)})")
    for name in LARGE_OF:
        print(f"large body    {name:<18} {longest(known[name]):.2f} s")
    right = [explanation(list(known.values())), by_hand()]
    return 0 if all(right) else 1


def per_second(maker: Maker) -> float:
    """Verifications a second of a 2.5 KB delivery with a dozen headers."""
    delivery = maker.sample(json.dumps({"id": "evt_1", "text": "x" * 2470}).encode())
    more = tuple((f"X-Header-{number}", "some value") for number in range(8))
    delivery = replace(delivery, headers=(*more, *delivery.headers))
    secrets = [maker.secret]
    began = time.perf_counter()
    for _ in range(ROUNDS):
        verdict = verify(delivery, maker.provider, secrets, NOW)
    assert verdict.state == "verified"
    return ROUNDS / (time.perf_counter() - began)


def longest(maker: Maker) -> float:
    """Seconds of a search that finds nothing in 1 MB."""
    rows = [{"id": number, "v": number * 1.5, "t": "é/<x>", "s": "text " * 5} for number in range(14_500)]
    delivery = maker.sample(json.dumps(rows, ensure_ascii=False, separators=(",", ":")).encode())
    changed = replace(delivery, body=delivery.body.replace(b"1", b"2", 1))
    began = time.perf_counter()
    explain(changed, maker.provider, [maker.secret], NOW, params=PARAMS)
    return time.perf_counter() - began


def explanation(all_makers: list[Maker]) -> bool:
    """Print how often the right mistake, and a wrong one, is named; whether that is as wanted."""
    total = named = first = wrong = 0
    missed: collections.Counter[str] = collections.Counter()
    for maker in all_makers:
        for case in cases(maker):
            verdict = explain(case.delivery, case.provider, [case.secret], case.now, case.others, params=PARAMS)
            found = [mistake.id for mistake in verdict.mistakes]
            total += 1
            named += case.mistake in found
            first += found[:1] == [case.mistake]
            wrong += bool(found) and case.mistake not in found
            missed[f"{case.mistake} at {maker.provider.name}"] += case.mistake not in found
    print(f"explanation   {total} cases of {len(all_makers)} providers")
    print(f"              {named / total:.2%} named, {first / total:.2%} named first, {wrong / total:.2%} a wrong one")
    for what, count in missed.most_common(10):
        if count:
            print(f"              missed: {what} ({count})")
    return named / total >= NAMED and wrong / total <= WRONG


def by_hand() -> bool:
    """The same of deliveries and mistakes that share nothing with our providers and signing,
    pairs of mistakes included."""
    providers = load_providers()
    counts: collections.Counter[str] = collections.Counter()
    for row in ROWS:
        provider = providers.get(row.name)
        assert provider is not None
        for case in (*single(row), *pairs(row, PAIRS_OF)):
            others = [Secret(row.name, "other", value) for value in case.others]
            verdict = explain(case.delivery, provider, [Secret(row.name, "", case.secret)], case.now, others)
            found = {mistake.id for mistake in verdict.mistakes}
            what = "pairs" if case.both else "singles"
            counts[what] += 1
            counts[what + " named"] += case.mistakes <= found if case.both else bool(case.mistakes & found)
            counts[what + " wrong"] += bool(found - {"body-changed"}) and not case.mistakes & found
    right = True
    for what in ("singles", "pairs"):
        named, wrong = (counts[f"{what} {which}"] / counts[what] for which in ("named", "wrong"))
        right = right and named >= NAMED and wrong <= WRONG
        print(
            f"by hand       {counts[what]} {what} of {len(ROWS)} providers: {named:.2%} named, {wrong:.2%} a wrong one"
        )
    return right


if __name__ == "__main__":
    sys.exit(main())
