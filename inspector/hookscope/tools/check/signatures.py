"""Checks of the signature: whatever is not signed as it must be is refused with 4xx, and leaves nothing behind."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator
from dataclasses import replace
from typing import TypeAlias

from hookscope.providers.provider import Scheme
from hookscope.tools.check.fact import Asking, HandlerReply, Judgement, Steps, ask, inapplicable
from hookscope.tools.check.first_contact import SIGNATURE_FORM
from hookscope.tools.check.kit import Kit
from hookscope.tools.check.misreads import Misread
from hookscope.tools.check.rewrites import is_json_object, twins, unusual
from hookscope.tools.samples.spoil import stale_by, tamper
from hookscope_relay.delivery import Delivery, without
from hookscope_relay.errors import InputError

RETRIED = "refuse with 400 or 401: senders take anything else for a success or for trouble that passes"

TRUNCATED: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("half of the signature", lambda signature: signature[: len(signature) // 2]),
    ("four characters of it", lambda signature: signature[:4]),
    ("none of it", lambda signature: ""),
)

PLACES_IN_MESSAGE = re.compile(r"\{(header\.[^{}]+)\}")

TwinSearch: TypeAlias = Generator[tuple[Delivery, ...], tuple[HandlerReply, ...], str]


def refusal(told: list[tuple[str, HandlerReply]], hint: str) -> Judgement:
    """The judgement on deliveries that must all be refused: each a phrase and its reply."""
    accepted = [(what, reply) for what, reply in told if reply.accepted]
    if accepted:
        return Judgement("failed", tuple(f"{what} was accepted with {reply.said}" for what, reply in accepted), hint)
    other = [(what, reply) for what, reply in told if not reply.refused]
    if other:
        return Judgement("failed", tuple(f"{what} got {reply.said}, which is no 4xx" for what, reply in other), RETRIED)
    return Judgement("passed", tuple(f"{what}: {reply.said}" for what, reply in told))


def signature_form(kit: Kit) -> Steps:
    """Whether the handler computes the signature as the provider does; told by how it was entered."""
    yield from ()
    if kit.way.fault == SIGNATURE_FORM:
        hint = f"compute it as {kit.provider.title} documents it: {kit.provider.docs}"
        return Judgement("failed", (f"{kit.way.said} is accepted, and the right one is not",), hint)
    return Judgement("passed", ("a signature as the provider makes it is accepted",))


def missing_signature(kit: Kit) -> Steps:
    """Neither the signature nor its header is there."""
    reply = yield from ask(kit.unsigned(kit.event()))
    return refusal([("a delivery without a signature", reply)], "refuse what carries no signature before anything else")


def wrong_signature(kit: Kit) -> Steps:
    """A signature by another key, and one with a single character changed; then the genuine event,
    which must not be spoilt by them."""
    if not kit.signs:
        return inapplicable("nothing is signed")
    event = kit.event()
    forged = kit.signed(replace(event, body=kit.genuine(event).body), secret=kit.wrong_secret())
    told = [("a signature by another key", (yield from ask(forged)))]
    if kit.signature_of(kit.genuine(event)):
        told.append(("one character changed", (yield from _respelt(kit, event, _changed))))
    judgement = refusal(told, "compare the whole signature, in constant time, and refuse what differs")
    if judgement.state != "passed":
        return judgement
    after = yield from ask(kit.genuine(event))
    if not after.accepted:
        said = f"the genuine delivery of the same event then got {after.said}: the forged one left something behind"
        return Judgement("failed", (*judgement.evidence, said), "verify the signature before the event is recorded")
    return Judgement("passed", (*judgement.evidence, f"the genuine one of the same event then got {after.said}"))


def truncated_signature(kit: Kit) -> Steps:
    """The first half of a right signature, its first four characters, and an empty one."""
    event = kit.event()
    if not kit.signature_of(kit.genuine(event)):
        return inapplicable("the signature does not stand in a header")
    told = []
    for what, respell in TRUNCATED:
        told.append((what, (yield from _respelt(kit, event, respell))))
    return refusal(told, "compare the whole signature (hmac.compare_digest, crypto.timingSafeEqual), not how it begins")


def wrong_prefix(kit: Kit) -> Steps:
    """A right signature of a version that the provider does not have."""
    scheme = kit.wanted
    if scheme is None or not (new := _other_prefix(scheme)):
        return inapplicable("the scheme has no prefix or version")
    event = kit.event()
    sent = kit.signed(replace(event, body=kit.genuine(event).body))
    old = f"{scheme.signature_key}=" if scheme.layout == "pairs" else scheme.prefix
    reply = yield from ask(kit.respelt(sent, lambda value: value.replace(old, new)))
    hint = f"take only what begins with {old}"
    return refusal([(f"a signature that begins with {new} in the place of {old}", reply)], hint)


def stale_signature(kit: Kit) -> Steps:
    """A right signature with a timestamp that is too old."""
    scheme = kit.wanted
    assert scheme is not None
    try:
        age = stale_by(scheme)
    except InputError as error:
        return inapplicable(error.what)
    event = kit.event()
    sent = kit.signed(replace(event, body=kit.genuine(event).body), at=kit.now() - age)
    reply = yield from ask(sent)
    bound = f"{age:.0f} s old"
    hint = "compare the signed timestamp with the clock and refuse what is older than the provider's tolerance"
    judgement = refusal([(f"a delivery signed with a timestamp that is {bound}", reply)], hint)
    if judgement.state == "failed" and reply.accepted and scheme.past_s is None and not scheme.claims:
        return Judgement("warning", (*judgement.evidence, f"{kit.provider.title} names no limit for the age"), hint)
    return judgement


def missing_header(kit: Kit) -> Steps:
    """A right signature without one of the headers that are signed with it: the timestamp, the id, a nonce."""
    scheme = kit.wanted
    assert scheme is not None
    places = [place for place in (scheme.timestamp, scheme.id) if place.startswith("header.")]
    places += [place for place in PLACES_IN_MESSAGE.findall(scheme.message) if place not in places]
    if not places:
        return inapplicable("no other header is signed")
    told = []
    for place in places:
        name = place.removeprefix("header.")
        sent = kit.genuine()
        reply = yield from ask(replace(sent, headers=without(sent.headers, {name.lower()})))
        told.append((f"a delivery without {name}", reply))
    return refusal(told, "answer 401 where a header that is signed is missing, before anything reads it")


def flipped_byte(kit: Kit) -> Steps:
    """One byte of the body changed after it was signed."""
    changed = _flipped(kit)
    if changed is None:
        return inapplicable("the signature does not cover the body")
    reply = yield from ask(changed)
    return refusal([("a body with one byte changed", reply)], "compute the signature over the body that was received")


def raw_body(kit: Kit) -> Steps:
    """Valid deliveries that JSON allows and serialisers do not write; where they are refused,
    their re-serialised twins."""
    event = kit.event()
    if not is_json_object(event):
        return inapplicable("the payload is not a JSON object")
    if kit.wanted is not None and (kit.wanted.field or kit.wanted.items):
        return inapplicable("the signature stands inside the body, which is written again for it")
    if _flipped(kit) is None:
        return inapplicable("the signature does not cover the body")
    accepted: list[str] = []
    refused: list[str] = []
    proven: list[str] = []
    manner = kit.way.manner
    for form in unusual(event.body):
        fresh = kit.event()
        reply = yield from ask(kit.signed(replace(fresh, body=form.body)))
        if reply.accepted:
            accepted.append(form.name)
            continue
        refused.append(f"{form.name}: {reply.said}")
        twin = yield from _accepted_twin(kit, form.body, manner)
        if twin:
            manner = manner or twin
            proven.append(form.name)
    return _on_raw_body(accepted, refused, proven, manner)


def _on_raw_body(accepted: list[str], refused: list[str], proven: list[str], manner: str) -> Judgement:
    if not refused:
        return Judgement("passed", (f"accepted with {', '.join(accepted)}",))
    if proven:
        said = (
            f"validly signed, refused: {'; '.join(refused)}",
            f"their re-serialised twins ({manner}) were accepted ({', '.join(proven)}): "
            "the handler verifies re-serialised JSON, not the bytes that it received",
        )
        return Judgement("failed", said, "verify the raw bytes of the request, before or beside parsing them")
    said = (
        f"validly signed, refused: {'; '.join(refused)}",
        "their re-serialised twins prove nothing: refused as well, or taken for another reason",
    )
    return Judgement("warning", said, "perhaps it allows no further fields; see what the handler says")


def _accepted_twin(kit: Kit, body: bytes, manner: str) -> TwinSearch:
    """The manner of a re-serialised twin that is accepted; empty where none is."""
    for twin in twins(body, manner):
        fresh = kit.event()
        reply: HandlerReply = yield from ask(kit.signed(replace(fresh, body=twin.body)))
        if not reply.accepted:
            continue
        # The control: the same body as it came, signed as the twin is. Only who re-serialises takes both.
        fresh = replace(kit.event(), body=body)
        control: HandlerReply = yield from ask(kit.signed_as(fresh, Misread("re-serialised", twin.how, twin.body)))
        if control.accepted:
            return twin.how
    return ""


def _respelt(kit: Kit, event: Delivery, respell: Callable[[str], str]) -> Asking:
    """Send the genuine delivery of an event with another text in the place of its signature."""
    genuine = kit.genuine(event)
    own = kit.signature_of(genuine)
    return (yield from ask(kit.respelt(genuine, lambda value: value.replace(own, respell(own)))))


def _changed(signature: str) -> str:
    """A signature with one character in its middle changed."""
    at = len(signature) // 2
    return signature[:at] + ("1" if signature[at] == "0" else "0") + signature[at + 1 :]


def _other_prefix(scheme: Scheme) -> str:
    if scheme.kind in ("token", "basic", "jwt", "jws", "http-message") or scheme.field or scheme.items:
        return ""
    if scheme.layout == "pairs":
        return f"{scheme.signature_key[0]}9="
    return {"sha256=": "sha512=", "sha1=": "sha256=", "v0=": "v9=", "v1,": "v9,", "v1=": "v9="}.get(scheme.prefix, "")


def _flipped(kit: Kit) -> Delivery | None:
    """A genuine delivery with one byte of its body changed that the signature covers; None where it covers none."""
    if kit.verifying is None or kit.wanted is None or kit.wanted.kind in ("token", "basic"):
        return None
    sent = kit.genuine()
    changed = tamper(sent, kit.provider, (kit.verifying,), kit.params)
    return changed if changed.body != sent.body else None
