"""Problems of the request itself, whatever came of it: they are information where the handler accepted,
warnings where it did not."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import replace

from hookscope.diagnosis import conditions, needs
from hookscope.diagnosis.case import Case
from hookscope.diagnosis.readings import Reading
from hookscope.diagnosis.rule import Rule, explained, watches
from hookscope.diagnosis.views import is_json_type
from hookscope.model.finding import Evidence, Finding, Severity
from hookscope.payload.kinds import is_utf8
from hookscope_relay.delivery import asks_for_upgrade

_TOOLS = re.compile(
    r"^(curl|wget|httpie|postmanruntime|insomnia|python-requests|python-httpx|go-http-client|bruno|paw|rest-client|mozilla)\b",
    re.I,
)
_BROWSER = re.compile(r"^mozilla/", re.I)
_USUAL_TYPES = ("application/json", "text/json", "application/x-www-form-urlencoded", "text/plain")
_FORM = re.compile(rb"^[\w.%+\[\]-]{1,200}=[^{}<>\r\n]*(&|$)")


def severity(case: Case) -> Severity:
    """How loud a problem of the request is: the handler that accepted it did not mind."""
    return "warning" if case.answer is None or case.answer.status >= 300 else "info"


@watches(
    "request.content-type",
    "content-type-mismatch",
    examples=("JSON sent as text/plain", "a form sent as application/json"),
    needs=needs.other_than_plain_json,
)
def content_type(case: Case, reading: Reading | None) -> Iterator[Finding]:
    """Content-Type says one thing, the body is another.

    Sees: a body that begins as JSON with another type, or a JSON type over a form.
    Why: frameworks choose the parser by Content-Type.
    Do: correct the header at the sender, or let the handler read the raw body.
    """
    request = case.request
    said = request.get("content-type")
    place = _place(case, "content-type")
    if (
        request.state == "json"
        and request.looks_json
        and not is_json_type(request.media)
        and request.media != "application/csp-report"
        # Amazon SNS documents JSON as text/plain for all that it sends.
        and not request.get("x-amz-sns-message-type")
    ):
        of_its_own = request.media.startswith("application/cloudevents")
        if not of_its_own and not (_meant(request.media) and _refused_for_type(case)):
            yield _mismatch(case, f"The body is JSON, but Content-Type is {said[:60] or 'absent'}", place)
    elif request.state == "broken" and is_json_type(request.media) and _FORM.match(request.body[:400]):
        yield _mismatch(case, "Content-Type is JSON, but the body is a form", place)


@watches(
    "request.content-type-misspelt",
    "content-type-mismatch",
    leads=True,
    examples=("applications/json, answered with 415",),
    needs=needs.unsuccessful,
)
def misspelt(case: Case, reading: Reading | None) -> Iterator[Finding]:
    """The handler refuses a media type that exists nowhere.

    Sees: a 415, 400, 406 or 422, and a Content-Type that differs by a letter or two from a usual one.
    Why: the refusal is right, whatever framework gives it.
    Do: correct the header at the sender.
    """
    if (meant := _meant(case.request.media)) and _refused_for_type(case):
        title = f"Content-Type is misspelt: {case.request.media[:60]} for {meant}"
        finding = _mismatch(case, title, _place(case, "content-type"))
        yield replace(
            finding,
            code="request.content-type-misspelt",
            severity="error",
            confidence=0.95,
            hint=f"Correct the header at the sender: Content-Type: {meant}",
        )


def _meant(media: str) -> str:
    """The usual media type that a slightly other one stands for; empty where it is no misspelling."""
    close = difflib.get_close_matches(media, _USUAL_TYPES, 1, 0.85) if media and media not in _USUAL_TYPES else []
    return close[0] if close else ""


def _refused_for_type(case: Case) -> bool:
    return case.answer is not None and case.answer.status in {400, 406, 415, 422}


def _mismatch(case: Case, title: str, place: Evidence) -> Finding:
    return Finding(
        code="request.content-type",
        severity=severity(case),
        cause="content-type-mismatch",
        layer="sender",
        title=title,
        hint="Correct Content-Type at the sender, or let the handler read the raw body",
        evidence=(place, Evidence("the first bytes of the body", "request.body", 0, min(16, len(case.request.body)))),
        confidence=0.9,
    )


@watches(
    "request.invalid-json", "invalid-json", examples=('{"type": "page.created", ',), needs=needs.other_than_plain_json
)
def invalid_json(case: Case, reading: Reading | None) -> Iterator[Finding]:
    """The body claims to be JSON and is not.

    Sees: a JSON type or a body that begins as JSON, which does not parse; with the byte at which it stops.
    Why: no handler can read it; a signature over it may still verify.
    Do: correct the sender; look for a cut body or a template's trailing comma.
    """
    request = case.request
    if request.state != "broken" or (is_json_type(request.media) and _FORM.match(request.body[:400])):
        return
    why, at = request.json_error
    yield Finding(
        code="request.invalid-json",
        severity=severity(case),
        cause="invalid-json",
        layer="sender",
        title=f"The body is not valid JSON: {why} at byte {at}",
        hint="Correct the sender: a cut body, a trailing comma, or another encoding",
        evidence=(
            Evidence(f"here: “{_around(request.body, at)}”", "request.body", at, min(at + 1, len(request.body))),
        ),
        confidence=0.97,
    )


def _around(body: bytes, at: int) -> str:
    return body[max(0, at - 20) : at + 20].decode("utf-8", "replace")


@watches(
    "request.charset", "unsupported-charset", examples=("application/json; charset=iso-8859-1",), needs=needs.odd_bytes
)
def charset(case: Case, reading: Reading | None) -> Iterator[Finding]:
    """The body's charset is not UTF-8, or not what Content-Type says.

    Sees: another charset on JSON (RFC 8259 asks for UTF-8), or bytes that are not valid in the charset that is named.
    Why: frameworks refuse it or read other characters than were sent.
    Do: send UTF-8.
    """
    request = case.request
    named = request.charset
    if is_json_type(request.media) and named not in {"", "utf-8", "utf8", "us-ascii"}:
        said = f"JSON with charset={named[:40]}: JSON is UTF-8 (RFC 8259, 8.1)"
    elif (
        named in {"utf-8", "utf8"}
        and len(request.body) <= 1024 * 1024
        and not request.get("content-encoding")
        and not is_utf8(request.body)
    ):
        said = "Content-Type says UTF-8, and the body is not"
    else:
        return
    yield Finding(
        code="request.charset",
        severity=severity(case),
        cause="unsupported-charset",
        layer="sender",
        title=said,
        hint="Send UTF-8",
        evidence=(_place(case, "content-type"),),
        confidence=0.85,
    )


@watches(
    "request.encoding", "unsupported-encoding", examples=("Content-Encoding: gzip on a delivery",), needs=needs.encoded
)
def encoding(case: Case, reading: Reading | None) -> Iterator[Finding]:
    """The body is compressed.

    Sees: Content-Encoding on the request.
    Why: few frameworks unpack requests; a signature is over the packed bytes at some providers, over the unpacked at
    others.
    Do: unpack in front of the parser, after the signature was checked as the provider documents it.
    """
    if conditions.encoded_body(case):
        yield Finding(
            code="request.encoding",
            severity="info" if severity(case) == "info" else "warning",
            cause="unsupported-encoding",
            layer="sender",
            title=f"The body is encoded as {case.request.get('content-encoding')[:40]}: few frameworks unpack requests",
            hint="Unpack in front of the parser, and check the signature over the bytes that the provider documents",
            evidence=(_place(case, "content-encoding"),),
            confidence=0.8,
        )


@watches(
    "request.sender",
    "unexpected-sender",
    examples=("a GitHub event with User-Agent: curl/8.5",),
    needs=needs.known_sender,
)
def sender(case: Case, reading: Reading | None) -> Iterator[Finding]:
    """The User-Agent is not the provider's.

    Sees: the form of a provider's delivery with another agent than its own ones, or with that of a tool.
    Why: somebody sends by hand, or repeats a recorded delivery.
    Do: nothing, if it was you; else verify the signature.
    """
    agent = case.request.get("user-agent")
    known = case.policy.agents
    foreign = bool(known) and not any(name in agent.lower() for name in known)
    by_hand = bool(case.sender) and bool(_TOOLS.match(agent))
    if (foreign or by_hand) and case.origin in {"live", "backlog"}:
        yield Finding(
            code="request.sender",
            severity="info",
            cause="unexpected-sender",
            layer="sender",
            title=f"This looks like {case.sender}, but its User-Agent is {agent[:60] or 'absent'}",
            hint="Nothing to do if you sent it by hand; else trust its signature only",
            evidence=(_place(case, "user-agent"),),
            confidence=0.8,
        )


@watches("request.browser", "browser-request", examples=("the webhook's URL opened in a browser",), needs=needs.browser)
def browser(case: Case, reading: Reading | None) -> Iterator[Finding]:
    """A browser called the webhook's URL.

    Sees: a browser's User-Agent with Sec-Fetch headers, with Accept: text/html, or on a GET that is no provider's.
    Why: pages and handlers answer browsers in another way than they answer a provider.
    Do: test with curl or `hookscope send`.
    """
    request = case.request
    navigates = "sec-fetch-mode" in request.headers or "text/html" in request.get("accept")
    navigates = navigates or (conditions.read_method(case) and not case.sender)
    if _BROWSER.match(request.get("user-agent")) and navigates and request.method in {"GET", "HEAD", "POST"}:
        yield Finding(
            code="request.browser",
            severity="info",
            cause="browser-request",
            layer="sender",
            title=f"A browser sent this {request.method}, not a provider",
            hint="Test with curl or `hookscope send`: handlers answer browsers in another way",
            evidence=(_place(case, "user-agent"),),
            confidence=0.9,
        )


@watches("request.method", "unexpected-sender", examples=("a Notion delivery sent with PUT",), needs=needs.other_method)
def method(case: Case, reading: Reading | None) -> Iterator[Finding]:
    """A provider's delivery came with another method than POST.

    Sees: a recognised provider, no handshake, and PUT, PATCH, GET or another method.
    Why: providers send events as POST; routes take nothing else.
    Do: correct the sender.
    """
    handshake = bool(case.recognition and case.recognition.handshake)
    if (
        case.sender
        and not handshake
        and case.request.method not in {"POST", "OPTIONS"}
        and case.origin in {"live", "backlog"}
    ):
        yield Finding(
            code="request.method",
            severity="info",
            cause="unexpected-sender",
            layer="sender",
            title=f"{case.sender} sends events as POST; this is a {case.request.method[:20]}",
            hint="Correct the method at the sender",
            evidence=(Evidence(f"the method is {case.request.method[:20]}", "request.method"),),
            confidence=0.7,
        )


@watches(
    "request.upgrade",
    "upgrade-ignored",
    examples=("a WebSocket opened while `listen --no-websocket` runs", "curl --http2: Upgrade: h2c"),
    needs=needs.upgrade,
)
def upgrade(case: Case, reading: Reading | None) -> Iterator[Finding]:
    """The sender asked to switch to another protocol, and that did not happen.

    Sees: an Upgrade header, and no handler that was asked to switch.
    Why: WebSockets are passed on while a handler is listened for, and never later; any other upgrade may be ignored
    (RFC 9110, 7.8), and is.
    Do: listen with a handler, without `--no-websocket`; speak HTTP/1.1 for everything else.
    """
    asked = case.request.get("upgrade")
    websocket = asks_for_upgrade(case.delivery.headers) and case.request.method == "GET"
    if not asked or (websocket and case.attempt is not None and case.attempt.origin == "live"):
        return
    if not websocket:
        severity: Severity = "info"
        title = f"The sender offered to switch to {asked[:40]}, which was ignored"
        hint = "Nothing to do: whoever offers another protocol goes on in HTTP/1.1 where it is ignored"
    elif case.attempt is None:
        severity, title = "warning", "The sender asked for a WebSocket, and it was refused"
        hint = "Listen with a handler, and without --no-websocket; the refusal says which of both it was"
    else:
        severity, title = "info", "This is a WebSocket's handshake, handed over as a plain GET"
        hint = "Have its sender connect again: a conversation cannot be repeated"
    yield Finding(
        code="request.upgrade",
        severity=severity,
        cause="upgrade-ignored",
        layer="sender",
        title=title,
        hint=hint,
        evidence=(_place(case, "upgrade"),),
        confidence=0.9,
    )


def _place(case: Case, name: str) -> Evidence:
    for key, value in case.delivery.headers:
        if key.lower() == name:
            return Evidence(f"{key}: {value[:120]}", f"request.headers.{key}", 0, len(value))
    return Evidence(f"there is no {name} header", "request.headers")


RULES: tuple[Rule, ...] = (
    *explained("request"),
    content_type,
    misspelt,
    invalid_json,
    charset,
    encoding,
    sender,
    browser,
    method,
    upgrade,
)
