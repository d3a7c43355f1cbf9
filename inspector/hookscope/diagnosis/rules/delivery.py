"""The stream of deliveries: silence, spikes, what was owed, and what the sender will do next."""

from __future__ import annotations

from collections.abc import Iterator

from hookscope.diagnosis import needs
from hookscope.diagnosis.by_design import design
from hookscope.diagnosis.case import Case, Earlier
from hookscope.diagnosis.readings import Reading
from hookscope.diagnosis.rule import Rule, watches
from hookscope.model.finding import Evidence, Finding
from hookscope.model.withheld import NO_ROUTE, TRANSFORM
from hookscope.text.time_span import render_span

SPIKE = 5
SPIKE_WINDOW_S = 600.0

NOT_TO_RETRY = frozenset({400, 401, 403, 404, 405, 410, 413, 415, 422})


def failed(case: Case) -> bool:
    """Whether the outcome is one that a provider takes for a failure; what a copy got its sender never learns."""
    if case.attempt is not None and case.attempt.is_copy:
        return False
    return case.failure is not None or (case.answer is not None and not 200 <= case.answer.status < 300)


def is_satisfied(case: Case) -> bool:
    """Whether the sender was told 2xx in the handler's place, and so sends nothing again."""
    told = case.settled
    return case.owed if told is None else told.how == "answered" and 200 <= told.status < 300


@watches(
    "delivery.retry-advice",
    "provider-retry",
    examples=("403: the same request will fail again", "429 with Retry-After: 60"),
    needs=needs.unsuccessful,
)
def retry_advice(case: Case, reading: Reading | None) -> Iterator[Finding]:
    """What the sender will do after this outcome, and whether that can help.

    Sees: the status or failure, Retry-After, and the provider's policy where it is known.
    Why: a 4xx repeats itself until something is changed; a 5xx or a timeout may pass.
    Do: change what the first finding says, then let the provider send again, or replay.
    """
    if not failed(case) or case.origin not in {"live", "backlog"} or is_satisfied(case):
        return
    status = case.answer.status if case.answer else 0
    meant = design(case)
    if meant is not None and meant.is_met_by(status):
        return
    after = case.answer.get("retry-after") if case.answer else ""
    title = "The sender will probably send this event again"
    hint = "Once the cause is gone, let the provider send again, or replay it"
    if after:
        title = f"The answer asks to wait: Retry-After {after[:40]}"
        hint = "Few providers honour Retry-After: they retry on their own schedule"
    elif status in NOT_TO_RETRY:
        title = f"Sending the same request again gets the same {status}"
        hint = "Change what the first finding says before the provider's retries run out, then replay"
    if case.policy.max_attempts:
        hint += f"; {case.sender or 'the provider'} makes up to {case.policy.max_attempts} attempts"
    place = (
        f"answer.headers.{case.answer.spelt('retry-after')}"
        if case.answer and after
        else ("answer.status" if status else "failure")
    )
    yield Finding(
        code="delivery.retry-advice",
        severity="info",
        cause="provider-retry",
        layer="sender",
        product=case.sender,
        title=title,
        hint=hint,
        evidence=(
            Evidence(f"the outcome is {status or (case.failure.kind if case.failure else '')}", place, 0, len(after)),
        ),
        confidence=0.7,
    )


@watches("delivery.given-up", "given-up", examples=("Notion's attempt 8 was answered 500",), needs=needs.unsuccessful)
def given_up(case: Case, reading: Reading | None) -> Iterator[Finding]:
    """This was the provider's last attempt, and it failed.

    Sees: the attempt number against the provider's documented maximum.
    Why: the event will not come again.
    Do: replay it from here; reconcile through the provider's API.
    """
    number = case.recognition.attempt_number if case.recognition else None
    most = case.policy.max_attempts
    if number is not None and most and number >= most and failed(case) and not is_satisfied(case):
        yield Finding(
            code="delivery.given-up",
            severity="error",
            cause="given-up",
            layer="sender",
            product=case.sender,
            title=f"This was attempt {number} of {most}: the provider will not send this event again",
            hint="Replay it from here once the cause is gone, or reconcile through the provider's API",
            evidence=(Evidence(f"attempt {number} of {most}", "request"),),
            confidence=0.9,
        )


@watches(
    "delivery.failure-spike",
    "failure-spike",
    examples=("six 403 in a row after a deployment",),
    needs=needs.unsuccessful,
)
def failure_spike(case: Case, reading: Reading | None) -> Iterator[Finding]:
    """Several deliveries in a row were refused in the same way.

    Sees: five or more failures of the same status within ten minutes, this one included, after successes or at all.
    Why: it is not this delivery; a secret was rotated, a rule was switched on, or the application is down.
    Do: look at what changed when it began.
    """
    status = case.answer.status if case.answer else 0
    kind = case.failure.kind if case.failure else ""
    if not failed(case) or case.origin not in {"live", "backlog"}:
        return
    since = case.delivery.received_at - SPIKE_WINDOW_S
    run = _same_in_a_row(case.recent, status, kind, since)
    if len(run) + 1 < SPIKE:
        return
    what = str(status or kind)
    yield Finding(
        code="delivery.failure-spike",
        severity="warning",
        cause="failure-spike",
        layer=reading.layer if reading else "handler",
        title=(
            f"{len(run) + 1} deliveries in a row ended with {what} within"
            f" {render_span(case.delivery.received_at - run[0].received_at)}"
        ),
        hint=(
            f"Look at what changed when it began, with delivery {run[0].number or run[0].id}: a rotated secret, a new"
            " rule, a deployment"
        ),
        evidence=(Evidence(f"the first was delivery {run[0].number or run[0].id}", "earlier"),),
        confidence=0.9,
    )


def _same_in_a_row(earlier: tuple[Earlier, ...], status: int, kind: str, since: float) -> list[Earlier]:
    run: list[Earlier] = []
    for one in reversed(earlier):
        if one.received_at < since or one.status != status or one.failure != kind:
            break
        run.append(one)
    return run[::-1]


@watches(
    "delivery.silence", "silence", examples=("--expect-every 10m and nothing for 25 minutes",), needs=needs.expectation
)
def silence(case: Case, reading: Reading | None) -> Iterator[Finding]:
    """Nothing has arrived for longer than expected, though it did before.

    Sees: the time since this delivery, the endpoint's last one, against `--expect-every`.
    Why: the subscription was paused or deleted, the tunnel is elsewhere, or the provider is down.
    Do: look at the subscription at the provider, and `hookscope doctor --send`.
    """
    if case.expect_every_s is None or case.now is None:
        return
    quiet = case.now - case.delivery.received_at
    if quiet > case.expect_every_s:
        yield Finding(
            code="delivery.silence",
            severity="warning",
            cause="silence",
            layer="sender",
            product=case.sender,
            title=f"Nothing has arrived for {render_span(quiet)}, though it did before",
            hint="Look at the subscription at the provider, and run `hookscope doctor --send`",
            evidence=(Evidence(f"the last delivery is {case.delivery.id}", "earlier"),),
            confidence=0.8,
        )


@watches("delivery.backlog", "backlog", examples=("stored by the relay while nobody listened",), needs=needs.stored)
def backlog(case: Case, reading: Reading | None) -> Iterator[Finding]:
    """The delivery waited at the relay until somebody listened.

    Sees: the origin, and whether the relay answered the sender.
    Why: the sender had its answer long ago; a signed timestamp may be stale by now, and a handshake's answer comes too
    late.
    Do: forward it when the handler is ready; press “resend” at the provider for a handshake.
    """
    if case.origin != "backlog":
        return
    handshake = bool(case.recognition and case.recognition.handshake)
    hint = (
        "Forward it when the handler is ready"
        if case.owed
        else "Its sender had an answer or a 504; it is not forwarded unasked"
    )
    if handshake:
        hint = "Press “resend” at the provider: nobody was there to answer the handshake"
    yield Finding(
        code="delivery.backlog",
        severity="warning" if handshake else "info",
        cause="backlog",
        layer="relay",
        product="hookscope",
        title="This delivery came while nobody listened" + (" and the relay answered the sender" if case.owed else ""),
        hint=hint,
        evidence=(Evidence("the origin is backlog", "attempt.origin"),),
        confidence=1.0,
    )


@watches(
    "delivery.kept-back",
    "kept-back",
    examples=("/../admin with a handler path", "/admin with --only-path /webhooks"),
    needs=needs.kept_back,
)
def kept_back(case: Case, reading: Reading | None) -> Iterator[Finding]:
    """hookscope did not hand the delivery to the handler, since its path or its sender is not let in.

    Sees: that the path climbs above the handler's own (`..`, encoded too), lies outside of --only-path, or that the
    sender is none of --only-from.
    Why: whoever knows the URL can ask for any path; these were not opened.
    Do: correct the URL at the sender, or open the path or the address; a path that climbs comes from somebody who is
    trying doors.
    """
    if case.kept_back and not case.kept_back.startswith((NO_ROUTE, TRANSFORM)):
        yield Finding(
            code="delivery.kept-back",
            severity="warning",
            cause="kept-back",
            layer="tunnel",
            product="hookscope",
            title="hookscope kept this delivery back from the handler and answered 404",
            hint="Correct the URL at the sender, or open what is closed with --only-path, --only-from, or a route's own"
            " only-path and only-method",
            evidence=(Evidence(case.kept_back.rstrip("."), "delivery.target"),),
            confidence=1.0,
        )


@watches(
    "delivery.no-route",
    "no-route",
    examples=("/strip where the only route is path:/stripe",),
    needs=needs.kept_back,
)
def no_route(case: Case, reading: Reading | None) -> Iterator[Finding]:
    """No route takes the delivery, so it went to no handler.

    Sees: the filters of all routes, which of them is the nearest, and at which terms that one fails.
    Why: where routes are given, only what one of them takes is handed over; a URL or a filter was mistyped, or a new
    kind of event has no route yet.
    Do: correct the path at the sender or the route's filter, or name a handler that takes the rest; then replay it.
    """
    if case.kept_back.startswith(NO_ROUTE):
        yield Finding(
            code="delivery.no-route",
            severity="error",
            cause="no-route",
            layer="tunnel",
            product="hookscope",
            title="No route takes this delivery: its sender was answered 404",
            hint="Correct the path at the sender or the route's filter, or name a handler that takes the rest",
            evidence=(Evidence(case.kept_back.removeprefix(NO_ROUTE).strip(". ") or "there is none", "request"),),
            confidence=1.0,
        )


@watches(
    "delivery.transform",
    "transform-failed",
    examples=("the function that `transform` names raised KeyError",),
    needs=needs.kept_back,
)
def transform(case: Case, reading: Reading | None) -> Iterator[Finding]:
    """The user's own transform failed, or left the delivery out, so it went to no handler.

    Sees: the last line of what the function raised and where, that it took too long, that what it gave back cannot be
    sent, or that it gave back nothing.
    Why: what a wrong function makes of a delivery could do harm, so it is not handed over unchanged either.
    Do: correct the function, start again, then replay the capture.
    """
    if case.kept_back.startswith(TRANSFORM):
        left_out = case.kept_back.endswith("left it out.")
        yield Finding(
            code="delivery.transform",
            severity="info" if left_out else "error",
            cause="transform-failed",
            layer="tunnel",
            product="hookscope",
            title="Your transform left this delivery out" if left_out else "Your transform of this delivery failed",
            hint="Nothing to do" if left_out else "Correct it, start hookscope again, then replay the capture",
            evidence=(Evidence(case.kept_back.rstrip("."), "request"),),
            confidence=1.0,
        )


@watches(
    "delivery.masked-access",
    "permission-denied",
    examples=("404 for a path that is a known route",),
    needs=needs.unsuccessful,
)
def masked_access(case: Case, reading: Reading | None) -> Iterator[Finding]:
    """A 404 that may hide a refusal.

    Sees: a 404 on a path that answered before, or that is among the known routes.
    Why: some applications answer 404 where a 403 would tell strangers too much.
    Do: check the rights of the sender, the Host, and the method before the route.
    """
    if case.answer is None or case.answer.status != 404:
        return
    known = case.request.path in case.routes
    worked = any(earlier.target == case.delivery.target and 200 <= earlier.status < 300 for earlier in case.recent)
    if known or worked:
        yield Finding(
            code="delivery.masked-access",
            severity="info",
            cause="permission-denied",
            layer="framework",
            title="This 404 may hide a refusal: the path " + ("is a known route" if known else "answered before"),
            hint="Check rights, Host and method before the route",
            evidence=(
                Evidence("the route is known" if known else "it answered 2xx before", "routes" if known else "earlier"),
            ),
            confidence=0.6,
        )


RULES: tuple[Rule, ...] = (
    retry_advice,
    given_up,
    failure_spike,
    silence,
    backlog,
    kept_back,
    no_route,
    transform,
    masked_access,
)
