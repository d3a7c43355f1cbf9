"""2xx: accepted, or an answer that only looks like it."""

from __future__ import annotations

from collections.abc import Iterator

from hookscope.diagnosis import needs
from hookscope.diagnosis.case import Case
from hookscope.diagnosis.marks import header_evidence, status_evidence
from hookscope.diagnosis.readings import Reading
from hookscope.diagnosis.rule import Rule, explains, watches
from hookscope.model.finding import Evidence, Finding


@explains(
    "accepted.ok",
    "ok",
    "Your handler accepted the delivery",
    severity="info",
    examples=('200 {"ok": true}',),
)
def ok(case: Case, reading: Reading) -> str:
    """The handler answered with success.

    Sees: a 2xx without signs of a page, an error or nobody.
    Why: there is nothing to do.
    Do: nothing.
    """
    return "Nothing to do"


@explains(
    "accepted.slow",
    "slow-ok",
    "Your handler accepted the delivery, slowly",
    severity="info",
    examples=("200 after 3 s",),
)
def slow(case: Case, reading: Reading) -> str:
    """The handler answered with success, but slowly.

    Sees: a 2xx after three seconds or more.
    Why: providers with short limits would have given up and sent the event again.
    Do: answer first and work later.
    """
    return "Answer first and work later: providers with short limits would send the event again"


@explains(
    "accepted.login-page",
    "login-page-200",
    "The 200 is a login page: the delivery was not handled",
    examples=("Tomcat's form login answers 200 with j_security_check",),
)
def login_page(case: Case, reading: Reading) -> str:
    """A login page was rendered with 200.

    Sees: a form with a password field.
    Why: the provider believes that the event was handled; it is lost.
    Do: exempt the webhook's path from the login.
    """
    return "Exempt the webhook's path from the login: the provider believes that the event was handled"


@explains(
    "accepted.page-rendered",
    "page-rendered-200",
    "The 200 is a page or file of {who}: no handler ran",
    examples=("httpd serves index.html to a POST",),
)
def page_rendered(case: Case, reading: Reading) -> str:
    """A page or static file was answered with 200.

    Sees: an HTML document, with Last-Modified where it is a file.
    Why: the provider believes that the event was handled; it is lost.
    Do: route the path to the handler.
    """
    return "Route this path to the handler: the provider believes that the event was handled"


@explains(
    "accepted.spa-fallback",
    "spa-fallback",
    "The 200 is the index page of a single-page application: no handler ran",
    examples=("Express' catch-all sends index.html for every path",),
)
def spa_fallback(case: Case, reading: Reading) -> str:
    """A catch-all route answered with the index page.

    Sees: the index page of a single-page application.
    Why: the provider believes that the event was handled; it is lost.
    Do: register the webhook's route in front of the catch-all.
    """
    return "Register the webhook's route in front of the catch-all"


@explains(
    "accepted.no-route",
    "no-route-200",
    "{who} answered an empty 200: no route covers this path",
    examples=("Caddy without a matching handle answers 200 with nothing",),
)
def no_route(case: Case, reading: Reading) -> str:
    """The server has no route for the path and says 200 all the same.

    Sees: Caddy's empty 200 without anything of an application.
    Why: the provider believes that the event was handled; it is lost.
    Do: add a route for the path.
    """
    return "Add a handle or reverse_proxy that covers this path"


@explains(
    "accepted.error-body",
    "ok-with-error-body",
    "The answer is 200, but its body says that it failed",
    severity="warning",
    examples=(
        '200 {"success": false}',
        "PHP: die('Invalid signature')",
    ),
)
def error_body(case: Case, reading: Reading) -> str:
    """The handler reports a failure in the body only.

    Sees: a false `ok` or `success`, an error status in JSON, or a short refusal as text.
    Why: the provider believes that the event was handled and will not send it again.
    Do: answer with a 4xx or 5xx.
    """
    return "Answer with a 4xx or 5xx: the provider will not send this event again"


@explains(
    "accepted.streaming",
    "streaming-response",
    "Your handler streams its answer, and a sender has it only when it ends",
    examples=("200 text/event-stream",),
)
def streaming(case: Case, reading: Reading) -> str:
    """The answer to a webhook is a stream of events.

    Sees: a streaming content type; but not where the answer was passed on as it came, to a sender that nobody knows.
    Why: who sends webhooks waits for the end and may give up before, also where each event is passed on.
    Do: end the answer at once.
    """
    took = f", which came after {case.attempt.elapsed_ms / 1000:.1f} s" if case.attempt else ""
    return f"Answer without a stream: a sender waits for the end{took}"


@explains(
    "accepted.upgrade",
    "unexpected-upgrade",
    "The URL is a WebSocket endpoint, not a webhook",
    examples=("101 Switching Protocols",),
)
def upgrade(case: Case, reading: Reading) -> str:
    """The server wants to switch to another protocol.

    Sees: a 101 or 426.
    Why: the delivery was not handled.
    Do: register the path of the webhook.
    """
    return "Register the path of the webhook: this one is a WebSocket"


@watches(
    "accepted.unwanted-answer",
    "answer-unwanted",
    leads=True,
    examples=("Xero: a debug bar appended to the 200, or a session cookie",),
    needs=needs.bare_answer,
)
def unwanted(case: Case, reading: Reading | None) -> Iterator[Finding]:
    """The answer has what the provider forbids.

    Sees: a 2xx with a body or a cookie, to a provider that documents that it takes neither.
    Why: the provider counts the delivery as failed, and gives up the subscription after some of them.
    Do: answer with an empty body and no cookies.
    """
    answer = case.answer
    if not case.policy.bare_answer or answer is None or not 200 <= answer.status < 300:
        return
    facts = [status_evidence(answer)]
    if "set-cookie" in answer.headers:
        facts.append(header_evidence(answer, "set-cookie", answer.get("set-cookie").partition("=")[0].lower()))
    if not answer.empty:
        facts.append(Evidence(f"the body has {len(answer.answer.body)} bytes", "answer.body"))
    if len(facts) > 1:
        what = " and ".join(
            word for word, there in (("a body", not answer.empty), ("cookies", "set-cookie" in answer.headers)) if there
        )
        yield Finding(
            code="accepted.unwanted-answer",
            severity="error",
            cause="answer-unwanted",
            layer="handler",
            product=case.sender,
            title=f"The answer has {what}, which {case.sender} does not accept",
            hint=(
                "Answer 200 with an empty body and no cookies: leave sessions, debug bars and templates off this route"
            ),
            evidence=tuple(facts),
            confidence=0.95,
        )


RULES: tuple[Rule, ...] = (
    ok,
    unwanted,
    slow,
    login_page,
    page_rendered,
    spa_fallback,
    no_route,
    error_body,
    streaming,
    upgrade,
)
