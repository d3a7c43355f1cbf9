"""Routing: no route, another method, the other slash, a file, a page, another base."""

from __future__ import annotations

from collections.abc import Iterator

from hookscope.diagnosis import conditions, needs
from hookscope.diagnosis.case import Case
from hookscope.diagnosis.readings import Reading
from hookscope.diagnosis.rule import Rule, explained, explains, watches
from hookscope.diagnosis.urls import same_but_slash
from hookscope.model.finding import Evidence, Finding


def _known_routes(case: Case) -> str:
    near = [route for route in case.routes if same_but_slash(route, conditions.sent_path(case))]
    if near:
        return f"Use {near[0]}, which is a route"
    return (
        f"Routes that are known: {', '.join(case.routes[:6])}"
        if case.routes
        else "Compare the path with the routes of the application"
    )


@explains(
    "routing.not-found",
    "not-found",
    "{who} has no route for {method} {path}",
    examples=("Express answers 404 `Cannot POST /hook`", "Django lists the URL patterns it tried"),
)
def not_found(case: Case, reading: Reading) -> str:
    """Nothing answers this path.

    Sees: a 404 in the form of a framework, server or hosted layer.
    Why: the handler did not run; the path, its prefix, or the method differs from the route.
    Do: compare the path with the routes; a missing or extra slash and a wrong method can look the same.
    """
    return _known_routes(case)


@explains(
    "routing.method",
    "method-not-allowed",
    "{who} does not take {method} on {path}",
    examples=("FastAPI answers 405 with Allow: GET", "nginx' limit_except answers 403, not 405"),
)
def method(case: Case, reading: Reading) -> str:
    """The route exists and takes other methods.

    Sees: a 405, or the form of a 404 or 403 that stands for one.
    Why: webhooks are sent as POST; the route was declared for GET only, or the wrong path was registered.
    Do: let the route take the method; the Allow header lists those that it takes.
    """
    allowed = case.answer.get("allow") if case.answer else ""
    return f"Let the route take {case.request.method}" + (f" (it takes {allowed[:60]})" if allowed else "")


@watches(
    "routing.wrong-environment",
    "wrong-environment",
    examples=("The absolute redirect points at port 8000 while the handler is on 3000",),
    needs=needs.location,
)
def wrong_environment(case: Case, reading: Reading | None) -> Iterator[Finding]:
    """The answer speaks of another host or port than the one that was called.

    Sees: an absolute Location to this machine with another port.
    Why: another environment's configuration is in use, or another process owns the port.
    Do: check which process listens on the port, and the base URL that it is configured with.
    """
    answer = case.answer
    location = conditions.location(case)
    if answer is None or not location.host or ":" not in location.host or ":" not in case.host:
        return
    local = location.name in {"localhost", "127.0.0.1", "[::1]"}
    if local and location.host.rpartition(":")[2] != case.host.rpartition(":")[2]:
        spelt = f"answer.headers.{answer.spelt('location')}"
        yield Finding(
            code="routing.wrong-environment",
            severity="warning",
            cause="wrong-environment",
            layer="handler",
            title=f"The answer points at {location.host[:80]}, while {case.host[:80]} was called",
            hint="Check which process listens on the port, and the base URL that it is configured with",
            evidence=(Evidence(f"Location: {answer.get('location')[:160]}", spelt, 0, len(answer.get("location"))),),
            confidence=0.7,
        )


@watches(
    "routing.path-rewritten",
    "base-path",
    leads=True,
    examples=("The sender asked for /hook, the handler was asked for /api/hook because HANDLER has a path",),
    needs=needs.unsuccessful,
)
def path_rewritten(case: Case, reading: Reading | None) -> Iterator[Finding]:
    """The handler was asked for another path than the sender's, and refused it.

    Sees: a 404 or 405 where the handler's URL has a path of its own in front of the sender's; it leads where the same
    part stands there twice.
    Why: the prefix may be there twice, or not be wanted.
    Do: give HANDLER (or --to) without the path, or with the path that the application has.
    """
    answer = case.answer
    sent, asked = conditions.sent_path(case), case.request.path
    if answer is None or answer.status not in {404, 405} or sent == asked or same_but_slash(sent, asked) or not asked:
        return
    if not sent.endswith(asked):
        return
    before = sent[: -len(asked)]
    doubled = before.strip("/").split("/")[-1] == asked.strip("/").split("/")[0] != ""
    twice = f": {before} stands there twice" if doubled else ""
    yield Finding(
        code="routing.path-rewritten",
        severity="error" if doubled else "info",
        cause="base-path",
        layer="tunnel",
        title=f"The sender asked for {asked[:80]}, the handler was asked for {sent[:80]}{twice}",
        hint=(
            f"The path of HANDLER (or --to) goes in front of the delivery's own: give it without {before[:80]}, if the "
            "application expects the sender's path"
        ),
        evidence=(Evidence(f"the handler's URL is {case.url[:160]}", "attempt.handler_url"),),
        confidence=0.95 if doubled else 1.0,
    )


RULES: tuple[Rule, ...] = (
    *explained("routes"),
    not_found,
    method,
    wrong_environment,
    path_rewritten,
)
