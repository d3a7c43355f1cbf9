"""A status in the company of something about the request or the answer's form:
a little surer than what the status alone says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from hookscope.diagnosis import conditions
from hookscope.diagnosis import conditions_of_answers as answers
from hookscope.diagnosis import conditions_of_signatures as signatures
from hookscope.diagnosis.case import Case
from hookscope.diagnosis.marks import status_evidence
from hookscope.diagnosis.readers.redirects import framework_of
from hookscope.diagnosis.readings import Reading
from hookscope.diagnosis.views import AnswerView
from hookscope.model.finding import Layer


@dataclass(frozen=True, slots=True)
class Likelier:
    """A status in the company of something about the request: what it makes likelier than the status alone."""

    statuses: tuple[int, ...]
    when: Callable[[Case], bool]
    cause: str
    confidence: float
    alternatives: tuple[str, ...] = ()
    layer: Layer = "framework"


LIKELIER: tuple[Likelier, ...] = (
    Likelier((204, 400, 403, 404, 405), conditions.preflight, "cors-preflight", 0.49),
    Likelier((400,), conditions.bad_header, "malformed-request", 0.48),
    Likelier((400,), conditions.no_host, "malformed-request", 0.48),
    Likelier((415,), conditions.encoded_body, "unsupported-encoding", 0.47, ("unsupported-media-type",)),
    Likelier((415,), conditions.odd_charset, "unsupported-charset", 0.46, ("unsupported-media-type",)),
    Likelier((400, 422), conditions.broken_json, "bad-json", 0.46, ("validation-error",)),
    Likelier((400, 422), conditions.empty_post, "empty-body", 0.45, ("validation-error",)),
    Likelier((400, 413, 431), conditions.long_header, "header-too-large", 0.44, ("malformed-request",)),
    Likelier((400, 404, 414), conditions.long_target, "uri-too-long", 0.43),
    Likelier((400,), conditions.large_body, "body-too-large", 0.42, ("malformed-request", "validation-error")),
    Likelier((500,), conditions.broken_json, "bad-json", 0.42, ("app-exception",), layer="handler"),
    Likelier((500,), conditions.unexplained_not_json_type, "unsupported-media-type", 0.41, ("app-exception",)),
    Likelier((400,), answers.bare_answer, "malformed-request", 0.4, ("body-too-large", "validation-error")),
    Likelier((403,), conditions.empty_answer_to_public_host, "host-not-allowed", 0.4, ("signature-rejected",)),
    Likelier((404,), answers.bare_lower_case, "not-found", 0.41, ("method-not-allowed", "trailing-slash-mismatch")),
    Likelier(
        (404,), answers.empty_of_known_length, "not-found", 0.405, ("method-not-allowed", "trailing-slash-mismatch")
    ),
    Likelier((404,), answers.empty_answer, "not-found", 0.4, ("method-not-allowed", "trailing-slash-mismatch")),
    Likelier((404,), conditions.final_slash, "trailing-slash-mismatch", 0.38, ("not-found", "method-not-allowed")),
    Likelier((400, 404), conditions.encoded_slash, "encoded-slash", 0.38, ("not-found", "malformed-request")),
    Likelier((404,), conditions.public_host, "host-route-mismatch", 0.38, ("not-found", "trailing-slash-mismatch")),
    Likelier((404,), conditions.any_case, "not-found", 0.37, ("method-not-allowed", "trailing-slash-mismatch")),
    Likelier((403,), answers.sets_csrf_cookie, "csrf", 0.75, ("signature-rejected",)),
    Likelier((503,), answers.retry_after, "maintenance", 0.37, ("overloaded", "rate-limited")),
    Likelier(
        (401,), signatures.unsigned, "signature-missing", 0.37, ("auth-required", "bearer-missing"), layer="handler"
    ),
    Likelier(
        (403,),
        signatures.unsigned_by_provider,
        "signature-missing",
        0.37,
        ("permission-denied", "ip-denied", "auth-required"),
        layer="handler",
    ),
    Likelier((400, 401, 403), signatures.stale, "timestamp-stale", 0.368, ("signature-rejected",), layer="handler"),
    Likelier(
        (401,),
        signatures.brings_token,
        "token-malformed",
        0.368,
        ("token-expired", "bearer-missing", "auth-required", "signature-rejected"),
    ),
    Likelier(
        (401,), answers.status_repeated, "auth-required", 0.36, ("signature-rejected", "bearer-missing", "guard-denied")
    ),
    Likelier(
        (403,),
        conditions.public_host,
        "signature-rejected",
        0.366,
        ("host-not-allowed", "permission-denied", "auth-required"),
        layer="handler",
    ),
    Likelier(
        (403,),
        answers.status_repeated,
        "guard-denied",
        0.365,
        ("signature-rejected", "permission-denied", "auth-required"),
    ),
    Likelier(
        (400, 422),
        answers.status_repeated,
        "validation-error",
        0.36,
        ("bad-json", "missing-field", "malformed-request"),
    ),
    Likelier(
        (403,),
        signatures.unsigned,
        "permission-denied",
        0.36,
        ("signature-missing", "ip-denied", "auth-required"),
        layer="handler",
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
