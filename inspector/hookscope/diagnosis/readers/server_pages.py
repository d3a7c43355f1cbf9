"""The own pages of a web server, proxy or gateway, whatever its name: a page that names the server which Server names,
or nothing at all.

What one of them can mean depends on its status and on the request; who it is, is told by the page. Marks of a known
product are surer.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from hookscope.diagnosis import conditions
from hookscope.diagnosis.case import Case
from hookscope.diagnosis.marks import header_evidence, status_evidence
from hookscope.diagnosis.names import languages_of
from hookscope.diagnosis.readings import Reading
from hookscope.diagnosis.views import AnswerView
from hookscope.model.finding import Layer
from hookscope_relay.made_answers import phrase

# nginx and what was made of it sign their pages like this; Apache httpd and its kin write an <address>.
_SIGNED = re.compile(
    r"<hr/?>\s*<center>([a-z][\w .-]{1,40}?)(?:/[\w.]+)?</center>|<address>(?:<a [^>]{0,200}>)?([a-z][\w.-]{1,30})[ /]",
    re.I,
)

# Names in Server of what stands in front of applications, and is seldom one.
_FRONTS = re.compile(
    r"^(nginx|openresty|tengine|angie|freenginx|apache(?!-coyote)|httpd|caddy|haproxy|lighttpd|litespeed|openlitespeed|h2o|microsoft-iis|"
    r"microsoft-azure|envoy|istio-envoy|traefik|kong|varnish|squid|ats|apachetrafficserver|pingora|awselb|cloudflare|bunnycdn|keycdn|"
    r"akamai|gws|pound|sozu|hitch|nuster|cherokee|hiawatha|monkey|thttpd|mini_httpd|sthttpd|abyss|openbsd httpd|relayd|krakend|tyk|skipper|apisix|easegress|oauth2-proxy|pomerium|trafficserver|yts|mitmproxy|privoxy|tinyproxy|angie|unit/|bunkerweb|uhttpd|goahead|lwan|nostromo|google frontend|fly/|netlify|vercel|sffe|cloudfront|yunjiasu|hcdn|ddos-guard|qrator|zscaler|fortiweb|barracuda|big-?ip)",
    re.I,
)
_APPLICATION = ("x-powered-by", "set-cookie", "x-request-id", "x-runtime", "etag")
_SHORT = 2048


def front_of(answer: AnswerView) -> str:
    """The name of the server whose own page an answer is; empty where the answer may be an application's."""
    if any(name in answer.headers for name in _APPLICATION) or answer.json is not None:
        return ""
    server = answer.get("server")
    if (found := _SIGNED.search(answer.text[:_SHORT])) is not None and len(answer.answer.body) <= _SHORT:
        name = (found[1] or found[2]).lower()
        return "" if languages_of(name) else _SPELT.get(name, found[1] or found[2])
    if (known := _FRONTS.match(server)) is None:
        return ""
    named = re.split(r"[/ ]", server)[0].lower()
    bare = answer.empty and "content-type" not in answer.headers
    if bare or (len(answer.answer.body) <= _SHORT and (named in answer.low or _only_status(answer) or _titled(answer))):
        return _SPELT.get(known[1].lower(), re.split(r"[/ ]", server)[0])
    return ""


def _only_status(answer: AnswerView) -> bool:
    """Whether a page says its status as number and phrase, and no more."""
    status = f"{answer.status} {phrase(answer.status)}".lower()
    return answer.is_html and not answer.message.lower().replace(status, "").strip(" .·-|")


def _titled(answer: AnswerView) -> bool:
    """Whether a short page has the status, or its name, for a title: what a server writes and a person explains."""
    title = answer.title.lower()
    name = phrase(answer.status).lower()
    return (
        answer.is_html
        and bool(title)
        and (title.startswith(str(answer.status)) or title in {name, f"error {answer.status}"})
    )


_SPELT = {
    "apache": "Apache httpd",
    "caddy": "Caddy",
    "haproxy": "HAProxy",
    "openresty": "OpenResty",
    "microsoft-iis": "IIS",
}


@dataclass(frozen=True, slots=True)
class Page:
    """What a server's own page of some statuses means, where the request is as asked."""

    statuses: frozenset[int]
    cause: str
    alternatives: tuple[str, ...] = ()
    when: Callable[[Case], bool] = conditions.any_case
    layer: Layer = "reverse-proxy"


_DENIED = ("ip-denied", "proxy-rule-denied", "method-not-allowed", "user-agent-denied", "waf-rule")


def _page(status: int, cause: str, *alternatives: str, when: Callable[[Case], bool] = conditions.any_case) -> Page:
    return Page(frozenset({status}), cause, alternatives, when)


PAGES: tuple[Page, ...] = (
    Page(frozenset({403, 406}), "waf-rule", _DENIED[:4], conditions.suspicious, "waf"),
    _page(403, "ip-denied", *_DENIED[1:]),
    _page(406, "waf-rule", "not-acceptable"),
    _page(400, "header-too-large", "malformed-request", when=conditions.long_header),
    _page(400, "encoded-slash", "malformed-request", when=conditions.encoded_slash),
    _page(400, "body-too-large", "malformed-request", when=conditions.large_body),
    _page(400, "malformed-request", "host-route-mismatch"),
    _page(401, "auth-required"),
    _page(404, "encoded-slash", "not-found", "host-route-mismatch", when=conditions.encoded_slash),
    _page(404, "host-route-mismatch", "not-found", when=conditions.public_host),
    _page(404, "not-found", "host-route-mismatch"),
    _page(405, "method-not-allowed", "static-post"),
    _page(408, "request-timeout"),
    _page(410, "gone"),
    _page(411, "length-required"),
    _page(413, "body-too-large"),
    _page(414, "uri-too-long"),
    _page(415, "unsupported-media-type"),
    _page(421, "host-route-mismatch"),
    _page(429, "rate-limited"),
    _page(431, "header-too-large"),
    _page(500, "proxy-rule-denied", "app-exception", "auth-service-down"),
    _page(501, "method-not-allowed"),
    _page(502, "upstream-timeout", "upstream-bad-response", "upstream-down", when=conditions.slow),
    _page(502, "upstream-down", "upstream-bad-response", "upstream-tls-mismatch"),
    _page(503, "upstream-down", "maintenance", "rate-limited", "overloaded"),
    _page(504, "upstream-timeout"),
)
"""In order: the first that fits is the one."""


def readings(case: Case, answer: AnswerView) -> Iterator[Reading]:
    """At most one reading, of an answer that a server in front made itself."""
    if answer.status < 400 or not (name := front_of(answer)):
        return
    page = next((page for page in PAGES if answer.status in page.statuses and page.when(case)), None)
    if page is not None:
        evidence = [status_evidence(answer)]
        if "server" in answer.headers:
            evidence.append(header_evidence(answer, "server", ""))
        yield Reading(
            cause=page.cause,
            layer=page.layer,
            confidence=0.55,
            product=name,
            alternatives=page.alternatives,
            evidence=tuple(evidence),
        )
