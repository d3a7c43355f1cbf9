"""A status in the company of something about the request or the answer's form:
a little surer than what the status alone says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from hookscope.diagnosis import conditions, conditions_of_answers, conditions_of_signatures
from hookscope.diagnosis.case import Case
from hookscope.diagnosis.marks import status_evidence
from hookscope.diagnosis.readers.redirects import framework_of
from hookscope.diagnosis.readings import Reading
from hookscope.diagnosis.views import AnswerView
from hookscope.model.finding import Layer


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
        conditions_of_answers.bare_answer,
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
        frozenset({404}),
        conditions_of_answers.bare_lower_case,
        "not-found",
        "framework",
        0.41,
        ("method-not-allowed", "trailing-slash-mismatch"),
    ),
    Likelier(
        frozenset({404}),
        conditions_of_answers.empty_of_known_length,
        "not-found",
        "framework",
        0.405,
        ("method-not-allowed", "trailing-slash-mismatch"),
    ),
    Likelier(
        frozenset({404}),
        conditions_of_answers.empty_answer,
        "not-found",
        "framework",
        0.4,
        ("method-not-allowed", "trailing-slash-mismatch"),
    ),
    Likelier(
        frozenset({404}),
        conditions.final_slash,
        "trailing-slash-mismatch",
        "framework",
        0.38,
        ("not-found", "method-not-allowed"),
    ),
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
    Likelier(
        frozenset({404}),
        conditions.any_case,
        "not-found",
        "framework",
        0.37,
        ("method-not-allowed", "trailing-slash-mismatch"),
    ),
    Likelier(
        frozenset({403}), conditions_of_answers.sets_csrf_cookie, "csrf", "framework", 0.45, ("signature-rejected",)
    ),
    Likelier(
        frozenset({503}),
        conditions_of_answers.retry_after,
        "maintenance",
        "framework",
        0.37,
        ("overloaded", "rate-limited"),
    ),
    Likelier(
        frozenset({401}),
        conditions_of_signatures.unsigned,
        "signature-missing",
        "handler",
        0.37,
        ("auth-required", "bearer-missing"),
    ),
    Likelier(
        frozenset({403}),
        conditions_of_signatures.unsigned_by_provider,
        "signature-missing",
        "handler",
        0.37,
        ("permission-denied", "ip-denied", "auth-required"),
    ),
    Likelier(
        frozenset({400, 401, 403}),
        conditions_of_signatures.stale,
        "timestamp-stale",
        "handler",
        0.368,
        ("signature-rejected",),
    ),
    Likelier(
        frozenset({401}),
        conditions_of_answers.status_repeated,
        "auth-required",
        "framework",
        0.36,
        ("signature-rejected", "bearer-missing", "guard-denied"),
    ),
    Likelier(
        frozenset({403}),
        conditions.public_host,
        "signature-rejected",
        "handler",
        0.366,
        ("host-not-allowed", "permission-denied", "auth-required"),
    ),
    Likelier(
        frozenset({403}),
        conditions_of_answers.status_repeated,
        "guard-denied",
        "framework",
        0.365,
        ("signature-rejected", "permission-denied", "auth-required"),
    ),
    Likelier(
        frozenset({400, 422}),
        conditions_of_answers.status_repeated,
        "validation-error",
        "framework",
        0.36,
        ("bad-json", "missing-field", "malformed-request"),
    ),
    Likelier(
        frozenset({403}),
        conditions_of_signatures.unsigned,
        "permission-denied",
        "handler",
        0.36,
        ("signature-missing", "ip-denied", "auth-required"),
    ),
)
"""The first row that fits has the highest confidence of those that fit."""


def readings(case: Case, answer: AnswerView) -> Iterator[Reading]:
    """At most one reading, of the first row that fits."""
    for row in LIKELIER:
        if answer.status in row.statuses and row.when(case):
            yield Reading(
                cause=row.cause,
                layer=row.layer,
                confidence=row.confidence,
                product=framework_of(answer),
                alternatives=row.alternatives,
                evidence=(status_evidence(answer),),
                bare=True,
            )
            return
