"""What a status alone says, with little confidence, and which causes it cannot tell apart."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hookscope.diagnosis import answer_conditions, conditions
from hookscope.diagnosis.exchange import AnswerView
from hookscope.diagnosis.marks import header_evidence, status_evidence
from hookscope.diagnosis.readers.front import front_of
from hookscope.diagnosis.readers.redirects import framework_of
from hookscope.diagnosis.reading import Reading
from hookscope.finding import Layer
from hookscope_relay.answers import phrase

if TYPE_CHECKING:
    from hookscope.diagnosis.case import Case

BY_STATUS: dict[int, tuple[str, Layer]] = {
    400: ("validation-error", "handler"),
    401: ("signature-rejected", "handler"),
    402: ("permission-denied", "handler"),
    403: ("signature-rejected", "handler"),
    404: ("not-found", "framework"),
    405: ("method-not-allowed", "framework"),
    406: ("not-acceptable", "framework"),
    407: ("auth-required", "reverse-proxy"),
    408: ("request-timeout", "framework"),
    409: ("duplicate-delivery", "handler"),
    410: ("gone", "handler"),
    411: ("length-required", "framework"),
    413: ("body-too-large", "framework"),
    414: ("uri-too-long", "framework"),
    415: ("unsupported-media-type", "framework"),
    419: ("csrf", "framework"),
    421: ("host-not-allowed", "reverse-proxy"),
    422: ("validation-error", "handler"),
    423: ("permission-denied", "handler"),
    426: ("unexpected-upgrade", "handler"),
    429: ("rate-limited", "handler"),
    431: ("header-too-large", "framework"),
    451: ("permission-denied", "handler"),
    494: ("header-too-large", "reverse-proxy"),
    495: ("client-cert-required", "reverse-proxy"),
    496: ("client-cert-required", "reverse-proxy"),
    497: ("plain-on-tls", "reverse-proxy"),
    498: ("token-expired", "handler"),
    500: ("app-exception", "handler"),
    501: ("not-implemented", "handler"),
    502: ("app-exception", "handler"),
    503: ("app-dependency-down", "handler"),
    504: ("response-timeout", "handler"),
    505: ("malformed-request", "framework"),
    507: ("app-dependency-down", "handler"),
    511: ("login-redirect", "edge"),
    530: ("tunnel-down", "edge"),
}


GATEWAY: dict[int, tuple[str, Layer, tuple[str, ...]]] = {
    502: ("upstream-down", "reverse-proxy", ("upstream-bad-response",)),
    504: ("upstream-timeout", "reverse-proxy", ("response-timeout",)),
}
"""What only gateways answer (RFC 9110, 15.6.3 and 15.6.5), unless an application does so in its own words."""


def _own_text(answer: AnswerView) -> bool:
    """Whether an error answer says something of its own: more than its status in words."""
    said = answer.message.strip(" .·").lower()
    return answer.json is not None or (
        not answer.is_html and not answer.empty and said != phrase(answer.status).lower()
    )


def readings(case: Case, answer: AnswerView) -> Iterator[Reading]:
    """Exactly one reading, whatever the status, and a few surer ones where the form of the answer allows it."""
    yield from _challenged(answer)
    yield from _narrowed(case, answer)
    cause, layer = BY_STATUS.get(answer.status, ("unusual-status", "handler"))
    alternatives: tuple[str, ...] = ()
    if answer.status in GATEWAY and not _own_text(answer):
        cause, layer, alternatives = *GATEWAY[answer.status][:2], GATEWAY[answer.status][2]
    if answer.status not in BY_STATUS:
        layer = "handler"
    if 200 <= answer.status < 300:
        cause = "ok"
    yield Reading(
        cause=cause,
        layer=layer,
        confidence=0.3,
        alternatives=alternatives,
        product="" if layer == "handler" else framework_of(answer),
        evidence=(status_evidence(answer),),
    )


def _challenged(answer: AnswerView) -> Iterator[Reading]:
    """WWW-Authenticate says what is wanted (RFC 9110, 11.6.1)."""
    scheme = answer.get("www-authenticate").strip().lower()
    if answer.status not in {401, 403} or not scheme:
        return
    facts = (status_evidence(answer), header_evidence(answer, "www-authenticate", ""))
    front = front_of(answer)
    layer: Layer = "reverse-proxy" if front else "framework"
    product = front or framework_of(answer)
    for start, cause in (
        ("basic", "basic-auth"),
        ("digest", "digest-auth"),
        ("bearer", "bearer-missing"),
        ("jwt", "bearer-missing"),
        ("dpop", "bearer-missing"),
        ("apikey", "api-key-missing"),
        ("api-key", "api-key-missing"),
        ("token", "token-missing"),
        ("negotiate", "auth-required"),
        ("ntlm", "auth-required"),
        ("cookie", "session-required"),
        ("session", "session-required"),
        ("form", "session-required"),
    ):
        if scheme.startswith(start):
            yield Reading(cause=cause, layer=layer, confidence=0.87, product=product, evidence=facts)
            return
    yield Reading(cause="auth-required", layer=layer, confidence=0.8, product=product, evidence=facts)


@dataclass(frozen=True, slots=True)
class Likelier:
    """A status in the company of something about the request: what it makes likelier than the status alone."""

    statuses: frozenset[int]
    when: Callable[[Case], bool]
    cause: str
    layer: Layer
    confidence: float
    alternatives: tuple[str, ...] = ()


LIKELIER: tuple[Likelier, ...] = (
    Likelier(frozenset({204, 400, 403, 404, 405}), conditions.preflight, "cors-preflight", "framework", 0.49),
    Likelier(frozenset({400}), conditions.bad_header, "malformed-request", "framework", 0.48),
    Likelier(frozenset({400}), conditions.no_host, "malformed-request", "framework", 0.48),
    Likelier(
        frozenset({415}),
        conditions.encoded_body,
        "unsupported-encoding",
        "framework",
        0.47,
        ("unsupported-media-type",),
    ),
    Likelier(
        frozenset({415}), conditions.odd_charset, "unsupported-charset", "framework", 0.46, ("unsupported-media-type",)
    ),
    Likelier(frozenset({400, 422}), conditions.broken_json, "bad-json", "framework", 0.46, ("validation-error",)),
    Likelier(frozenset({400, 422}), conditions.empty_post, "empty-body", "framework", 0.45, ("validation-error",)),
    Likelier(
        frozenset({400, 413, 431}),
        conditions.long_header,
        "header-too-large",
        "framework",
        0.44,
        ("malformed-request",),
    ),
    Likelier(frozenset({400, 404, 414}), conditions.long_target, "uri-too-long", "framework", 0.43),
    Likelier(
        frozenset({400}),
        conditions.large_body,
        "body-too-large",
        "framework",
        0.42,
        ("malformed-request", "validation-error"),
    ),
    Likelier(frozenset({500}), conditions.broken_json, "bad-json", "handler", 0.42, ("app-exception",)),
    Likelier(
        frozenset({500}),
        conditions.unexplained_not_json_type,
        "unsupported-media-type",
        "framework",
        0.41,
        ("app-exception",),
    ),
    Likelier(
        frozenset({400}),
        answer_conditions.bare_answer,
        "malformed-request",
        "framework",
        0.4,
        ("body-too-large", "validation-error"),
    ),
    Likelier(
        frozenset({403}),
        conditions.empty_answer_to_public_host,
        "host-not-allowed",
        "framework",
        0.4,
        ("signature-rejected",),
    ),
    Likelier(
        frozenset({404}), answer_conditions.bare_lower_case, "not-found", "framework", 0.41, ("method-not-allowed",)
    ),
    Likelier(frozenset({404}), answer_conditions.empty_answer, "not-found", "handler", 0.4),
    Likelier(frozenset({404}), conditions.final_slash, "trailing-slash-mismatch", "framework", 0.38, ("not-found",)),
    Likelier(
        frozenset({400, 404}),
        conditions.encoded_slash,
        "encoded-slash",
        "framework",
        0.38,
        ("not-found", "malformed-request"),
    ),
    Likelier(
        frozenset({404}),
        conditions.public_host,
        "host-route-mismatch",
        "framework",
        0.38,
        ("not-found", "trailing-slash-mismatch"),
    ),
    Likelier(frozenset({404}), conditions.any_case, "not-found", "framework", 0.37, ("method-not-allowed",)),
    Likelier(frozenset({403}), answer_conditions.sets_csrf_cookie, "csrf", "framework", 0.45, ("signature-rejected",)),
    Likelier(
        frozenset({503}),
        answer_conditions.retry_after,
        "maintenance",
        "framework",
        0.37,
        ("overloaded", "rate-limited"),
    ),
    Likelier(
        frozenset({403}), conditions.unsigned, "permission-denied", "handler", 0.36, ("ip-denied", "auth-required")
    ),
)
"""The first row that fits has the highest confidence of those that fit."""


def _narrowed(case: Case, answer: AnswerView) -> Iterator[Reading]:
    for row in LIKELIER:
        if answer.status in row.statuses and row.when(case):
            yield Reading(
                cause=row.cause,
                layer=row.layer,
                confidence=row.confidence,
                product=framework_of(answer),
                alternatives=row.alternatives,
                evidence=(status_evidence(answer),),
            )
            return
