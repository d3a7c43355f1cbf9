"""The first question to a handler: does it take a valid delivery?

If not, in which way would it; that way names the fault.

A handler that re-serialises JSON, compares another form of the signature or listens at the other slash takes a delivery
that was made as it expects. All other checks are then made that way, so that one fault does not hide the rest.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace
from typing import TypeAlias, get_args

from hookscope.diagnosis.case import Case
from hookscope.diagnosis.engine import diagnose
from hookscope.diagnosis.from_capture import policy_of
from hookscope.diagnosis.urls import other_slash
from hookscope.model.capture import Attempt
from hookscope.model.finding import Finding
from hookscope.model.secret import Secret
from hookscope.model.verdict import Recognition, Verdict
from hookscope.providers.provider import Encoding, Scheme, Unit
from hookscope.text.safe import safe_text
from hookscope.tools.check.fact import HandlerReply, Judgement, ask
from hookscope.tools.check.kit import AS_SENT, Kit, Way
from hookscope.tools.check.misreads import WRITTEN_AGAIN, Misread, misreads
from hookscope.tools.check.rewrites import rewritten, twins
from hookscope.tools.samples.sample import Sample
from hookscope_relay.delivery import Delivery

AS_THEY_CAME = "compute the signature over the bytes and texts as they came"
WHOLE_URL = (
    "verify for the URL that the provider calls: build it from X-Forwarded-Proto, -Host and -Prefix, or take it from a"
    " setting"
)
OTHER_UNITS: dict[str, tuple[Unit, str]] = {
    "s": ("ms", "milliseconds in the place of seconds"),
    "ms": ("s", "seconds in the place of milliseconds"),
}
RAW_BODY, SIGNATURE_FORM, SLASH, SPEED = "raw-body", "signature-form", "slash", "speed"


@dataclass(frozen=True, slots=True)
class FirstContact:
    """What came of it: the judgement on `valid`, the way in (None: there is none),
    and the check that a refusal is the fault of."""

    judgement: Judgement
    way: Way | None
    because: str = ""


Entering: TypeAlias = Generator[tuple[Delivery, ...], tuple[HandlerReply, ...], FirstContact]


def enter(kit: Kit) -> Entering:
    """Send a valid delivery, and where it is refused look for the way in which this handler would take it."""
    sent = kit.genuine()
    reply = yield from ask(sent)
    if reply.broke and reply.status >= 500:
        # A cold start may fail once; what counts is whether it goes on failing.
        again = yield from ask(kit.genuine())
        if again.accepted:
            return FirstContact(
                Judgement("warning", (f"the first one got {reply.said}, the second one {again.said}",)), AS_SENT
            )
    if reply.accepted:
        return FirstContact(_in_time(kit, reply), AS_SENT, SPEED if reply.elapsed_ms > kit.limit_s * 1000 else "")
    for way in _ways(kit, reply):
        shown = replace(kit, way=way)
        event = shown.event()
        if way.manner and rewritten(event.body, way.manner) == event.body:
            continue
        other = yield from ask(shown.genuine(event))
        if other.accepted:
            said = (f"it got {reply.said}", f"{way.said} is accepted with {other.said}")
            if way.fault == RAW_BODY and (doubt := (yield from _without_control(kit, way))):
                return FirstContact(Judgement("failed", (*said, doubt)), replace(way, fault=""))
            return FirstContact(Judgement("failed", said), way, way.fault)
    if kit.signs and (reply.refused or reply.status >= 500):
        misread = yield from misread_of(kit, written_again=False)
        if misread is not None:
            said = (f"it got {reply.said}", f"the same delivery with a signature of {misread.how} is accepted")
            return FirstContact(Judgement("failed", said, WHOLE_URL if misread.url else AS_THEY_CAME), None)
    return FirstContact(_refused(kit, sent, reply), None)


def misread_of(
    kit: Kit, sample: Sample | None = None, *, written_again: bool = True
) -> Generator[tuple[Delivery, ...], tuple[HandlerReply, ...], Misread | None]:
    """What the handler signs in the place of the message: the first with which it accepts a genuine body.

    `written_again` is False where JSON written again was refused already, signed as what it is.
    """
    shown = replace(kit, sample=sample) if sample is not None else kit
    if shown.wanted is None:
        return None
    for misread in misreads(shown.event(), shown.wanted):
        if not written_again and misread.how.startswith(WRITTEN_AGAIN):
            continue
        event = shown.event()
        fitting = [one for one in misreads(event, shown.wanted) if (one.kind, one.how) == (misread.kind, misread.how)]
        if not fitting:
            continue
        reply = yield from ask(shown.signed_as(event, fitting[0]))
        if reply.accepted:
            return misread
    return None


def _without_control(kit: Kit, way: Way) -> Generator[tuple[Delivery, ...], tuple[HandlerReply, ...], str]:
    """Why an accepted re-serialised body proves nothing: the body as it came,
    with a signature of the re-serialised one, is refused.

    A handler that re-serialises takes that too; one that does not took the other body for what else differs in it.
    """
    event = kit.event()
    text = rewritten(event.body, way.manner)
    reply = yield from ask(kit.signed_as(event, Misread("re-serialised", way.manner, text)))
    if reply.accepted:
        return ""
    misread = yield from misread_of(kit)
    told = f"; a signature of {misread.how} over it is accepted" if misread else ""
    ascii_only = "; that one holds only ASCII" if text.isascii() and not event.body.isascii() else ""
    return f"but it does not re-serialise: the body as it came, signed so, got {reply.said}{ascii_only}{told}"


def _in_time(kit: Kit, reply: HandlerReply) -> Judgement:
    took = f"{reply.said} in {reply.elapsed_ms:.0f} ms"
    whose = (
        f"the {kit.limit_s:g} s that {kit.provider.title if kit.limit_known else 'most senders'}"
        f" {'waits' if kit.limit_known else 'wait'}"
    )
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
    yield from _other_algorithms(scheme)
    if scheme.message != "{body}":
        yield "a signature of the body alone, without what else is signed", replace(scheme, message="{body}")
    if (parts := re.fullmatch(r"(.*\{timestamp\})(\W?)\{body\}", scheme.message)) is not None:
        yield "a signature of the body before the timestamp", replace(scheme, message="{body}" + parts[2] + parts[1])
        if parts[2]:
            yield f"a signature of both without the {parts[2]!r} between", replace(scheme, message=parts[1] + "{body}")
    if "{timestamp}" in scheme.message and scheme.unit in OTHER_UNITS:
        unit, how = OTHER_UNITS[scheme.unit]
        yield f"a signature with a timestamp in {how}", replace(scheme, unit=unit)
    if scheme.secret in ("base64", "whsec", "hex"):
        yield "a signature keyed by the secret's text, not decoded", replace(scheme, secret="text")  # noqa: S106  # the name of a form
    elif scheme.secret_prefix:
        yield "a signature keyed by the secret decoded from base64", replace(scheme, secret="whsec")  # noqa: S106  # as above


def _other_algorithms(scheme: Scheme) -> Iterator[tuple[str, Scheme]]:
    """Another hash, and with it the prefix that names it."""
    for algorithm in ("sha256", "sha1", "sha512"):
        if algorithm != scheme.algorithm:
            changed = replace(scheme, algorithm=algorithm)
            yield f"a signature by {algorithm} in the place of {scheme.algorithm}", changed
            if scheme.prefix == f"{scheme.algorithm}=":
                prefixed = replace(changed, prefix=f"{algorithm}=")
                yield f"a signature by {algorithm}, behind {prefixed.prefix!r}", prefixed


def _other_secrets(kit: Kit) -> Iterator[tuple[str, Secret]]:
    assert kit.scheme is not None and kit.secret is not None
    prefix = kit.scheme.secret_prefix.encode()
    if prefix and kit.secret.value.startswith(prefix) and kit.scheme.secret == "text":  # noqa: S105  # as above
        bare = Secret(kit.secret.provider, kit.secret.name, kit.secret.value.removeprefix(prefix))
        yield f"a signature keyed by the secret without {kit.scheme.secret_prefix}", bare
    value = kit.secret.value
    kept_in_quotes = Secret(kit.provider.name, "in its quotes", b'"' + value + b'"')
    for secret in (Secret(kit.provider.name, "with a newline", value + b"\n"), kept_in_quotes, *kit.others):
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
