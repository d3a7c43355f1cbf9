"""Signatures: what our own verification says, and whether the handler agrees."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hookscope.diagnosis import needs
from hookscope.diagnosis.by_design import design
from hookscope.diagnosis.case import Case
from hookscope.diagnosis.raw_body_advice import raw_body_hint
from hookscope.diagnosis.readings import Reading
from hookscope.diagnosis.rule import Rule, watches
from hookscope.diagnosis.rules.design import by_design
from hookscope.model.finding import Evidence, Finding
from hookscope.model.public_path import cut_prefix, seen_url
from hookscope.model.verdict import Verdict
from hookscope.model.verdict_words import tell_cause, tell_mistake, tell_reason
from hookscope.providers.registry import load_providers
from hookscope.text.timestamp import render_time

_TOKEN = re.compile(r"-token$|^authorization$", re.IGNORECASE)
REFUSED_FOR_SIGNATURE = frozenset({"signature-rejected", "signature-missing", "timestamp-stale", "permission-denied"})


def _accepted(case: Case) -> bool:
    return case.answer is not None and 200 <= case.answer.status < 300


def _advice(verdict: Verdict) -> str:
    if verdict.mistakes:
        best = verdict.mistakes[0]
        return best.fix or tell_mistake(best)
    ruled_out = f"; ruled out: {', '.join(verdict.ruled_out[:4])}" if verdict.ruled_out else ""
    return f"Compare the signing secret at {verdict.provider or 'the provider'} with the one configured here{ruled_out}"


def _header_fact(case: Case) -> Evidence:
    for name, value in case.delivery.headers:
        low = name.lower()
        if "signature" in low or "hmac" in low or low.startswith("x-hub-"):
            return Evidence(f"{name}: {value[:100]}", f"request.headers.{name}", 0, len(value))
    # The secret itself: it is named, and not told.
    token = next((name for name, _ in case.delivery.headers if _TOKEN.search(name)), "")
    if token:
        return Evidence(f"the sender's token stands in {token}", f"request.headers.{token}")
    return Evidence("there is no signature header", "request.headers")


def _finding(case: Case, verdict: Verdict, code: str) -> Finding:
    mistake = verdict.mistakes[0] if verdict.mistakes else None
    facts = [Evidence(f"our verification: {tell_reason(verdict)}", "verdict"), _header_fact(case)]
    if mistake is not None:
        facts.append(Evidence(tell_mistake(mistake)[:200], "verdict"))
    return Finding(
        code=code,
        severity="warning" if _accepted(case) else "error",
        cause="signature-mismatch",
        layer="sender",
        product=verdict.provider,
        title=f"The signature does not verify: {tell_cause(verdict)}",
        hint=_advice(verdict),
        evidence=tuple(facts),
        confidence=mistake.confidence if mistake else 0.95,
    )


@watches(
    "signature.verified",
    "ok",
    examples=("X-Notion-Signature is the HMAC of the body with the kept token",),
    needs=needs.verified,
)
def verified(case: Case, reading: Reading | None) -> Iterator[Finding]:
    """The delivery's signature verifies with a configured secret.

    Sees: our verdict.
    Why: the delivery comes from who it says, unchanged; what follows is not the signature's fault.
    Do: nothing.
    """
    verdict = case.verdict
    if verdict is not None and verdict.state == "verified":
        yield Finding(
            code="signature.verified",
            severity="info",
            cause="ok",
            layer="sender",
            product=verdict.provider,
            title=(
                f"The {verdict.provider or 'signature'} signature verifies"
                if verdict.provider
                else "The signature verifies"
            ),
            hint="Nothing to do",
            evidence=(Evidence(_verified_with(verdict, case.secret_given_at), "verdict"), _header_fact(case)),
        )


def _verified_with(verdict: Verdict, given_at: float) -> str:
    if given_at:
        return f"verified now with the secret given at {render_time(given_at)} ({verdict.secret})"
    return f"verified with the secret {verdict.secret}" if verdict.secret else "verified"


@watches(
    "signature.mismatch",
    "signature-mismatch",
    examples=("the secret has a trailing newline", "the body was re-serialised on its way"),
    needs=needs.rejected,
)
def mismatch(case: Case, reading: Reading | None) -> Iterator[Finding]:
    """The delivery's signature does not verify with any configured secret.

    Sees: our verdict, with the mistake that reproduces the received signature where one does.
    Why: a handler that verifies will refuse it; one that accepts it does not verify.
    Do: what the mistake's fix says; else compare the secrets on both sides.
    """
    verdict = case.verdict
    if verdict is not None and verdict.state == "rejected" and not _refused(reading) and design(case) is None:
        yield _finding(case, verdict, "signature.mismatch")


@watches(
    "signature.explains-refusal",
    "signature-mismatch",
    leads=True,
    examples=("the handler answers 401 `Invalid signature`, and our verification says why",),
    needs=needs.rejected,
)
def explains_refusal(case: Case, reading: Reading | None) -> Iterator[Finding]:
    """The handler refuses the delivery for its signature, and rightly: ours does not verify either.

    Sees: our verdict `rejected`, and a handler's refusal that speaks of the signature or gives no reason.
    Why: the cause is the secret or the bytes, not the handler's code.
    Do: what the mistake's fix says; else compare the secrets on both sides.
    """
    verdict = case.verdict
    if verdict is not None and verdict.state == "rejected" and _refused(reading) and design(case) is None:
        yield _finding(case, verdict, "signature.explains-refusal")


def _refused(reading: Reading | None) -> bool:
    return reading is not None and reading.cause in REFUSED_FOR_SIGNATURE


@watches(
    "signature.unverified",
    "signature-unverified",
    examples=("a Notion delivery without X-Notion-Signature", "no secret configured for github"),
    needs=needs.unchecked,
)
def unverified(case: Case, reading: Reading | None) -> Iterator[Finding]:
    """The delivery was not verified: it is unsigned, or no secret is configured.

    Sees: our verdict `unsigned` or `no-secret`.
    Why: whoever knows the URL can send such a delivery.
    Do: configure the secret; where the provider signs and this is not signed, do not trust it.
    """
    verdict = case.verdict
    if verdict is None or verdict.state not in {"unsigned", "no-secret"} or design(case) is not None:
        return
    unsigned = verdict.state == "unsigned"
    handshake = bool(case.recognition and case.recognition.handshake)
    automation = _is_automation(case)
    title = f"No secret is configured for {verdict.provider or 'this provider'}: the signature was not checked"
    if unsigned:
        title = f"The delivery carries no {verdict.provider + ' ' if verdict.provider else ''}signature"
    hint = (
        f"Keep its secret with `hookscope secret set {verdict.provider or 'PROVIDER'}` (key S): this one is"
        " checked with it then, and so is what comes"
    )
    if automation:
        hint = (
            "This comes from Notion's “Send webhook” action, which signs nothing: check a custom header that you set in"
            " the action"
        )
    elif unsigned:
        hint = "The provider signs its deliveries: this one comes from somebody else, or a proxy dropped the header"
    yield Finding(
        code="signature.unverified",
        severity="warning" if unsigned and not handshake and not automation else "info",
        cause="signature-unverified",
        layer="sender",
        product=verdict.provider,
        title=title,
        hint=hint,
        evidence=(Evidence(f"our verification: {verdict.state}", "verdict"), _header_fact(case)),
        confidence=0.95,
    )


def _is_automation(case: Case) -> bool:
    body = case.request.json
    source = body.get("source") if isinstance(body, dict) else None
    return isinstance(source, dict) and source.get("type") == "automation"


@watches(
    "signature.handler-disagrees",
    "handler-check-disagrees",
    leads=True,
    examples=("ours verifies, the handler answers 401 `Invalid signature`: it hashes JSON.stringify(req.body)",),
    needs=needs.verified_in_vain,
)
def handler_disagrees(case: Case, reading: Reading | None) -> Iterator[Finding]:
    """Our verification holds, and the handler refuses the delivery as if it did not.

    Sees: our verdict `verified`, and a refusal for the signature or without a reason.
    Why: the handler uses another secret, or checks other bytes than those that came (re-serialised JSON).
    Do: give the handler the same secret, and let it verify the raw body.
    """
    verdict = case.verdict
    if verdict is None or verdict.state != "verified" or reading is None or reading.cause not in REFUSED_FOR_SIGNATURE:
        return
    if reading.cause == "permission-denied":
        return
    seen = _seen_url(case)
    yield Finding(
        code="signature.handler-disagrees",
        severity="error",
        cause="handler-check-disagrees",
        layer="tunnel" if seen else "handler",
        product="" if seen else reading.product,
        title=(
            "The signature verifies for the URL that was called, and your handler sees another URL"
            if seen
            else "The signature verifies here, but your handler refuses it"
        ),
        hint=_what_differs(case, reading),
        evidence=(Evidence("our verification: verified", "verdict"), *reading.evidence),
        confidence=min(0.95, reading.confidence + 0.1),
        alternatives=reading.alternatives,
    )


# A header that a refusal names: x-acme-signature, Stripe-Signature, svix-id.
_NAMED_HEADER = re.compile(
    r"\b((?:x-[a-z0-9]+(?:-[a-z0-9]+)*|[a-z0-9]+(?:-[a-z0-9]+)*-signature(?:-[a-z0-9]+)?|(?:svix|webhook)-[a-z]+))\b",
    re.I,
)


_FORMS = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})
_FORM_ADVICE = (
    "This delivery is a form: where only the JSON parser keeps the raw body, a form's is missing or empty, so keep it"
    " for forms too (express.urlencoded({ verify }) beside express.json({ verify }))"
)


def _what_differs(case: Case, reading: Reading) -> str:
    """What to compare, by what the handler itself says: its clock, the header that it looks for,
    or else its bytes and its secret."""
    if reading.cause == "timestamp-stale":
        return (
            "The handler finds the signed timestamp too old: compare its unit (seconds against milliseconds), its"
            " clock, and the age it allows; a replay is as old as its delivery, unless it is signed anew"
        )
    said = case.answer.message if case.answer is not None else ""
    wanted = _NAMED_HEADER.search(said)
    if wanted is not None and reading.cause == "signature-missing" and wanted[1].lower() not in case.request.headers:
        return (
            f"The handler looks for {wanted[1]}, and this provider sends {_header_fact(case).text.partition(':')[0]}:"
            " read that header"
        )
    if url := _seen_url(case):
        return (
            f"{case.sender} signs the URL that it called, {case.delivery.url[:160]}; the tunnel takes"
            f" {cut_prefix(case.delivery, _target(case))} off its path, so that the handler sees {url[:160]}. Let it"
            " put X-Forwarded-Prefix before the path; or give it the URL that was called as a setting; or register the"
            " endpoint's subdomain, if the relay has them, whose path is whole. `hookscope probe` signs anew for the"
            " URL that it sees, and proves it"
        )
    if case.request.media in _FORMS:
        return f"{_FORM_ADVICE}. {raw_body_hint(reading.product)}"
    return raw_body_hint(reading.product)


def _target(case: Case) -> str:
    sent = case.attempt.request if case.attempt else None
    return sent.target if sent else case.delivery.target


def _seen_url(case: Case) -> str:
    """The URL that the handler sees in the place of the one that was called and signed;
    empty where that makes no difference."""
    provider = load_providers().get(case.sender)
    signed = provider is not None and any("{url}" in scheme.message for scheme in provider.schemes)
    return seen_url(case.delivery, _target(case)) if signed else ""


RULES: tuple[Rule, ...] = (verified, mismatch, explains_refusal, unverified, by_design, handler_disagrees)
