"""Answers whose form is wrong: cut short, contradictory, endless,
or larger than what stands between them and a sender."""

from __future__ import annotations

from collections.abc import Iterator

from hookscope.diagnosis.case import Case
from hookscope.diagnosis.marks import header_evidence, status_evidence
from hookscope.diagnosis.readings import Reading
from hookscope.diagnosis.views import AnswerView
from hookscope.model.finding import Evidence, Layer
from hookscope_relay.delivery import header_values

# nginx' proxy buffers hold 4 or 8 KiB of headers, node 16 KiB, HAProxy 16 KiB and 101 headers.
HEADER_BYTES = 16 * 1024
HEADER_COUNT = 101
BODILESS = frozenset({204, 304})
STREAMS = frozenset({"application/x-ndjson", "application/jsonl", "multipart/x-mixed-replace"})


def readings(case: Case, answer: AnswerView) -> Iterator[Reading]:
    """At most a few readings of the answer's form."""
    yield from _contradictory(answer)
    yield from _switched(case, answer)
    if not case.passed_on:
        yield from _short(case, answer)
    # Who sends webhooks waits for the end, however the answer goes; whoever else asks for a stream wants one.
    if not case.passed_on or case.provider:
        yield from _streaming(case, answer)
    yield from _heavy(answer)
    yield from _cut_chunks(answer)


def _switched(case: Case, answer: AnswerView) -> Iterator[Reading]:
    if case.switched:
        yield Reading(cause="ok", layer="handler", confidence=0.98, evidence=(status_evidence(answer),))
    elif answer.status == 101:
        evidence = (status_evidence(answer), header_evidence(answer, "upgrade", ""))
        yield Reading(cause="unexpected-upgrade", layer="handler", confidence=0.98, evidence=evidence)


def _contradictory(answer: AnswerView) -> Iterator[Reading]:
    lengths = header_values(answer.answer.headers, "content-length")
    place = f"answer.headers.{answer.spelt('content-length')}"
    if len(set(lengths)) > 1:
        fact = Evidence(f"two lengths: {', '.join(lengths)[:80]}", place)
        yield Reading(cause="malformed-response", layer="transport", confidence=0.97, evidence=(fact,))
    elif lengths and "chunked" in answer.get("transfer-encoding").lower():
        fact = Evidence("Content-Length and Transfer-Encoding together (RFC 9112, 6.3)", place)
        yield Reading(cause="malformed-response", layer="transport", confidence=0.96, evidence=(fact,))
    elif lengths and lengths[0].strip() not in {"", "0"} and answer.status == 204:
        fact = Evidence(f"204 with Content-Length: {lengths[0][:20]} (RFC 9110, 8.6)", place)
        yield Reading(
            cause="malformed-response", layer="handler", confidence=0.96, evidence=(fact,), alternatives=("ok",)
        )


def _short(case: Case, answer: AnswerView) -> Iterator[Reading]:
    announced = answer.get("content-length").strip()
    got = len(answer.answer.body)
    if case.redacted:  # a placeholder need not be as long as what it stands for
        return
    if case.request.method == "HEAD" or answer.status in BODILESS or not announced.isdecimal() or len(announced) > 15:
        return
    if len(set(header_values(answer.answer.headers, "content-length"))) > 1 or int(announced) <= got or got >= 65536:
        return
    fact = Evidence(f"{got} of {announced} bytes came", f"answer.headers.{answer.spelt('content-length')}")
    waited = case.attempt.elapsed_ms if case.attempt else 0.0
    if waited >= 1000:
        yield Reading(
            cause="response-timeout",
            layer="handler",
            confidence=0.96,
            evidence=(fact, Evidence(f"then nothing for {waited:.0f} ms", "attempt")),
        )
        return
    yield Reading(cause="content-length-mismatch", layer=_carrier(answer), confidence=0.96, evidence=(fact,))


def _carrier(answer: AnswerView) -> Layer:
    server = answer.get("server").lower()
    return (
        "reverse-proxy"
        if server.startswith(("nginx", "apache", "caddy", "haproxy", "lighttpd", "openresty"))
        else "transport"
    )


def _streaming(case: Case, answer: AnswerView) -> Iterator[Reading]:
    slow = case.attempt is not None and case.attempt.elapsed_ms >= 1000
    endless = answer.media == "text/event-stream" or (answer.media in STREAMS and slow)
    if endless and 200 <= answer.status < 300:
        evidence = (status_evidence(answer), header_evidence(answer, "content-type", answer.media))
        yield Reading(cause="streaming-response", layer="handler", confidence=0.97, evidence=evidence)


def _heavy(answer: AnswerView) -> Iterator[Reading]:
    sizes = {name: len(name) + len(value) + 4 for name, value in answer.answer.headers}
    total = sum(len(name) + len(value) + 4 for name, value in answer.answer.headers)
    if total <= HEADER_BYTES and len(answer.answer.headers) <= HEADER_COUNT:
        return
    largest = max(sizes, key=lambda name: sizes[name])
    fact = Evidence(
        f"{len(answer.answer.headers)} headers of {total} bytes, the largest is {largest[:60]}",
        f"answer.headers.{largest[:60]}",
    )
    yield Reading(
        cause="response-headers-too-large",
        layer="handler",
        confidence=0.97 if answer.status < 400 else 0.4,
        evidence=(fact,),
    )


def _cut_chunks(answer: AnswerView) -> Iterator[Reading]:
    """A chunked success without any content, type or date: servers that end their answers send one of these."""
    bare = not answer.empty or answer.get("content-type") or answer.get("date") or answer.get("server")
    if answer.status == 200 and "chunked" in answer.get("transfer-encoding").lower() and not bare:
        fact = header_evidence(answer, "transfer-encoding", "chunked")
        yield Reading(
            cause="invalid-chunked", layer="transport", confidence=0.9, evidence=(status_evidence(answer), fact)
        )
