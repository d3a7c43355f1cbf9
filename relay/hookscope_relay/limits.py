"""Limits, without I/O: token buckets for what is limited in time, rooms for what is limited at a time,
and one gate for a relay.

`now` is a clock in seconds that never goes back. Each refusal names the setting that it comes from, which is the
metric's label too.
"""

from __future__ import annotations

import ipaddress
import math
from collections import OrderedDict
from types import TracebackType
from typing import Literal

from hookscope_relay.settings import Limits, Rates

HOUR_S = 3600.0
# A second's worth may come at once, and as much again after a pause.
BURST_S = 2.0
# Of those that are not full, so many keys are remembered, the latest used ones.
KEYS = 20_000
# What sums of intervals may be off by.
ROUNDING_S = 1e-6
# Beyond our own limits a head is read on a little: so that a refusal can be told to the endpoint that it concerns.
SLACK_BYTES = 64 * 1024
SLACK_HEADERS = 200

RETRY_BUSY_S = 5.0
RETRY_FULL_S = 3600.0


class Refusal(Exception):
    """Something that a relay does not take.

    `problem` is the slug of the answer, `limit` the setting behind it, where there is one.

    `size` is what is known of the body's, in bytes; `retry_after_s` says when to come back, None where that would not
    help; `missing` is the header that did not arrive, where that is it.
    """

    def __init__(
        self,
        problem: str,
        *,
        limit: str = "",
        size: int = 0,
        retry_after_s: float | None = None,
        missing: str = "",
    ) -> None:
        self.problem = problem
        self.limit = limit
        self.size = size
        self.retry_after_s = retry_after_s
        self.missing = missing
        super().__init__(problem)

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """Retry-After in whole seconds, or nothing."""
        return () if self.retry_after_s is None else (("Retry-After", str(max(1, math.ceil(self.retry_after_s)))),)

    @property
    def members(self) -> dict[str, object]:
        """What the problem's body says beside its type: the limit that was met, and the header that is missing."""
        said = {"limit": self.limit, "missing": self.missing}
        return {name: value for name, value in said.items() if value}


class Buckets:
    """A token bucket for each key: `burst` at once, `per_s` in the long run; `per_s` 0 is no limit.

    Kept is one instant a key, at which its bucket is full again; full buckets are forgotten, and so are the longest
    unused ones beyond `KEYS`.
    """

    def __init__(self, per_s: float, burst: float) -> None:
        self._interval = 1.0 / per_s if per_s else 0.0
        self._ahead = (max(1.0, burst) - 1.0) * self._interval
        self._full_at: OrderedDict[str, float] = OrderedDict()

    def wait(self, key: str, now: float) -> float:
        """Take a token and return 0.0; or, where there is none, the seconds until there is one."""
        if not self._interval:
            return 0.0
        full_at = max(self._full_at.pop(key, now), now)
        missing = full_at - now - self._ahead
        if missing < ROUNDING_S:
            missing, full_at = 0.0, full_at + self._interval
        # Put back at the end, so that the order is that of use.
        self._full_at[key] = full_at
        self._forget(now)
        return missing

    def __len__(self) -> int:
        return len(self._full_at)

    def _forget(self, now: float) -> None:
        for _ in range(2):
            oldest = next(iter(self._full_at))
            if len(self._full_at) <= KEYS and self._full_at[oldest] > now:
                return
            del self._full_at[oldest]


class Room:
    """So much at a time, for each key and for all together; 0 is no limit."""

    def __init__(self, each: int = 0, total: int = 0) -> None:
        self._each = each
        self._total = total
        self._taken: dict[str, int] = {}
        self.taken = 0

    def lacks(self, key: str, amount: int = 1) -> Literal["", "each", "total"]:
        """Which of the two limits an amount would break."""
        if self._each and self._taken.get(key, 0) + amount > self._each:
            return "each"
        return "total" if self._total and self.taken + amount > self._total else ""

    def take(self, key: str, amount: int = 1) -> Literal["", "each", "total"]:
        """Take an amount, unless a limit would be broken: then it says which."""
        if not (lacking := self.lacks(key, amount)):
            self._taken[key] = self._taken.get(key, 0) + amount
            self.taken += amount
        return lacking

    def give(self, key: str, amount: int = 1) -> None:
        """Give back what was taken."""
        self.taken -= amount
        left = self._taken.pop(key, 0) - amount
        if left > 0:
            self._taken[key] = left


class Gate:
    """What one relay lets in, over all its connections. While `draining` it lets nothing new in."""

    def __init__(self, limits: Limits, rates: Rates) -> None:
        self.limits = limits
        self.draining = False
        self.deliveries = Room(limits.endpoint_deliveries, limits.deliveries)
        self.bytes = Room(limits.endpoint_bytes, limits.bytes)
        self.streams = Room(limits.endpoint_streams, limits.streams)
        self.frames = Buckets(rates.frames, rates.frames * BURST_S)
        self._endpoints = Buckets(rates.endpoint, rates.endpoint * BURST_S)
        self._addresses = Buckets(rates.address, rates.address * BURST_S)
        self._upgrades = Buckets(rates.upgrades, rates.upgrades)
        self._openings = Buckets(rates.new_endpoints_an_hour / HOUR_S, rates.new_endpoints_an_hour)

    def admit_address(self, address: str, now: float) -> None:
        """Let a request from an address in, or raise `Refusal`."""
        self._check_draining()
        _spend(self._addresses, address_group(address), now, "address-rate")

    def admit_endpoint(self, endpoint: str, now: float) -> None:
        """Let a request for an endpoint that exists in, or raise `Refusal`."""
        _spend(self._endpoints, endpoint, now, "endpoint-rate")

    def admit_upgrade(self, address: str, now: float) -> None:
        """Let an upgrade be looked at, or raise `Refusal`:
        checking a signature is the dearest thing that a stranger can ask for."""
        self._check_draining()
        _spend(self._upgrades, address_group(address), now, "upgrade-rate")

    def admit_session(self, others: int) -> None:
        """Let a session onto an endpoint that has so many others, or raise `Refusal`."""
        if others >= self.limits.sessions:
            raise Refusal("relay-busy", limit="max-sessions", retry_after_s=RETRY_BUSY_S)

    def admit_endpoint_opening(self, address: str, now: float, endpoints: int) -> None:
        """Let an endpoint be opened that the relay does not know, beside so many others, or raise `Refusal`."""
        if endpoints >= self.limits.endpoints:
            raise Refusal("relay-busy", limit="max-endpoints", retry_after_s=RETRY_FULL_S)
        _spend(self._openings, address_group(address), now, "new-endpoints")

    def hold(self, endpoint: str) -> Hold:
        """A place for one delivery; raises `Refusal` where all are taken."""
        if lacking := self.deliveries.take(endpoint):
            limit = {"each": "max-deliveries-endpoint", "total": "max-deliveries"}[lacking]
            raise Refusal("relay-busy", limit=limit, retry_after_s=RETRY_BUSY_S)
        return Hold(self, endpoint)

    def _check_draining(self) -> None:
        if self.draining:
            raise Refusal("relay-busy", retry_after_s=RETRY_BUSY_S)


class Hold:
    """One delivery's place, and the bytes that it has in flight; leaving it gives back both."""

    __slots__ = ("_endpoint", "_gate", "_taken")

    def __init__(self, gate: Gate, endpoint: str) -> None:
        self._gate = gate
        self._endpoint = endpoint
        self._taken = 0

    def __enter__(self) -> Hold:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.end()

    def end(self) -> None:
        """Give back the place and the bytes; once."""
        self.release_bytes()
        self._gate.deliveries.give(self._endpoint)

    def lacks(self, amount: int) -> Literal["", "each", "total"]:
        """Which limit so many bytes would break now."""
        return self._gate.bytes.lacks(self._endpoint, amount)

    def check_bytes(self, amount: int) -> None:
        """Raise `Refusal` where so many bytes would not find room now; what has not arrived takes none."""
        self._refuse(self.lacks(amount), amount)

    def take_bytes(self, amount: int) -> None:
        """Take room for bytes that have arrived, or raise `Refusal`."""
        if lacking := self._gate.bytes.take(self._endpoint, amount):
            self._refuse(lacking, self._taken + amount)
        self._taken += amount

    def release_bytes(self) -> None:
        """Give the bytes' room back: they are kept elsewhere now, or gone."""
        if self._taken:
            self._gate.bytes.give(self._endpoint, self._taken)
            self._taken = 0

    def _refuse(self, lacking: Literal["", "each", "total"], size: int) -> None:
        if lacking:
            limit = {"each": "max-in-flight-endpoint", "total": "max-in-flight"}[lacking]
            raise Refusal("relay-busy", limit=limit, size=size, retry_after_s=RETRY_BUSY_S)


def address_group(address: str) -> str:
    """What counts as one sender: an IPv4 address, or an IPv6 network of 64 bits, which is what one customer gets."""
    if ":" not in address:
        return address
    try:
        ip = ipaddress.IPv6Address(address)
    except ValueError:
        return address
    return str(ip.ipv4_mapped or ipaddress.IPv6Network((int(ip) >> 64 << 64, 64)))


def head_bytes(limits: Limits) -> int:
    """What the request line and headers may take together before the connection is given up."""
    return limits.target_bytes + limits.header_bytes + SLACK_BYTES


def body_patience_s(received: int, limits: Limits) -> float:
    """How long after its start a body of which so many bytes have come may still take: within `body_s`,
    and at `min_rate` at least."""
    if not limits.min_rate:
        return limits.body_s
    return min(limits.body_s, limits.slack_s + received / limits.min_rate)


def _spend(buckets: Buckets, key: str, now: float, limit: str) -> None:
    if wait := buckets.wait(key, now):
        raise Refusal("rate-limited", limit=limit, retry_after_s=wait)
