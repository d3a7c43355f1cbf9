"""Routing: no route, another method, the other slash, a file, a page, another base."""

from __future__ import annotations

from collections.abc import Iterator

from hookscope.diagnosis import conditions, needs
from hookscope.diagnosis.case import Case
from hookscope.diagnosis.readings import Reading
from hookscope.diagnosis.rule import Rule, explains, watches
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
    "routing.trailing-slash",
    "trailing-slash-mismatch",
    "{who} does not know {path}, probably because of its trailing slash",
    examples=("Flask answers 404 to /hook/ where the route is /hook",),
)
def trailing_slash(case: Case, reading: Reading) -> str:
    """The path differs from the route by its final slash, and the framework answers 404.

    Sees: a framework's 404 for a path with a final slash, or a known route that differs by it.
    Why: many routers take /hook and /hook/ for two paths.
    Do: register the URL exactly as the route is written; a probe of the other path proves it.
    """
    return "Register the URL exactly as the route is written"


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


@explains(
    "routing.static-file",
    "static-post",
    "{who} serves files at {path}: no handler takes a {method} there",
    examples=("nginx answers 405 to a POST to a static file", "python -m http.server answers 501"),
)
def static_file(case: Case, reading: Reading) -> str:
    """The path belongs to static files, which cannot take a POST.

    Sees: a static server's refusal of the method.
    Why: no handler ran.
    Do: route the path to the application, in front of the static files, or forward to the application's port.
    """
    return "Route this path to the application, in front of the static files, or forward to the application's own port"


@explains(
    "routing.base-path",
    "base-path",
    "{who} serves everything below a base path, and {path} is outside it",
    examples=("Vite answers 404 `The server is configured with a public base URL of /app/`",),
)
def base_path(case: Case, reading: Reading) -> str:
    """The application lives below a base path.

    Sees: a page or redirect that names the base path.
    Why: requests outside of it are not routed.
    Do: put the base path in front of the webhook's path.
    """
    return "Put the base path in front of the webhook's path"


@explains(
    "routing.encoded-slash",
    "encoded-slash",
    "{who} refuses the encoded slash in {path}",
    examples=("Apache httpd answers 404 to /hook%2Fnotion (AllowEncodedSlashes Off)",),
)
def encoded_slash(case: Case, reading: Reading) -> str:
    """The path has a %2F in it, which some servers refuse before they route.

    Sees: a server's 404 or 400 for a path with %2F.
    Why: the application never sees the request.
    Do: avoid %2F in the path, or allow it (Apache httpd: AllowEncodedSlashes NoDecode).
    """
    return "Avoid %2F in the path, or allow it in the server (Apache httpd: AllowEncodedSlashes NoDecode)"


@explains(
    "routing.gone",
    "gone",
    "{who} says that {path} is gone for good",
    examples=("Apache httpd's RewriteRule [G] answers 410",),
)
def gone(case: Case, reading: Reading) -> str:
    """The URL was retired on purpose.

    Sees: a 410.
    Why: some providers disable a subscription after a 410.
    Do: register the current URL.
    """
    return "Register the current URL: providers may disable a subscription that answers 410"


@explains(
    "routing.entity-not-found",
    "entity-not-found",
    "Your handler ran, and did not find the record that the event is about",
    severity="warning",
    examples=('A handler answers 404 {"error": "Unknown workspace"}',),
)
def entity_not_found(case: Case, reading: Reading) -> str:
    """The route exists; what it looked for does not.

    Sees: a 404 whose words speak of a record, not of a path.
    Why: providers take it for a failed delivery and send it again.
    Do: answer 200 to events about things that you do not know, or create the record first.
    """
    return "The route is right; answer 2xx to events about records that you do not know, or create the record first"


@explains(
    "routing.dev-server",
    "dev-server-has-no-handler",
    "{who} is a dev server for pages: nothing there takes {method} {path}",
    examples=("Vite answers 404 with an empty body to a POST",),
)
def dev_server(case: Case, reading: Reading) -> str:
    """The port belongs to a front-end dev server, which has no handlers.

    Sees: a dev server's 404 to a POST.
    Why: the API server that has the webhook listens on another port.
    Do: forward to the API server's port, or add a proxy rule to the dev server.
    """
    return "Forward to the port of the API server, or add a proxy rule (Vite: server.proxy; webpack: devServer.proxy)"


@explains(
    "routing.no-response-set",
    "no-response-set",
    "Your handler ran and set no answer, so {who} answered {status}",
    examples=("Koa answers 404 when a handler sets neither ctx.status nor ctx.body",),
)
def no_response_set(case: Case, reading: Reading) -> str:
    """The handler returned without an answer.

    Sees: a framework's 404 where the route is known to exist.
    Why: the work was done, but the sender is told that it failed.
    Do: set a status and a body in every branch.
    """
    return "Set a status or a body in every branch of the handler"


@explains(
    "routing.test-url",
    "test-url",
    "{who} has nothing listening on this URL",
    examples=("n8n answers 404 `The requested webhook is not registered` for a test URL",),
)
def test_url(case: Case, reading: Reading) -> str:
    """An automation tool's test URL was used without its editor listening, or its workflow is off.

    Sees: the tool's own message.
    Why: test URLs work for one call after a click; production URLs only while the workflow is active.
    Do: register the production URL and turn the workflow on.
    """
    return "Register the production URL and turn the workflow on"


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
    not_found,
    trailing_slash,
    method,
    static_file,
    base_path,
    encoded_slash,
    gone,
    entity_not_found,
    dev_server,
    no_response_set,
    test_url,
    wrong_environment,
    path_rewritten,
)
