"""What a failed test tells of its deliveries: what was sent, what came back, and what the diagnosis makes of it.

Inert text.
"""

from __future__ import annotations

from collections.abc import Iterator

from hookscope.diagnosis.case import Case
from hookscope.diagnosis.engine import diagnose
from hookscope.diagnosis.from_capture import case_of
from hookscope.model.capture import Attempt, Capture
from hookscope.model.finding import Finding
from hookscope.model.verdict import Verdict
from hookscope.model.verdict_words import tell_reason
from hookscope.pytest_plugin.delivery import FixtureDelivery
from hookscope.pytest_plugin.exchange import Exchange
from hookscope.text.safe import safe_bytes, safe_text
from hookscope_relay.delivery import Answer, Headers

MAX_EXCHANGES = 10
MAX_HEADERS = 40
MAX_VALUE = 200
MAX_BODY = 2_000
MAX_FINDINGS = 5
LEAST_SECRET = 4
OUTER_LAYERS = frozenset({"edge", "waf", "reverse-proxy", "relay", "tunnel"})

# Headers whose values are credentials, whatever the provider.
CREDENTIALS = frozenset({"authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key"})


def render_report(delivery: FixtureDelivery) -> str:
    """The account of everything that the test sent; empty where it sent nothing. The secrets are not in it."""
    exchanges = delivery.exchanges
    lines: list[str] = []
    if len(exchanges) > MAX_EXCHANGES:
        lines.append(f"({len(exchanges) - MAX_EXCHANGES} earlier ones are left out)")
    for number, exchange in list(enumerate(exchanges, 1))[-MAX_EXCHANGES:]:
        count = f" {number} of {len(exchanges)}" if len(exchanges) > 1 else ""
        lines += [*_sent(exchange, count, delivery), *_came_back(exchange, delivery), *_findings(exchange, delivery)]
    return "\n".join(lines)


def _sent(exchange: Exchange, count: str, delivery: FixtureDelivery) -> Iterator[str]:
    request = exchange.request
    words = f" ({exchange.words})" if exchange.words else ""
    yield _safe(f"sent{count}{words}, {exchange.prepared.note}, through {exchange.client}:", delivery)
    yield _safe(f"  {request.method} {exchange.url}", delivery)
    yield from _headers(request.headers, delivery)
    yield from _body(request.body, delivery)


def _came_back(exchange: Exchange, delivery: FixtureDelivery) -> Iterator[str]:
    if exchange.raised is not None:
        name = type(exchange.raised).__name__
        yield _safe(
            f"the application raised {name} after {exchange.elapsed_ms:.1f} ms: {exchange.raised}"[:500], delivery
        )
        return
    answer = exchange.answer
    if answer is None:
        yield "nothing came back: was it awaited?" if exchange.response is None else "what came back is no response"
        return
    yield _safe(f"came back after {exchange.elapsed_ms:.1f} ms:", delivery)
    yield _safe(f"  {answer.status} {answer.reason}".rstrip(), delivery)
    yield from _headers(answer.headers, delivery)
    yield from _body(answer.body, delivery)


def _findings(exchange: Exchange, delivery: FixtureDelivery) -> Iterator[str]:
    case = _case(exchange, exchange.answer, delivery)
    yield _safe(f"signature: {_verdict(case.verdict)}", delivery)
    found = diagnose(case)
    yield "findings:" if found else "findings: none"
    for finding in found[:MAX_FINDINGS]:
        yield from (_safe(line, delivery) for line in _finding(finding, exchange.is_inside))
    if len(found) > MAX_FINDINGS:
        yield f"  and {len(found) - MAX_FINDINGS} more"


def _case(exchange: Exchange, answer: Answer | None, delivery: FixtureDelivery) -> Case:
    signer = delivery.signer
    attempt = Attempt(
        number=1,
        origin="fixture",
        handler_url=exchange.url,
        started_at=exchange.started_at,
        elapsed_ms=exchange.elapsed_ms,
        answer=answer,
    )
    sent = exchange.prepared.delivery
    # Signed anew, what was redacted takes no part in the signature any more.
    redacted = () if exchange.prepared.is_fresh else delivery.capture.redacted
    capture = Capture(
        delivery=sent, attempts=(attempt,) if answer else (), provider=delivery.provider, redacted=redacted
    )
    return case_of(capture, signer.providers, tuple(signer.verifying(sent)))


def _verdict(verdict: Verdict | None) -> str:
    if verdict is None:
        return "not looked at, for want of a secret"
    words = f"{verdict.state} ({reason})" if (reason := tell_reason(verdict)) else verdict.state
    return f"{words}, by the scheme {verdict.scheme}" if verdict.scheme else words


def _finding(finding: Finding, is_inside: bool) -> Iterator[str]:
    title, hint = finding.title, finding.hint_for(0)
    if is_inside and finding.product and finding.layer in OUTER_LAYERS:
        # No server adds its headers here, and a bare answer may look like that of some proxy; there is none.
        title, hint = (text.replace(finding.product, "the application") for text in (title, hint))
    yield f"  {finding.severity} {finding.code}: {title}"
    yield from (f"    - {fact.text}" for fact in finding.evidence)
    if hint:
        yield f"    → {hint}"


def _headers(headers: Headers, delivery: FixtureDelivery) -> Iterator[str]:
    for name, value in headers[:MAX_HEADERS]:
        shown = f"({len(value)} characters, not shown)" if name.lower() in CREDENTIALS else value
        yield _safe(f"  {name}: {_cut(_masked(shown, delivery), MAX_VALUE)}", delivery)
    if len(headers) > MAX_HEADERS:
        yield f"  and {len(headers) - MAX_HEADERS} more headers"


def _body(body: bytes, delivery: FixtureDelivery) -> Iterator[str]:
    if not body:
        return
    masked = body
    for secret in delivery.signer.secrets:
        if len(secret.value) >= LEAST_SECRET:
            masked = masked.replace(secret.value, f"(secret {secret.fingerprint})".encode())
    text = safe_bytes(masked[:MAX_BODY], multiline=True)
    yield from (f"  {line}" for line in ("", *text.split("\n")))
    if len(masked) > MAX_BODY:
        yield f"  ({len(body):,} bytes in all)"


def _masked(text: str, delivery: FixtureDelivery) -> str:
    """The text with the test's secrets named by their fingerprints: a log of a test run is read by many."""
    for secret in delivery.signer.secrets:
        if len(secret.value) >= LEAST_SECRET:
            text = text.replace(secret.value.decode("utf-8", "replace"), f"(secret {secret.fingerprint})")
    return text


def _safe(line: str, delivery: FixtureDelivery) -> str:
    return safe_text(_masked(line, delivery))


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[:length]}… ({len(text):,} characters)"
