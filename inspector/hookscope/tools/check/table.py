"""Every check, as a table: its name, the fact that it states, what it needs, and how it is made."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Generator, Sequence
from typing import Literal, NamedTuple, TypeAlias

from hookscope.tools.check import calls, events, forms, handshakes, signatures
from hookscope.tools.check.fact import Batch, Fact, HandlerReply, Judgement, Steps
from hookscope.tools.check.first_contact import FirstContact, enter
from hookscope.tools.check.kit import Kit
from hookscope_relay.errors import InputError

# What must be there before a check says anything: nothing, a scheme to leave unsigned, a secret to sign with, a valid
# delivery that is taken, or that and a look at the handler's calls.
Need: TypeAlias = Literal["nothing", "scheme", "secret", "entry", "calls"]

VALID = "valid"


class Check(NamedTuple):
    """One check; `line` is the fact that holds when it passes."""

    name: str
    group: str
    line: str
    need: Need
    run: Callable[[Kit], Steps] | None


CHECKS: tuple[Check, ...] = (
    Check(VALID, "events", "a valid delivery is accepted within the sender's time limit", "nothing", None),
    Check(
        "signature-form",
        "signature",
        "the signature is computed as the provider does",
        "secret",
        signatures.signature_form,
    ),
    Check(
        "missing-signature",
        "signature",
        "a missing signature is refused",
        "scheme",
        signatures.missing_signature,
    ),
    Check(
        "wrong-signature",
        "signature",
        "a wrong signature is refused and leaves nothing behind",
        "secret",
        signatures.wrong_signature,
    ),
    Check(
        "truncated-signature",
        "signature",
        "a truncated signature is refused",
        "secret",
        signatures.truncated_signature,
    ),
    Check(
        "wrong-prefix",
        "signature",
        "a signature of another version is refused",
        "secret",
        signatures.wrong_prefix,
    ),
    Check(
        "missing-header",
        "signature",
        "a missing header is refused with 4xx",
        "secret",
        signatures.missing_header,
    ),
    Check(
        "every-form", "signature", "every content type and batch of the sender is verified", "entry", forms.every_form
    ),
    Check("stale", "signature", "an old delivery is refused", "secret", signatures.stale_signature),
    Check("flipped-byte", "signature", "a changed body is refused", "secret", signatures.flipped_byte),
    Check("raw-body", "signature", "the raw body is verified", "entry", signatures.raw_body),
    Check("same-event-twice", "events", "the same event is accepted twice", "entry", events.same_event_twice),
    Check("unknown-event", "events", "an unknown event type is accepted", "entry", events.unknown_event),
    Check("malformed-json", "requests", "malformed JSON is refused with 4xx", "nothing", events.malformed_json),
    Check("content-type", "requests", "a wrong content type breaks nothing", "nothing", events.wrong_content_type),
    Check("empty-body", "requests", "an empty body breaks nothing", "nothing", events.empty_body),
    Check("large-body", "requests", "a body of 1 MB is accepted", "entry", events.large_body),
    Check("methods", "requests", "GET and HEAD break nothing", "nothing", events.methods),
    Check("slash", "requests", "the URL is the handler's own, to the slash", "entry", events.slash),
    Check("handshake", "events", "the provider's handshake is completed", "nothing", handshakes.handshake),
    Check(
        "effect-of-a-repeat", "calls", "the same event twice has the effect of one", "calls", calls.effect_of_a_repeat
    ),
    Check("wait-after-429", "calls", "a 429 of the API is waited for as it says", "calls", calls.wait_after_429),
    Check("no-retry-of-403", "calls", "a 403 of the API is not asked for again", "calls", calls.no_retry_of_403),
    Check("burst", "load", "20 deliveries at once are accepted", "entry", events.burst),
    Check("speed", "load", "the answer comes in time (p95)", "entry", events.speed),
)
BY_NAME = {check.name: check for check in CHECKS}
GROUPS = tuple(dict.fromkeys(check.group for check in CHECKS))

Proceeding: TypeAlias = Generator[Batch, tuple[HandlerReply, ...], tuple[Judgement, FirstContact | None]]


def choose(only: Sequence[str] = (), skip: Sequence[str] = ()) -> tuple[Check, ...]:
    """The checks that are named by `only` (all, where it is empty) and not by `skip`; groups are names too.

    InputError for others.
    """
    known = (*BY_NAME, *GROUPS)
    for name in (*only, *skip):
        if name not in known:
            close = difflib.get_close_matches(name, known, 1)
            hint = f"did you mean {close[0]}?" if close else "see `hookscope check --list`"
            raise InputError(f"there is no check {name!r}", hint)
    chosen = [check for check in CHECKS if not only or check.name in only or check.group in only]
    return tuple(check for check in chosen if check.name not in skip and check.group not in skip)


def proceed(check: Check, kit: Kit) -> Proceeding:
    """Make one check, or say why it is not made.

    `InputError` of a scheme that cannot sign what is wanted makes it inapplicable.
    """
    if reason := missing(check, kit):
        return reason, None
    try:
        if check.run is None:
            entry = yield from enter(kit)
            return entry.judgement, entry
        return (yield from check.run(kit)), None
    except InputError as error:
        return Judgement("skipped", (str(error),), applies=False), None


def missing(check: Check, kit: Kit) -> Judgement | None:
    """Why a check cannot be made; None where it can."""
    if check.need in ("scheme", "secret") and kit.scheme is None:
        return Judgement("skipped", (f"{kit.provider.title} signs nothing",), applies=False)
    if check.need == "calls" and not kit.apis:
        return Judgement("skipped", ("no API is named that the handler calls: give --api",), applies=False)
    if (check.need in ("secret", "entry", "calls") or check.name == VALID) and not kit.can_be_valid:
        return Judgement("skipped", ("no signing secret is known, so no valid delivery can be made",))
    if check.need in ("scheme", "secret", "entry", "calls") and kit.can_be_valid and not kit.entered:
        return Judgement("skipped", ("no valid delivery is accepted, so this cannot be told",))
    return None


def to_fact(check: Check, judgement: Judgement, sends: int, elapsed_ms: float) -> Fact:
    """A check's judgement as a line of the report."""
    return Fact(
        name=check.name,
        group=check.group,
        line=check.line,
        state=judgement.state,
        evidence=judgement.evidence,
        hint=judgement.hint,
        finding=judgement.finding,
        applies=judgement.applies,
        sends=sends,
        elapsed_ms=elapsed_ms,
    )
