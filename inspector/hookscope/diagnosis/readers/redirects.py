"""Where a redirect leads tells what it is: a slash, https, another host, a language, a login, or simply elsewhere."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from hookscope.diagnosis import conditions
from hookscope.diagnosis.case import Case
from hookscope.diagnosis.marks import header_evidence, name_with_version, status_evidence
from hookscope.diagnosis.readings import Reading
from hookscope.diagnosis.urls import Target, same_but_slash, split
from hookscope.diagnosis.views import AnswerView
from hookscope.model.finding import Layer

REDIRECTS = frozenset({300, 301, 302, 303, 307, 308})

_LOGIN = re.compile(
    r"(^|[/_.-])(log_?-?in|sign_?-?in|sign_?-?on|auth|authenticate|authorize|oauth2?|sso|saml2?|oidc|openid|idp|cas|session/new|sessions/new|"
    r"users/sign_in|accounts?/login|unauthorized|signin-oidc)([/_.-]|$)",
    re.I,
)
_RETURN = re.compile(
    r"(^|&)(next|return|return_?to|return_?url|returnurl|callback_?url|redirect|redirect_?to|redirect_?uri|continue|came_from|target|from|goto|rd|url|service)=",
    re.I,
)
_DONE = re.compile(
    r"(?:^|[/_-])(thanks?|thank-?you|success|done|complete[d]?|confirmation|received|ok)(\.\w+)?/?$", re.I
)
_ITEM = re.compile(r"/(\d+|[0-9a-f-]{32,36})/?$", re.I)

# Pages that proxies write around their own redirects.
_PROXY_PAGES = (
    ("<hr><center>nginx", "nginx"),
    ("<hr><center>openresty", "openresty"),
    ('<p>the document has moved <a href="', "Apache httpd"),
    ("<title>301 moved permanently</title>\n</head>\n<body>\n<h1>301 moved permanently</h1>", "lighttpd"),
)

# HAProxy's redirects have nothing else, not even a Date.
_HAPROXY_ONLY = {"location", "cache-control", "content-length", "connection"}


def readings(case: Case, answer: AnswerView) -> Iterator[Reading]:
    """The reading of a redirect by its Location, with who seems to have made it."""
    if answer.status not in REDIRECTS or not answer.get("location"):
        return
    cause, confidence, layer = _meaning(case, answer)
    proxy = _proxy(answer)
    evidence = (status_evidence(answer), header_evidence(answer, "location", ""))
    yield Reading(
        cause=cause,
        layer="reverse-proxy" if proxy else layer,
        confidence=confidence,
        product=name_with_version(*proxy, answer) if proxy else framework_of(answer),
        evidence=evidence,
    )


def _proxy(answer: AnswerView) -> tuple[str, str] | None:
    for text, name in _PROXY_PAGES:
        if text in answer.low:
            return name, name.partition(" ")[0]
    server = answer.get("server").lower()
    # Proxies that write no page: an empty answer which nothing behind them has marked.
    bare = not answer.get("content-type") and not answer.get("x-powered-by") and not answer.get("set-cookie")
    if answer.empty and bare:
        for part, name in (
            ("caddy", "Caddy"),
            ("haproxy", "HAProxy"),
            ("traefik", "Traefik"),
            ("lighttpd", "lighttpd"),
            ("varnish", "Varnish"),
        ):
            if part in server:
                return name, part
        if set(answer.headers) <= _HAPROXY_ONLY:
            return "HAProxy", "haproxy"
    return None


def framework_of(answer: AnswerView) -> str:
    """The framework that an answer's headers or page name, as far as they do."""
    powered, server = answer.get("x-powered-by"), answer.get("server")
    for part, name in (
        ("Express", "Express"),
        ("Next.js", "Next.js"),
        ("PHP", "PHP"),
        ("ASP.NET", "ASP.NET"),
        ("Nuxt", "Nuxt"),
    ):
        if part in powered:
            return name_with_version(name, "", answer)
    if answer.get("referrer-policy") == "same-origin" and "cross-origin-opener-policy" in answer.headers:
        return "Django"
    for part, name in (
        ("Werkzeug", "Werkzeug"),
        ("TornadoServer", "Tornado"),
        ("aiohttp", "aiohttp"),
        ("uvicorn", "uvicorn"),
        ("hypercorn", "hypercorn"),
        ("gunicorn", "gunicorn"),
        ("Kestrel", "ASP.NET Core"),
        ("Jetty", "Jetty"),
        ("Perl Dancer2", "Dancer2"),
        ("Mojolicious", "Mojolicious"),
        ("SimpleHTTP", "Python http.server"),
        ("WEBrick", "WEBrick"),
        ("Cowboy", "Cowboy"),
    ):
        if part.lower() in server.lower():
            return name_with_version(name, part, answer)
    return "Rails" if "x-runtime" in answer.headers and "x-request-id" in answer.headers else ""


@dataclass(frozen=True, slots=True)
class RedirectWay:
    """Where a redirect leads, against where the handler was asked: paths are never empty, names are in lower case."""

    case: Case
    answer: AnswerView
    to: Target
    path: str
    here: str
    host: str

    @property
    def elsewhere(self) -> bool:
        """Whether Location names another host."""
        return bool(self.to.name) and self.to.name != self.host

    @property
    def becomes_https(self) -> bool:
        return self.to.scheme == "https" and not self.case.url.startswith("https:")


MEANINGS: tuple[tuple[Callable[[RedirectWay], bool], str, float, Layer], ...] = (
    (lambda way: same_but_slash(way.path, way.here), "trailing-slash-redirect", 0.95, "framework"),
    (lambda way: way.path == way.here and way.becomes_https, "https-redirect", 0.95, "framework"),
    (lambda way: way.path == way.here and way.elsewhere, "canonical-host-redirect", 0.93, "framework"),
    (
        lambda way: conditions.double_slash(way.case) and way.path == _cleaned(way.here),
        "path-clean-redirect",
        0.95,
        "framework",
    ),
    (lambda way: conditions.redirect_adds_locale(way.case), "locale-redirect", 0.93, "framework"),
    (lambda way: way.becomes_https and not way.elsewhere and way.path != "/", "https-redirect", 0.8, "framework"),
    (lambda way: bool(_DONE.search(way.path)), "redirect-after-post", 0.9, "handler"),
    (lambda way: way.answer.status == 303 and bool(_ITEM.search(way.path)), "redirect-after-post", 0.9, "handler"),
    (lambda way: way.path == "/" and _went_back(way.answer), "validation-error", 0.8, "framework"),
    (lambda way: True, "moved-redirect", 0.85, "handler"),
)
"""In order: the first that holds says what the redirect means, how surely, and who usually makes such a one."""


def _meaning(case: Case, answer: AnswerView) -> tuple[str, float, Layer]:
    to = conditions.location(case)
    way = RedirectWay(case, answer, to, to.path or "/", conditions.sent_path(case), split("//" + case.host).name)
    if _is_login(to, way.host):
        return "login-redirect", 0.93, _login_layer(to, answer)
    return next((cause, sure, layer) for holds, cause, sure, layer in MEANINGS if holds(way))


def _cleaned(path: str) -> str:
    return re.sub(r"/\.?(?=/)", "", path)


def _is_login(to: Target, sent_to: str) -> bool:
    if _LOGIN.search(to.path):
        return True
    elsewhere = bool(to.name) and to.name != sent_to
    return elsewhere and bool(_LOGIN.search("/" + to.name.replace(".", "/")) or _RETURN.search(to.query))


def _login_layer(to: Target, answer: AnswerView) -> Layer:
    """Middleware remembers where to come back to, or keeps a session;
    a bare redirect to /login is the handler's own."""
    if _RETURN.search(to.query) or "set-cookie" in answer.headers:
        return "framework"
    known = framework_of(answer)
    return (
        "framework"
        if known.startswith(("Django", "Express", "PHP", "ASP.NET", "Next.js")) or _symfony(answer)
        else "handler"
    )


def _symfony(answer: AnswerView) -> bool:
    return '<meta http-equiv="refresh" content="0;url=' in answer.low and "redirecting to" in answer.low


def _went_back(answer: AnswerView) -> bool:
    """Laravel and Symfony send a failed form back to where it came from; without a Referer that is the root."""
    return (
        answer.status == 302
        and _symfony(answer)
        and ("php" in answer.get("x-powered-by").lower() or "laravel" in answer.get("set-cookie"))
    )
