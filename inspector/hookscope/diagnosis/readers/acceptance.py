"""A 2xx: accepted, or one of the answers that only look like it (a page, a login form, an error in the body,
nobody at all)."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from hookscope.diagnosis import conditions
from hookscope.diagnosis.body_bytes import READ_BYTES
from hookscope.diagnosis.case import Case
from hookscope.diagnosis.envelopes import envelope, false_key
from hookscope.diagnosis.marks import body_evidence, header_evidence, name_with_version, status_evidence
from hookscope.diagnosis.quotes import key_with_value, spoken
from hookscope.diagnosis.readers.redirects import framework_of
from hookscope.diagnosis.readings import Reading
from hookscope.diagnosis.views import AnswerView, is_json_type
from hookscope.model.finding import Evidence, Layer

SLOW_MS = 3000.0
"""Slack's limit, the shortest that a large provider documents (https://docs.slack.dev/apis/events-api/)."""

_PASSWORD = re.compile(
    r"<input[^>]{0,300}type\s*=\s*[\"']?password|action\s*=\s*[\"']?[^\s\"'>]{0,200}j_security_check", re.I
)
_SINGLE_PAGE = re.compile(
    r"<div\s+id=[\"']?(root|app|__next|__nuxt|svelte|q-app)[\"']?[^>]*>\s*(?:<!--.{0,80}?-->)?\s*</div>|<app-root|<script[^>]{0,200}type=[\"']?module",
    re.I | re.S,
)
_DEV_PAGE = ("/@vite/client", "webpack-dev-server", "/sockjs-node", "/@react-refresh", "/ng-cli-ws")
_RENDERED = ("/_next/static/", "/_next/image", "__sveltekit", "_astro/", "/_nuxt/", "data-astro-", "__remixcontext")
_FATAL = re.compile(
    r"(fatal|parse|uncaught) error:|uncaught (exception|\w*error|\w*exception)|traceback \(most recent call last\)|stack trace:\s*#0|"
    r"unhandled exception",
    re.I,
)
# PHP goes on after these: the work may be done in part.
_WARNED = re.compile(
    r"<b>(warning|notice|deprecated)</b>:|(?:^|\n)\s*(?:php )?(warning|notice|deprecated): .{1,300} in \S+ on line \d+",
    re.I,
)
_HEAD = 2048
_REFUSAL = re.compile(
    r"^\W*(error\b|exception\b|invalid|bad (signature|request|json|token)|unauthori[sz]ed|forbidden|access denied|permission denied|not found|failed|failure|"
    r"wrong|missing|could not|unable to|internal (server )?error|signature (mismatch|invalid|verification failed)|no such|denied|csrf)|"
    r"\b(?:rules?|conditions?|triggers?|signature|checks?) (?:were|was|is|are) not (?:satisfied|met|fulfilled|matched|valid)\b|"
    r"^\W*no (?:rule|hook|trigger|workflow)s? (?:matche[sd]|found)\b",
    re.I,
)
# What such words are about where a handler tells of its work: errors that it took care of.
_TAKEN_CARE_OF = re.compile(
    r"\b(received|recorded|removed|updated|noted|logged|stored|handled|skipped|ignored|processed|saved|queued|resolved|notified|is fine|"
    r"created|added|acknowledged|forwarded|scheduled|registered|retried|retrying|continuing|completed|done|success\w*|(?<!not )accepted)\b",
    re.I,
)
_NOT_HTTP = re.compile(r"^(SSH-|220 |\+OK|-ERR|\* OK|RFB |AMQP|<\?xml[^>]*><stream|HTTP/)")
_STATIC_SERVERS: tuple[tuple[str, str, Layer], ...] = (
    ("nginx", "nginx", "reverse-proxy"),
    ("openresty", "openresty", "reverse-proxy"),
    ("apache", "Apache httpd", "reverse-proxy"),
    ("caddy", "Caddy", "reverse-proxy"),
    ("lighttpd", "lighttpd", "reverse-proxy"),
    ("simplehttp", "Python http.server", "dev-server"),
    ("werkzeug", "Werkzeug", "framework"),
)


def readings(case: Case, answer: AnswerView) -> Iterator[Reading]:
    """The readings of a 2xx; `ok` is always among them."""
    if not 200 <= answer.status < 300:
        return
    yield _accepted(case, answer)
    yield from _error_inside(answer)
    yield from _not_a_handler(case, answer)
    if answer.is_html or _is_file(answer):
        yield from _page(case, answer)


def _accepted(case: Case, answer: AnswerView) -> Reading:
    elapsed = case.attempt.elapsed_ms if case.attempt else 0.0
    slow = elapsed >= SLOW_MS and not conditions.expects(case) and not case.passed_on
    facts = [status_evidence(answer)]
    if slow:
        facts.append(Evidence(f"it came after {elapsed:.0f} ms", "attempt.elapsed_ms"))
    return Reading(
        cause="slow-ok" if slow else "ok",
        layer="handler",
        confidence=0.7,
        evidence=tuple(facts),
        alternatives=("ok",) if slow else (),
    )


def _error_inside(answer: AnswerView) -> Iterator[Reading]:
    if _cut(answer):
        yield Reading(
            cause="content-length-mismatch",
            layer="handler",
            confidence=0.9,
            evidence=(status_evidence(answer), header_evidence(answer, "content-length", "")),
            hint="Content-Length counts bytes, not characters: the JSON in the answer is cut off at its end",
        )
    if (said := envelope(answer.json)) is not None and (key := false_key(said)):
        facts = list(dict.fromkeys(filter(None, (key_with_value(answer, key), spoken(answer)))))
        yield Reading(cause="ok-with-error-body", layer="handler", confidence=0.9, evidence=tuple(facts))
    words = answer.visible
    if answer.json is None and (found := _FATAL.search(answer.visible) or _FATAL.search(answer.text[:_HEAD])):
        facts = [fact for fact in (status_evidence(answer), body_evidence(answer, found[0])) if fact]
        yield Reading(
            cause="app-exception", layer="handler", confidence=0.93, product=framework_of(answer), evidence=tuple(facts)
        )
    elif answer.json is None and (found := _WARNED.search(answer.visible) or _WARNED.search(answer.text[:_HEAD])):
        facts = [fact for fact in (status_evidence(answer), body_evidence(answer, found[0])) if fact]
        yield Reading(
            cause="ok-with-error-body",
            layer="handler",
            confidence=0.93,
            product=framework_of(answer),
            alternatives=("app-exception", "missing-field"),
            evidence=tuple(facts),
            hint="Mend what is warned of, and turn display_errors off: the warning stands in the answer",
        )
    elif answer.json is None and len(words) < 200 and not answer.is_html and (found := _refusal(words)):
        facts = [fact for fact in (status_evidence(answer), body_evidence(answer, words[:60])) if fact]
        yield Reading(cause="ok-with-error-body", layer="handler", confidence=0.88, evidence=tuple(facts))


def _cut(answer: AnswerView) -> bool:
    """Whether JSON ends in the middle, at its very Content-Length: what came after was counted in characters,
    or forgotten."""
    if (
        answer.json is not None
        or not is_json_type(answer.media)
        or answer.encoded
        or answer.answer.body[:1] not in (b"{", b"[")
    ):
        return False
    if answer.get("content-length").strip() != str(len(answer.answer.body)) or len(answer.answer.body) > READ_BYTES:
        return False
    try:
        msgspec.json.decode(answer.answer.body)
    except msgspec.DecodeError as error:
        return "truncated" in str(error)
    return False


def _refusal(words: str) -> re.Match[str] | None:
    """Where a short answer begins as a refusal, and does not tell of work that was done."""
    return None if _TAKEN_CARE_OF.search(words) else _REFUSAL.search(words)


def _not_a_handler(case: Case, answer: AnswerView) -> Iterator[Reading]:
    server = answer.get("server").lower()
    facts: tuple[Evidence, ...]
    if answer.empty and "caddy" in server and "via" not in answer.headers and _bare(answer):
        facts = (
            status_evidence(answer),
            header_evidence(answer, "server", "caddy"),
            Evidence("the body is empty", "answer.body"),
        )
        if case.local:
            yield _proxy("no-route-200", "host-route-mismatch", "Caddy", 0.9, facts)
        else:
            yield _proxy("host-route-mismatch", "no-route-200", "Caddy", 0.9, facts)
    if server.startswith("apache") and not answer.get("content-type") and _NOT_HTTP.match(answer.text):
        facts = (
            status_evidence(answer),
            Evidence(
                f"the body starts with “{answer.visible[:40]}”", "answer.body", 0, min(40, len(answer.answer.body))
            ),
        )
        yield Reading(
            cause="upstream-bad-response",
            layer="reverse-proxy",
            confidence=0.95,
            product=name_with_version("Apache httpd", "apache", answer),
            evidence=facts,
        )


def _bare(answer: AnswerView) -> bool:
    return set(answer.headers) <= {"server", "date", "content-length", "connection", "alt-svc", "keep-alive"}


def _proxy(cause: str, other: str, product: str, confidence: float, facts: tuple[Evidence, ...]) -> Reading:
    return Reading(
        cause=cause,
        layer="reverse-proxy",
        confidence=confidence,
        product=product,
        alternatives=(other,),
        evidence=facts,
    )


def _page(case: Case, answer: AnswerView) -> Iterator[Reading]:
    product = framework_of(answer)
    if found := _PASSWORD.search(answer.text):
        layer: Layer = (
            "framework"
            if "j_security_check" in answer.low or "csrf" in answer.low or product.startswith("Django")
            else "handler"
        )
        yield _rendered("login-page-200", layer, 0.94, product, answer, found[0])
        return
    static = _static(answer)
    single = _SINGLE_PAGE.search(answer.text)
    for part in _DEV_PAGE:
        if part in answer.low:
            yield _rendered(
                "spa-fallback",
                "dev-server",
                0.94,
                "Vite" if "vite" in part or "react" in part else "webpack-dev-server",
                answer,
                part,
            )
            return
    for part in _RENDERED:
        if part in answer.low:
            yield _rendered("page-rendered-200", "framework", 0.93, product, answer, part)
            return
    if static and product.startswith("Express"):
        yield _rendered("spa-fallback", "framework", 0.92, product, answer, "")
    elif static and single:
        yield _rendered("spa-fallback", static[1], 0.9, static[0], answer, single[0])
    elif static:
        yield _rendered("page-rendered-200", static[1], 0.93, static[0], answer, "")
    elif single:
        yield _rendered("spa-fallback", "framework", 0.85, product, answer, single[0])
    elif _document(answer):
        yield _rendered("page-rendered-200", "framework", 0.8, product, answer, "<html")


def _rendered(cause: str, layer: Layer, confidence: float, product: str, answer: AnswerView, needle: str) -> Reading:
    facts = [status_evidence(answer), header_evidence(answer, "content-type", "html")]
    if "last-modified" in answer.headers:
        facts.append(header_evidence(answer, "last-modified", ""))
    if needle and (fact := body_evidence(answer, needle)):
        facts.append(fact)
    others = ("page-rendered-200",) if cause == "spa-fallback" else ()
    return Reading(
        cause=cause, layer=layer, confidence=confidence, product=product, alternatives=others, evidence=tuple(facts)
    )


def _static(answer: AnswerView) -> tuple[str, Layer] | None:
    """Who serves files, where the answer is a file: it has a modification date."""
    if "last-modified" not in answer.headers or not ({"etag", "accept-ranges"} & set(answer.headers)):
        return None
    server = answer.get("server").lower()
    for part, name, layer in _STATIC_SERVERS:
        if server.startswith(part):
            return name_with_version(name, part, answer), layer
    if not server and answer.get("vary").lower() == "origin":
        return "Vite", "dev-server"
    return framework_of(answer), "framework"


def _is_file(answer: AnswerView) -> bool:
    """A file that a server serves, however short it is: as HTML, or as any type whose ranges it offers."""
    static = _static(answer)
    served = answer.media == "text/html" or ("accept-ranges" in answer.headers and not is_json_type(answer.media))
    return served and static is not None and static[1] == "reverse-proxy"


def _document(answer: AnswerView) -> bool:
    """A whole page for people: a document with head, style or script and some length; not a line of thanks."""
    return (
        len(answer.answer.body) > 1200
        and "<head" in answer.low
        and ("<link" in answer.low or "<script" in answer.low or "<style" in answer.low)
    )
