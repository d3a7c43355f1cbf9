"""What a status alone says, with little confidence, and which causes it cannot tell apart."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hookscope.diagnosis import conditions_of_answers
from hookscope.diagnosis.case import Case
from hookscope.diagnosis.marks import header_evidence, status_evidence
from hookscope.diagnosis.names import languages_of
from hookscope.diagnosis.readers.redirects import framework_of
from hookscope.diagnosis.readers.server_pages import front_of
from hookscope.diagnosis.readings import Reading
from hookscope.diagnosis.views import AnswerView
from hookscope.model.finding import Layer
from hookscope_relay.delivery import header_values
from hookscope_relay.made_answers import phrase

BY_STATUS: dict[int, tuple[str, Layer]] = {
    400: ("validation-error", "framework"),
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
    426: ("unexpected-upgrade", "framework"),
    429: ("rate-limited", "framework"),
    431: ("header-too-large", "framework"),
    451: ("permission-denied", "handler"),
    494: ("header-too-large", "reverse-proxy"),
    495: ("client-cert-required", "reverse-proxy"),
    496: ("client-cert-required", "reverse-proxy"),
    497: ("plain-on-tls", "reverse-proxy"),
    498: ("token-expired", "handler"),
    500: ("app-exception", "handler"),
    501: ("method-not-allowed", "framework"),
    502: ("app-exception", "handler"),
    503: ("app-dependency-down", "handler"),
    504: ("response-timeout", "handler"),
    505: ("malformed-request", "framework"),
    507: ("app-dependency-down", "handler"),
    511: ("login-redirect", "edge"),
    530: ("tunnel-down", "edge"),
}


ALSO: dict[int, tuple[str, ...]] = {
    400: ("missing-field", "bad-json", "malformed-request"),
    401: ("auth-required", "bearer-missing", "token-missing", "api-key-missing", "session-required", "basic-auth"),
    403: ("permission-denied", "auth-required", "token-missing", "csrf"),
    404: ("method-not-allowed", "trailing-slash-mismatch"),
    405: ("static-post",),
    422: ("missing-field", "bad-json"),
    500: ("app-dependency-down", "missing-field"),
    501: ("not-implemented", "not-found"),
    503: ("overloaded", "maintenance"),
}
"""What else a status means as often, where the answer does not say more than that."""


GATEWAY: dict[int, tuple[str, Layer, tuple[str, ...]]] = {
    502: ("upstream-down", "reverse-proxy", ("upstream-bad-response",)),
    503: ("upstream-down", "reverse-proxy", ("maintenance", "overloaded", "rate-limited")),
    504: ("upstream-timeout", "reverse-proxy", ("response-timeout", "upstream-bad-response", "upstream-down")),
}
"""What those answer who stand in front (RFC 9110, 15.6.3 to 15.6.5), unless an application does so in its own words."""


def _own_text(case: Case, answer: AnswerView) -> bool:
    """Whether an error answer says something of its own:
    more than its status in words and the path that was asked for."""
    if answer.is_html:
        return False
    said = re.sub(
        r"\b(the|http|error|code|status|message|sorry|temporarily|temporary|server|proxy|a|an|is|was|has|occurred)\b|\d{3}|[^a-z/ ]",
        " ",
        answer.message.lower(),
    )
    left = set(said.replace(case.request.path.lower(), " ").split()) - _GATEWAY_WORDS
    return bool(left)


# What the statuses of gateways are called, over and over.
_GATEWAY_WORDS = frozenset(
    ["bad", "gateway", "service", "unavailable", "time", "timeout", "timed", "out", "not", "available", "time-out"]
)


def _serves_files(answer: AnswerView) -> bool:
    """Whether a server that does not know POST at all is one of files: it has a name or a page,
    and they are none of an application's."""
    return (bool(answer.get("server")) or answer.is_html) and not languages_of(answer.told)


def _says_not_implemented(answer: AnswerView) -> bool:
    """Whether a 501 is a handler's own: it says so in words that are not the status',
    which is about methods (RFC 9110, 15.6.2)."""
    own = answer.json is not None or (
        not answer.is_html and re.search(r"implement|support|todo|later", answer.low) is not None
    )
    return own and answer.message.strip(" .") not in {phrase(answer.status), f"{answer.status} {phrase(answer.status)}"}


def readings(case: Case, answer: AnswerView) -> Iterator[Reading]:
    """Exactly one reading, whatever the status, and a surer one where the answer challenges its caller."""
    yield from _challenged(case, answer)
    cause, layer = BY_STATUS.get(answer.status, ("unusual-status", "handler"))
    alternatives = ALSO.get(answer.status, ())
    confidence = 0.3
    if answer.status in GATEWAY and not _own_text(case, answer):
        cause, layer, alternatives = GATEWAY[answer.status]
        confidence = 0.5
    if answer.status in {400, 422} and not answer.is_html and _own_text(case, answer):
        alternatives = ("missing-field",)
    if answer.status == 501 and _says_not_implemented(answer):
        cause, layer, alternatives = "not-implemented", "handler", ("method-not-allowed",)
        confidence = 0.85
    elif answer.status == 501 and case.request.method == "POST" and _serves_files(answer):
        cause, layer, alternatives = "static-post", "reverse-proxy", ("method-not-allowed",)
    if answer.status not in BY_STATUS:
        layer = "handler"
    if answer.status in {400, 422} and conditions_of_answers.repeats_status(answer):
        layer = "framework"
    if 200 <= answer.status < 300:
        cause = "ok"
    yield Reading(
        cause=cause,
        layer=layer,
        confidence=confidence,
        alternatives=alternatives,
        product="" if layer == "handler" else framework_of(answer),
        evidence=(status_evidence(answer),),
        bare=True,
    )


# RFC 6750, 3.1: what is wrong with the token that came. Without one, servers leave the error out, or ought to.
_TOKEN_ERRORS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("expired", "token-expired", ("token-malformed",)),
    ("invalid_token", "token-malformed", ("token-expired", "bearer-missing")),
    ("insufficient_scope", "guard-denied", ("permission-denied",)),
)


_SCHEMES: tuple[tuple[str, str], ...] = (
    ("basic", "basic-auth"),
    ("digest", "digest-auth"),
    ("bearer", "bearer-missing"),
    ("jwt", "bearer-missing"),
    ("dpop", "bearer-missing"),
    ("apikey", "api-key-missing"),
    ("api-key", "api-key-missing"),
    ("api_key", "api-key-missing"),
    ("token", "token-missing"),
    ("negotiate", "auth-required"),
    ("ntlm", "auth-required"),
    ("cookie", "session-required"),
    ("session", "session-required"),
    ("form", "session-required"),
)
"""What a challenge's scheme asks for; where several are offered, the first of this table is the easiest to meet."""


def _challenged(case: Case, answer: AnswerView) -> Iterator[Reading]:
    """WWW-Authenticate says what is wanted (RFC 9110, 11.6.1), in one challenge or several."""
    challenges = [value.strip().lower() for value in header_values(answer.answer.headers, "www-authenticate") if value]
    if answer.status not in {401, 403} or not challenges:
        return
    facts = (status_evidence(answer), header_evidence(answer, "www-authenticate", ""))
    front = front_of(answer)
    layer: Layer = "reverse-proxy" if front else "framework"
    product = front or framework_of(answer)
    scheme = challenges[0]
    if scheme.startswith("bearer") and "error=" in scheme and case.request.get("authorization"):
        for word, cause, others in _TOKEN_ERRORS:
            if word in scheme:
                yield Reading(
                    cause=cause, layer=layer, confidence=0.97, product=product, alternatives=others, evidence=facts
                )
                return
    asked = [cause for start, cause in _SCHEMES if any(scheme.startswith(start) for scheme in challenges)]
    cause, *more = dict.fromkeys(asked or ["auth-required"])
    yield Reading(
        cause=cause,
        layer=layer,
        confidence=0.87 if asked else 0.8,
        product=product,
        alternatives=tuple(more),
        evidence=facts,
    )
