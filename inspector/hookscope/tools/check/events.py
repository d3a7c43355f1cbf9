"""Checks of how events are taken: repeated, unknown, broken, large, many at once, and how quickly."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from hookscope.diagnosis.urls import other_slash
from hookscope.model.edits import Edits, edit
from hookscope.text.safe import safe_text
from hookscope.tools.check.fact import HandlerReply, Judgement, Steps, ask, inapplicable
from hookscope.tools.check.kit import Kit
from hookscope.tools.check.rewrites import MEGABYTE, malformed, padded
from hookscope.tools.samples.build import renamed
from hookscope_relay.delivery import header

AT_ONCE = 20
MEASURED = 20
ENOUGH_WHEN_SLOW = 5
UNKNOWN_EVENT = "hookscope.check_of_an_unknown_event"
LOG = "see the handler's log for what it stumbled over"


def unbroken(what: str, reply: HandlerReply, hint: str = LOG) -> Judgement:
    """The judgement on something that may be accepted or refused, but must not break the handler."""
    return Judgement("failed" if reply.broke else "passed", (f"{what}: {reply.said}",), hint if reply.broke else "")


def same_event_twice(kit: Kit) -> Steps:
    """The very same delivery twice, as after an answer that was lost."""
    sent = kit.genuine()
    first = yield from ask(sent)
    second = yield from ask(sent)
    said = (f"first {first.said}, then {second.said}",)
    if first.accepted and second.accepted:
        return Judgement("passed", said)
    return Judgement("failed", said, "remember event ids, and answer 2xx to one that is known already")


def unknown_event(kit: Kit) -> Steps:
    """An event of a type that nobody knows yet."""
    event = renamed(kit.event(), kit.provider, UNKNOWN_EVENT)
    if UNKNOWN_EVENT.partition(".")[0].encode() not in event.body + repr(event.headers).encode():
        return inapplicable("the provider's deliveries name no event type that can be changed")
    reply = yield from ask(kit.genuine(event))
    if reply.accepted:
        return Judgement("passed", (f"an event of an unknown type: {reply.said}",))
    hint = "answer 2xx to what is of no interest: senders retry, and in the end disable, what is refused"
    return Judgement("failed", (f"an event of an unknown type got {reply.said}",), hint)


def malformed_json(kit: Kit) -> Steps:
    """A body that is validly signed and ends too early."""
    event = kit.event()
    if event.body[:1] != b"{":
        return inapplicable("the payload is not JSON")
    reply = yield from ask(kit.signed(replace(event, body=malformed(event.body))))
    if reply.accepted:
        return Judgement(
            "warning", (f"a body that is no JSON was accepted with {reply.said}",), "answer 400 to what cannot be read"
        )
    return unbroken("a body that is no JSON", reply, "catch the parser's error and answer 400")


def wrong_content_type(kit: Kit) -> Steps:
    """A valid delivery that says text/plain."""
    event = edit(kit.event(), Edits(set_headers=(("Content-Type", "text/plain"),)))
    reply = yield from ask(kit.genuine(event))
    return unbroken("Content-Type: text/plain", reply, "answer 415 or 400, or read the body whatever its type")


def empty_body(kit: Kit) -> Steps:
    """A POST with nothing in it, signed."""
    event = replace(kit.event(), body=b"")
    reply = yield from ask(kit.signed(event))
    if reply.accepted and kit.event().body:
        return Judgement("warning", (f"an empty body was accepted with {reply.said}",), "answer 400 to an empty body")
    return unbroken("an empty body", reply, "answer 400 to an empty body")


def large_body(kit: Kit) -> Steps:
    """A valid delivery of one megabyte."""
    event = kit.event()
    body = padded(event)
    if body is None:
        return inapplicable("the payload has no fields, so it cannot be made larger")
    reply = yield from ask(kit.genuine(replace(event, body=body)))
    what = f"a delivery of {MEGABYTE >> 20} MB"
    if reply.accepted:
        return Judgement("passed", (f"{what}: {reply.said} in {reply.elapsed_ms:.0f} ms",))
    if reply.refused:
        hint = "raise the framework's limit for bodies, if this sender's payloads may grow"
        return Judgement("warning", (f"{what} was refused with {reply.said}",), hint)
    return Judgement("failed", (f"{what}: {reply.said}",), "refuse what is too large with 413, or take it")


def methods(kit: Kit) -> Steps:
    """GET and HEAD, as monitors, link checkers and curious people send them."""
    bare = replace(kit.event(), body=b"", headers=(("Host", ""), ("Accept", "*/*")))
    told = []
    for method in ("GET", "HEAD"):
        told.append((method, (yield from ask(replace(bare, method=method)))))
    said = tuple(f"{method}: {reply.said}" for method, reply in told)
    if any(reply.broke for _, reply in told):
        return Judgement("failed", said, "answer 405 to methods that the sender does not use")
    return Judgement("passed", said)


def slash(kit: Kit) -> Steps:
    """The path as given, and with a slash more or less: senders do not follow redirects."""
    other = other_slash(kit.target)
    given = yield from ask(kit.genuine(kit.event(kit.target)))
    with_other = given
    said: tuple[str, ...] = (f"{safe_text(kit.target)}: {_with_location(given)}",)
    if other != kit.target:
        with_other = yield from ask(kit.genuine(kit.event(other)))
        said = (*said, f"{safe_text(other)}: {_with_location(with_other)}")
    if with_other.accepted and not given.accepted:
        return Judgement(
            "failed", said, f"give senders the URL that ends with {safe_text(other)}: they follow no redirect"
        )
    if 300 <= given.status < 400:
        return Judgement("failed", said, "senders follow no redirect: answer at the URL that they are given")
    if with_other.broke:
        return Judgement("warning", said, "answer 404 at the address that is not the handler's")
    return Judgement("passed", said)


def burst(kit: Kit) -> Steps:
    """Many different events at the same time."""
    replies = yield tuple(kit.genuine() for _ in range(AT_ONCE))
    bad = [reply for reply in replies if not reply.accepted]
    slowest = max(reply.elapsed_ms for reply in replies)
    if bad:
        kinds = ", ".join(dict.fromkeys(reply.said for reply in bad))
        said = (f"{len(bad)} of {AT_ONCE} at once were not accepted: {kinds}",)
        return Judgement(
            "failed", said, "senders deliver in bursts: make the work behind the answer wait, not the sender"
        )
    said = (f"{AT_ONCE} at once were all accepted, the last after {slowest:.0f} ms",)
    if slowest > kit.limit_s * 1000:
        return Judgement("warning", said, f"the sender waits {kit.limit_s:g} s: answer first and work afterwards")
    return Judgement("passed", said)


def speed(kit: Kit) -> Steps:
    """The answer time that 19 of 20 deliveries stay within, one after another."""
    times: list[float] = []
    while len(times) < MEASURED:
        reply = yield from ask(kit.genuine())
        times.append(reply.elapsed_ms)
        if len(times) >= ENOUGH_WHEN_SLOW and min(times) > kit.limit_s * 1000:
            break
    at_p95 = percentile(times, 0.95)
    whose = f"{kit.provider.title} waits" if kit.limit_known else "no limit is published; most senders wait"
    said = (f"95 % within {at_p95:.0f} ms ({len(times)} deliveries); {whose} {kit.limit_s:g} s",)
    if at_p95 > kit.limit_s * 1000:
        return Judgement("failed", said, "answer 2xx first and do the work afterwards, in a queue or a background task")
    if at_p95 > kit.limit_s * 500:
        return Judgement("warning", said, "that is more than half of the limit")
    return Judgement("passed", said)


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest of the values that a share of them does not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def _with_location(reply: HandlerReply) -> str:
    where = header(reply.answer.headers, "location") if reply.answer else None
    return f"{reply.said} to {safe_text(where[:100])}" if where else reply.said
