"""The first question to a handler: does it take a valid delivery? If not, in which way would it; that way names the fault.

A handler that re-serialises JSON, compares another form of the signature or listens at the other slash takes a delivery that was made as it
expects. All other checks are then made that way, so that one fault does not hide the rest.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace
from typing import TypeAlias, get_args

from hookscope.diagnosis.case import Case
from hookscope.diagnosis.engine import diagnose
from hookscope.diagnosis.from_capture import policy_of
from hookscope.model.capture import Attempt
from hookscope.model.finding import Finding
from hookscope.model.secret import Secret
from hookscope.model.verdict import Recognition, Verdict
from hookscope.providers.provider import Encoding, Scheme
from hookscope.text.safe import safe_text
from hookscope.tools.check.fact import HandlerReply, Judgement, ask
from hookscope.tools.check.kit import AS_SENT, Kit, Way
from hookscope.tools.check.paths import other_slash
from hookscope.tools.check.rewrites import rewritten, twins
from hookscope_relay.delivery import Delivery

RAW_BODY, SIGNATURE_FORM, SLASH, SPEED = "raw-body", "signature-form", "slash", "speed"


@dataclass(frozen=True, slots=True)
class Entry:
    """What came of it: the judgement on `valid`, the way in (None: there is none), and the check that a refusal is the fault of."""

    judgement: Judgement
    way: Way | None
    because: str = ""


Entering: TypeAlias = Generator[tuple[Delivery, ...], tuple[HandlerReply, ...], Entry]


def enter(kit: Kit) -> Entering:
    """Send a valid delivery, and where it is refused look for the way in which this handler would take it."""
    sent = kit.genuine()
    reply = yield from ask(sent)
    if reply.broke and reply.status >= 500:
        # A cold start may fail once; what counts is whether it goes on failing.
        again = yield from ask(kit.genuine())
        if again.accepted:
            return Entry(
                Judgement("warning", (f"the first one got {reply.said}, the second one {again.said}",)), AS_SENT
            )
    if reply.accepted:
        return Entry(_in_time(kit, reply), AS_SENT, SPEED if reply.elapsed_ms > kit.limit_s * 1000 else "")
    for way in _ways(kit, reply):
        shown = replace(kit, way=way)
        event = shown.event()
        if way.manner and rewritten(event.body, way.manner) == event.body:
            continue
        other = yield from ask(shown.genuine(event))
        if other.accepted:
            said = (f"it got {reply.said}", f"{way.said} is accepted with {other.said}")
            return Entry(Judgement("failed", said), way, way.fault)
    return Entry(_refused(kit, sent, reply), None)


def _in_time(kit: Kit, reply: HandlerReply) -> Judgement:
    took = f"{reply.said} in {reply.elapsed_ms:.0f} ms"
    whose = f"the {kit.limit_s:g} s that {kit.provider.title if kit.limit_known else 'most senders'} {'waits' if kit.limit_known else 'wait'}"
    if reply.elapsed_ms > kit.limit_s * 1000:
        return Judgement("failed", (f"{took}, which is longer than {whose}",), "answer first and work afterwards")
    return Judgement("passed", (f"{took}, within {whose}",))


def _ways(kit: Kit, reply: HandlerReply) -> Iterator[Way]:
    """The ways to try, the one that the answer speaks for first."""
    slash = Way(target=other_slash(kit.target), said=f"the same at {safe_text(other_slash(kit.target))}", fault=SLASH)
    if reply.status in (301, 302, 303, 307, 308, 404, 405, 500):
        yield slash
    if kit.signs and (reply.refused or reply.status >= 500):
        yield from _manners(kit)
        yield from _signings(kit)


def _manners(kit: Kit) -> Iterator[Way]:
    for twin in twins(kit.event().body):
        said = f"the same event re-serialised ({twin.how}) and signed so"
        yield Way(manner=twin.how, said=said, fault=RAW_BODY)


def _signings(kit: Kit) -> Iterator[Way]:
    assert kit.scheme is not None and kit.secret is not None
    for said, scheme in _other_forms(kit.scheme):
        yield Way(scheme=scheme, said=said, fault=SIGNATURE_FORM)
    for said, secret in _other_secrets(kit):
        yield Way(secret=secret, said=said, fault=SIGNATURE_FORM)


def _other_forms(scheme: Scheme) -> Iterator[tuple[str, Scheme]]:
    if scheme.kind not in ("hmac", "hash"):
        return
    for encoding in get_args(Encoding):
        if encoding != scheme.encoding:
            yield f"a signature in {encoding} in the place of {scheme.encoding}", replace(scheme, encoding=encoding)
    if scheme.prefix and scheme.layout == "plain":
        yield f"a signature without its prefix {scheme.prefix!r}", replace(scheme, prefix="")
    for algorithm in ("sha256", "sha1", "sha512"):
        if algorithm != scheme.algorithm:
            changed = replace(scheme, algorithm=algorithm)
            yield f"a signature by {algorithm} in the place of {scheme.algorithm}", changed
    if scheme.message != "{body}":
        yield "a signature of the body alone, without what else is signed", replace(scheme, message="{body}")
    if scheme.secret in ("base64", "whsec", "hex"):
        yield "a signature keyed by the secret's text, not decoded", replace(scheme, secret="text")  # noqa: S106  # the name of a form
    elif scheme.secret_prefix:
        yield "a signature keyed by the secret decoded from base64", replace(scheme, secret="whsec")  # noqa: S106  # as above


def _other_secrets(kit: Kit) -> Iterator[tuple[str, Secret]]:
    assert kit.scheme is not None and kit.secret is not None
    prefix = kit.scheme.secret_prefix.encode()
    if prefix and kit.secret.value.startswith(prefix) and kit.scheme.secret == "text":  # noqa: S105  # as above
        bare = Secret(kit.secret.provider, kit.secret.name, kit.secret.value.removeprefix(prefix))
        yield f"a signature keyed by the secret without {kit.scheme.secret_prefix}", bare
    for secret in (Secret(kit.provider.name, "with a newline", kit.secret.value + b"\n"), *kit.others):
        yield f"a signature by the secret {safe_text(secret.name)} ({secret.fingerprint})", secret


def _refused(kit: Kit, sent: Delivery, reply: HandlerReply) -> Judgement:
    """The refusal, with what the rules of the diagnosis say about it."""
    finding = diagnosed(kit, sent, reply)
    said = [f"it got {reply.said}"]
    if finding is None:
        return Judgement(
            "failed", tuple(said), "see the handler's log; `hookscope verify` tells what it should compute"
        )
    said += [safe_text(finding.title), *(safe_text(fact.text) for fact in finding.evidence[:2])]
    return Judgement("failed", tuple(dict.fromkeys(said)), safe_text(finding.hint), finding.code)


def diagnosed(kit: Kit, sent: Delivery, reply: HandlerReply) -> Finding | None:
    """The best finding on a refused delivery that is known to be valid."""
    attempt = Attempt(
        number=1,
        origin="check",
        handler_url=kit.url,
        started_at=sent.received_at,
        elapsed_ms=reply.elapsed_ms,
        answer=reply.answer,
        failure=reply.failure,
    )
    case = Case(
        delivery=sent,
        attempt=attempt,
        verdict=Verdict(state="verified", provider=kit.provider.name) if kit.signs else None,
        recognition=Recognition(provider=kit.provider.name),
        provider=kit.provider.name,
        policy=policy_of(kit.provider),
        origin="check",
    )
    findings = diagnose(case)
    return next((finding for finding in findings if finding.severity == "error"), None)
