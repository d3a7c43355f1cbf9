"""Checks of what a handler asks of APIs: an event that comes twice has one effect, 429 is waited for, 403 is not asked
again.

They see the handler's calls at a gateway of their own, which plays the API where a check wants it to refuse.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from hookscope.api.fault import RETRY_AFTER_S
from hookscope.model.call import Call
from hookscope.text.safe import safe_text
from hookscope.tools.check.fact import Judgement, Look, Looking, Steps
from hookscope.tools.check.kit import Kit

# A handler that waits longer than this before it asks again is taken for one that does not.
PATIENCE_S = 4.0
# Without a call for so long, a handler is done with a delivery.
QUIET_S = 1.0
# Sleeping ends a little early on some systems, and clocks are read apart.
TOLERATED_S = 0.05

READS = frozenset({"GET", "HEAD", "OPTIONS"})
# Calls by POST that only read: searches and queries, Slack's and GraphQL's.
_READS_BY_POST = re.compile(r".*(?:/search|/query|/filter|\.(?:list|info|get|history|test|members|lookupByEmail))")
_MUTATION = re.compile(rb"\bmutation\b")


def effect_of_a_repeat(kit: Kit) -> Steps:
    """The very same delivery twice, as after an answer that was lost: what writes is asked for the first time only."""
    sent = kit.genuine()
    first = yield from look(Look(sent, (), QUIET_S))
    if not first.calls:
        return _nothing_seen(kit)
    second = yield from look(Look(sent, (), QUIET_S))
    once, again = _writing(first.calls), _writing(second.calls)
    if again:
        said = f"one delivery: {_count(once)} that {_verb(once)}; the same once more: {_count(again)}, {_names(again)}"
        return Judgement(
            "failed",
            (said,),
            "remember event ids, and do nothing for one that is known already: providers deliver twice",
        )
    said = f"one delivery: {_count(first.calls)}, {len(once)} of them writing; the same once more wrote nothing"
    return Judgement("passed", (said,))


def wait_after_429(kit: Kit) -> Steps:
    """The API says 429 with Retry-After to the first call, and goes on as usual."""
    reply = yield from look(Look(kit.genuine(), tuple(f"{name}: 429 1 times" for name in kit.apis), PATIENCE_S))
    limited = next((call for call in reply.calls if call.status == 429 and call.fault), None)
    if limited is None:
        return _nothing_seen(kit)
    ended = limited.started_at + limited.elapsed_ms / 1000
    same = [call for call in reply.calls if call.api == limited.api and call.started_at > ended]
    said = f"{_name(limited)} got 429 with Retry-After: {RETRY_AFTER_S}"
    if not same:
        if not reply.accepted:
            return Judgement("passed", (f"{said}; the handler said {reply.said}, so its sender tries again",))
        hint = "try again after Retry-After, in a queue: the sender has its 2xx and will not deliver again"
        return Judgement("failed", (f"{said}; the handler said {reply.said} and never asked again",), hint)
    waited = min(call.started_at for call in same) - ended
    said = f"{said}; the next call came {waited * 1000:.0f} ms later"
    if waited < RETRY_AFTER_S - TOLERATED_S:
        return Judgement("failed", (said,), "wait as long as Retry-After says: calls before that are refused, too")
    return Judgement("passed", (said,))


def no_retry_of_403(kit: Kit) -> Steps:
    """The API says 403 to every call."""
    reply = yield from look(Look(kit.genuine(), tuple(f"{name}: 403" for name in kit.apis), QUIET_S))
    if not reply.calls:
        return _nothing_seen(kit)
    asked = Counter((call.method, call.target, call.body) for call in reply.calls)
    (method, target, _), most = asked.most_common(1)[0]
    if most == 1:
        return Judgement("passed", (f"{_count(reply.calls)}, each refused with 403 and asked once",))
    said = f"{method} {safe_text(target.partition('?')[0])} was asked for {most} times, and refused with 403 each time"
    return Judgement(
        "failed", (said,), "try again after 429, 5xx and time-outs only: 403 stays until somebody grants it"
    )


def look(wanted: Look) -> Looking:
    """Send one delivery and see its calls, inside a check."""
    (reply,) = yield wanted
    return reply


def is_writing(call: Call) -> bool:
    """Whether a call changes something at the API, as far as its method and path tell."""
    if call.method in READS:
        return False
    if call.path.endswith("/graphql"):
        return _MUTATION.search(call.body) is not None
    return not (call.method == "POST" and _READS_BY_POST.fullmatch(call.path))


def _nothing_seen(kit: Kit) -> Judgement:
    said = f"the handler asked nothing of {', '.join(kit.apis)} after a delivery"
    return Judgement(
        "skipped", (said,), "point its client at the gateway (docs/api.md), or choose an event that it acts on"
    )


def _writing(calls: Sequence[Call]) -> list[Call]:
    return [call for call in calls if is_writing(call)]


def _count(calls: Sequence[Call]) -> str:
    return f"{len(calls)} call{'' if len(calls) == 1 else 's'}"


def _verb(calls: Sequence[Call]) -> str:
    return "writes" if len(calls) == 1 else "write"


def _names(calls: Sequence[Call]) -> str:
    return ", ".join(dict.fromkeys(map(_name, calls)))


def _name(call: Call) -> str:
    return f"{call.method} {safe_text(call.path[:100])}"
