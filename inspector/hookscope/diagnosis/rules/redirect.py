"""Redirects: never followed, because senders either do not follow them or lose the body on the way."""

from __future__ import annotations

from collections.abc import Iterator

from hookscope.diagnosis import needs
from hookscope.diagnosis.better_path import better_path
from hookscope.diagnosis.case import Case
from hookscope.diagnosis.readers.redirects import REDIRECTS
from hookscope.diagnosis.readings import Reading
from hookscope.diagnosis.rule import Rule, explained, explains, watches
from hookscope.model.finding import Evidence, Finding

WHAT_SENDERS_DO = {
    300: "most senders take it for a failure",
    301: (
        "a sender that follows it turns the POST into a GET and loses the body (RFC 9110, 15.4.2, allows that); most"
        " providers do not follow"
    ),
    302: (
        "a sender that follows it turns the POST into a GET and loses the body (RFC 9110, 15.4.3, allows that); most"
        " providers do not follow"
    ),
    303: (
        "a sender that follows it sends a GET without the body, as RFC 9110, 15.4.4, asks; most providers do not follow"
    ),
    307: "a sender that follows it repeats the POST with its body (RFC 9110, 15.4.8), but most providers do not follow",
    308: "a sender that follows it repeats the POST with its body (RFC 9110, 15.4.9), but most providers do not follow",
}
"""Redirect status to what becomes of a POST at a typical sender."""


FRAMEWORK_HINTS: dict[tuple[str, str], str] = {
    (
        "https-redirect",
        "Express",
    ): 'Express: app.set("trust proxy", "loopback"), so that req.secure follows X-Forwarded-Proto',
    (
        "https-redirect",
        "Werkzeug",
    ): "Flask: wrap app.wsgi_app in ProxyFix(x_proto=1), or set Talisman(force_https=False)",
    ("https-redirect", "PHP"): "Laravel: trust the proxy in TrustProxies (trustProxies(at: '127.0.0.1'))",
    ("https-redirect", "Rails"): "Rails: turn config.force_ssl off in development; it believes X-Forwarded-Proto",
    ("https-redirect", "uvicorn"): "Starlette: run uvicorn with --proxy-headers --forwarded-allow-ips 127.0.0.1",
    (
        "login-redirect",
        "Django",
    ): "Django: take @login_required off the view (login_not_required with LoginRequiredMiddleware)",
    (
        "login-redirect",
        "Werkzeug",
    ): "Flask: take @login_required off the webhook's view, or leave its path out of your own before_request",
    ("login-redirect", "PHP"): "Laravel: take the auth middleware off the webhook's route",
    (
        "login-redirect",
        "Rails",
    ): "Rails: skip_before_action :authenticate_user! (or your own filter) in the webhook's controller",
    ("login-redirect", "Next.js"): "Next.js: leave the webhook's path out of the middleware's matcher",
    ("login-redirect", "ASP.NET"): "ASP.NET Core: put [AllowAnonymous] on the webhook's action",
    ("login-redirect", "Tornado"): "Tornado: take @authenticated off the webhook's handler",
    ("login-redirect", "Apache"): "httpd: AuthType None and Require all granted for the webhook's <Location>",
    ("trailing-slash-redirect", "Django"): "Django: register the URL with the slash, or write the route without one",
    (
        "trailing-slash-redirect",
        "Werkzeug",
    ): "Flask: register the URL with the slash, or set strict_slashes=False on the route",
    (
        "trailing-slash-redirect",
        "uvicorn",
    ): "FastAPI: register the URL with the slash, or FastAPI(redirect_slashes=False) and both routes",
    (
        "trailing-slash-redirect",
        "nginx",
    ): "nginx: write the location without the final slash, or register the URL with it",
}
"""Cause and the beginning of the product's name, to a hint written for it."""


def _hint(case: Case, reading: Reading, otherwise: str) -> str:
    """The hint for the product that answered; else the general one."""
    for (cause, product), hint in FRAMEWORK_HINTS.items():
        if cause == reading.cause and reading.product.startswith(product):
            return hint
    return otherwise


def _register(case: Case, reading: Reading, what: str = "Register this URL at the sender instead") -> str:
    return what if better_path(case, reading.cause) else f"{what}: {_location(case)}"


def _location(case: Case) -> str:
    return case.answer.get("location")[:200] if case.answer else ""


@explains(
    "redirect.trailing-slash",
    "trailing-slash-redirect",
    "{who} redirects {path}: its final slash {slash}",
    examples=(
        "Flask answers POST /slash with 308 Location: /slash/",
        "Django answers 500 to it with DEBUG on, 301 without",
    ),
)
def trailing_slash(case: Case, reading: Reading) -> str:
    """The path differs from the route by its final slash, and the framework redirects instead of answering.

    Sees: a 3xx whose Location is the same path with or without the final slash, or Django's APPEND_SLASH error page.
    Why: providers do not follow redirects, and those who do often send a GET without the body.
    Do: register the URL exactly as the route is written, slash included; the Location is that path.
    """
    return _hint(case, reading, _register(case, reading, "Register the URL with the slash as the route has it"))


@explains(
    "redirect.login",
    "login-redirect",
    "{who} sends the delivery to a login page",
    examples=("Django's @login_required answers 302 Location: /accounts/login/?next=/hook",),
)
def login(case: Case, reading: Reading) -> str:
    """A login is required on the webhook's path, and the answer is a redirect to the login page.

    Sees: a 3xx to a path or host that speaks of login, sign-in, SSO or OAuth, often with a `next` parameter.
    Why: a provider has no session and cannot log in; the delivery was not handled.
    Do: exempt the webhook's path from the login middleware and verify the provider's signature instead.
    """
    general = "Exempt the webhook's path from the login, and verify the provider's signature there instead"
    return _hint(case, reading, general)


@explains(
    "redirect.https",
    "https-redirect",
    "{who} redirects {path} to https",
    examples=("Django with SECURE_SSL_REDIRECT answers 301 to https:// although the public URL is https",),
)
def https(case: Case, reading: Reading) -> str:
    """The application wants https and does not know that the sender used it.

    Sees: a 3xx to the same host and path with https://.
    Why: TLS ends at the relay, so the handler sees plain http; the redirect would lead back to itself.
    Do: let the application trust X-Forwarded-Proto (hookscope sends it), or turn the redirect off in development.
    """
    general = (
        "Let the application trust X-Forwarded-Proto, which hookscope sends, or turn the redirect off in development"
    )
    return _hint(case, reading, general)


@explains(
    "redirect.canonical-host",
    "canonical-host-redirect",
    "{who} redirects {path} to another host name",
    examples=("nginx answers 301 to http://www.example.com/hook",),
)
def canonical_host(case: Case, reading: Reading) -> str:
    """The application has one canonical host, and the delivery came with another.

    Sees: a 3xx to the same path on another host.
    Why: the sender would have to follow to the other host; most do not.
    Do: register the canonical host, or let hookscope rewrite Host, or turn the redirect off in development.
    """
    return _register(case, reading, "Register the canonical host, or turn this redirect off in development")


@explains(
    "redirect.locale",
    "locale-redirect",
    "{who} redirects {path} to a path with a language",
    examples=("Django's i18n_patterns answers 302 Location: /en/hook/",),
)
def locale(case: Case, reading: Reading) -> str:
    """Pages of this application have a language in their path, and the webhook is treated as one.

    Sees: a 3xx that puts a language code in front of the path.
    Why: the delivery was not handled; the redirected request would be a GET.
    Do: move the webhook out of the localised routes, or register the URL with the language.
    """
    return _register(case, reading, "Move the webhook out of the localised routes, or register")


@explains(
    "redirect.path-cleaned",
    "path-clean-redirect",
    "{who} redirects {path} to a cleaned path",
    examples=("Go's ServeMux answers POST //hook with 301 Location: /hook",),
)
def path_cleaned(case: Case, reading: Reading) -> str:
    """The URL has a double slash or dots in it, and the router redirects to the clean path.

    Sees: a 3xx to the path without the double slash.
    Why: the delivery was not handled.
    Do: remove the double slash from the URL at the sender, or from the end of the handler's URL.
    """
    return _register(case, reading, "Remove the double slash from the webhook URL")


@explains(
    "redirect.moved",
    "moved-redirect",
    "{who} says that {path} has moved",
    examples=("nginx answers 301 Location: http://localhost/hook for /old",),
)
def moved(case: Case, reading: Reading) -> str:
    """The path has moved to another one.

    Sees: a 3xx whose Location is another path.
    Why: providers do not follow redirects.
    Do: register the new URL.
    """
    return _register(case, reading)


@watches(
    "redirect.not-followed",
    "moved-redirect",
    examples=("301 to a POST: a sender that follows sends a GET without the body",),
    needs=needs.location,
)
def not_followed(case: Case, reading: Reading | None) -> Iterator[Finding]:
    """What a sender would do with this redirect. hookscope never follows one, neither do most providers.

    Sees: any 3xx with a Location.
    Why: 301, 302 and 303 become a GET and lose the body; 307 and 308 keep method and body.
    Do: make the registered URL answer 2xx itself.
    """
    answer = case.answer
    if (
        answer is None
        or answer.status not in REDIRECTS
        or not answer.get("location")
        or case.request.method in {"GET", "HEAD"}
    ):
        return
    place = f"answer.headers.{answer.spelt('location')}"
    cause = reading.cause if reading else "moved-redirect"
    yield Finding(
        code="redirect.not-followed",
        severity="info",
        cause=cause,
        layer="sender",
        title=f"A {answer.status} to a {case.request.method}: {WHAT_SENDERS_DO[answer.status]}",
        hint="Make the registered URL answer 2xx itself",
        evidence=(Evidence(f"Location: {answer.get('location')[:160]}", place, 0, len(answer.get("location"))),),
    )


RULES: tuple[Rule, ...] = (
    *explained("redirect"),
    trailing_slash,
    login,
    https,
    canonical_host,
    locale,
    path_cleaned,
    moved,
    not_followed,
)
