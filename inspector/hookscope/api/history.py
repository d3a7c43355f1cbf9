"""What was seen of calls so far, as far as it tells of those that follow: paces, waits, refusals, repetitions,
credentials that worked."""

from __future__ import annotations

import hashlib
import json
import re
from collections import OrderedDict, deque
from collections.abc import Mapping
from typing import TypeAlias, TypeVar

from hookscope.model.call import Call
from hookscope_relay.delivery import header

KEPT_S = 600.0
KEPT = 5000
# A pace is counted over so many seconds: bursts shorter than that pass.
PACE_S = 3.0
AGAIN_S = 10.0
MANY = 5
REPEATED = 3
TOLERATED_S = 0.05
# Calls end, and so are noted, in another order than they begin: by so much.
LATEST_S = 5.0
# A refusal with one of these may be otherwise the next time.
PASSING = frozenset({401, 404, 408, 409, 423, 425, 429})
# What stands for one object in a path.
_ID = re.compile(
    r"/(?:[0-9a-fA-F-]{32,36}|\d{2,}|[A-Za-z]{1,8}_[A-Za-z0-9]{6,}|[A-Za-z0-9_-]*\d[A-Za-z0-9_-]{5,})(?=/|$)"
)

Who: TypeAlias = tuple[str, str]
K = TypeVar("K")
V = TypeVar("V")


class History:
    """The calls of the last minutes. `good` are the credentials that worked, by API and fingerprint, with the time;
    `bots` whose they are."""

    def __init__(self, good: Mapping[str, Mapping[str, float]]) -> None:
        self.good = {api: dict(times) for api, times in good.items()}
        self.bots: dict[str, str] = {}
        self._times: dict[Who, deque[float]] = {}
        self._told_pace: dict[Who, float] = {}
        self._waits: dict[Who, tuple[float, float]] = {}
        self._refused: OrderedDict[bytes, tuple[int, float]] = OrderedDict()
        self._objects: OrderedDict[tuple[str, str], set[str]] = OrderedDict()
        self._fetched: OrderedDict[bytes, deque[float]] = OrderedDict()

    def note(self, call: Call, refused: bool) -> None:
        """Remember a call after it was judged."""
        who, ended_at = _who(call), call.started_at + call.elapsed_ms / 1000
        times = self._times.setdefault(who, deque(maxlen=KEPT))
        times.append(call.started_at)
        if call.answer is None:
            return
        if not refused and call.credential is not None and call.credential.digest and not call.fault:
            self.good.setdefault(call.api, {})[call.credential.digest] = call.started_at
            self._note_bot(call)
        if call.answer.status in (429, 503) and (wait := _seconds(header(call.answer.headers, "Retry-After"))):
            self._waits[who] = ended_at, ended_at + wait
        if refused and 400 <= call.answer.status < 500 and call.answer.status not in PASSING:
            _keep(self._refused, _same(call), (self._refused.get(_same(call), (0, 0.0))[0] + 1, call.started_at))
        elif not refused:
            self._refused.pop(_same(call), None)

    def waits_until(self, call: Call) -> float | None:
        """Until when a refusal before it asked to wait, where the call came earlier; None where it did not."""
        told_at, until = self._waits.get(_who(call), (0.0, 0.0))
        return until if told_at <= call.started_at < until - TOLERATED_S else None

    def futile(self, call: Call) -> int:
        """Which time the very same call is made that was refused for good; 0 where it was not."""
        times, at = self._refused.get(_same(call), (0, 0.0))
        return times + 1 if times and call.started_at - at < KEPT_S and call.is_refused else 0

    def count(self, call: Call, seconds: float) -> int:
        """How many calls with its credential were made in the seconds before it, itself among them."""
        first, found = call.started_at - seconds, 1
        for at in reversed(self._times.get(_who(call), ())):
            if at < first - LATEST_S:
                break
            found += first < at <= call.started_at
        return found

    def rate(self, call: Call, limit: float) -> float:
        """Calls a second over some seconds, where they are more than allowed and that was not said a short while ago;
        else 0."""
        rate = self.count(call, PACE_S) / PACE_S
        if rate <= limit or call.started_at - self._told_pace.get(_who(call), 0.0) < KEPT_S / 10:
            return 0.0
        self._told_pace[_who(call)] = call.started_at
        return rate

    def one_by_one(self, call: Call) -> int:
        """How many objects of one kind its delivery has asked for one by one, at the time when they became many; else
        0."""
        shape = _ID.sub("/*", call.path)
        if call.method != "GET" or shape == call.path or not call.tie.delivery:
            return 0
        seen = self._objects.get((call.tie.delivery, shape)) or set()
        before = len(seen)
        seen.add(call.path)
        _keep(self._objects, (call.tie.delivery, shape), seen)
        return MANY if before < MANY <= len(seen) else 0

    def again(self, call: Call) -> int:
        """How often the same was fetched within some seconds, at the time when it became often; else 0."""
        if call.method != "GET" or call.is_refused:
            return 0
        times = self._fetched.get(_same(call)) or deque(maxlen=REPEATED + 1)
        times.append(call.started_at)
        _keep(self._fetched, _same(call), times)
        near = [at for at in times if call.started_at - at <= AGAIN_S]
        return REPEATED if len(near) == REPEATED and len(times) == REPEATED else 0

    def _note_bot(self, call: Call) -> None:
        """Whose token it is, where the call asked for that (Notion's `users/me`)."""
        if call.api != "notion" or call.path != "/v1/users/me" or call.answer is None or call.credential is None:
            return
        try:
            bot = json.loads(call.answer.body).get("id")
        except (ValueError, AttributeError):
            return
        if isinstance(bot, str):
            self.bots[call.credential.digest] = bot


def _who(call: Call) -> Who:
    return call.api, call.credential.digest if call.credential else ""


def _same(call: Call) -> bytes:
    parts = (call.api, call.credential.digest if call.credential else "", call.method, call.target)
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass") + b"\0" + call.body).digest()


def _keep(table: OrderedDict[K, V], key: K, value: V) -> None:
    table[key] = value
    table.move_to_end(key)
    if len(table) > KEPT:
        table.popitem(last=False)


def _seconds(text: str | None) -> float:
    """The seconds of a Retry-After; 0 for none, and for a date, which few send."""
    try:
        return max(0.0, min(float(text or 0), 3600.0))
    except ValueError:
        return 0.0
