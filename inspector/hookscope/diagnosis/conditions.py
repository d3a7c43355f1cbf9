"""Named questions about a case, for marks: their answer narrows a page that several causes share.

Those about the answer alone: `answer_conditions`.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from hookscope.diagnosis.case import Case
from hookscope.diagnosis.conditions_of_answers import (
    bare_answer,
    bare_lower_case,
    empty_answer,
    names_no_exception,
    retry_after,
    sets_csrf_cookie,
)
from hookscope.diagnosis.conditions_of_signatures import signed, stale, unsigned, unsigned_by_provider
from hookscope.diagnosis.urls import Target, is_private_host, same_but_slash, split
from hookscope.diagnosis.views import is_json_type

LARGE_BODY = 60 * 1024
LONG_HEADER = 4 * 1024
LONG_HEADERS = 8 * 1024
LONG_TARGET = 2 * 1024

# RFC 9110, 5.6.2: the characters of a field name.
_TOKEN = re.compile(r"^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")
_LOCALE = re.compile(r"^/[a-z]{2}([-_][A-Za-z]{2,4})?(/|$)")
# What the usual rule sets of firewalls look for, in their plainest forms (OWASP Core Rule Set, groups 930 to 942).
_ATTACK = re.compile(
    rb"<script\b|javascript:|onerror\s*=|union\s+(all\s+)?select\b|\bor\s+1\s*=\s*1\b|/etc/passwd|\.\./\.\./|\bnc\s+\d+\.\d+"
    rb"|;\s*(cat|wget|curl|rm|sh|bash)\s|\$\{jndi:|\bdrop\s+table\b|\bsleep\(\d|xp_cmdshell|<\?php|\$\(.{0,40}\)",
    re.I,
)
_FORBIDDEN_PATH = re.compile(
    r"(/\.(?!well-known)[a-z]|\.(bak|sql|old|orig|swp|ini|conf|log)$|/wp-config|/etc/passwd|\.\./)", re.I
)
_SCANNER = re.compile(
    r"sqlmap|nikto|nmap|masscan|acunetix|nessus|dirbuster|gobuster|wpscan|zgrab|hydra|python-requests", re.I
)


def public_host(case: Case) -> bool:
    """The handler saw a Host that is not this machine's, nor one that only a developer's own network knows."""
    return not case.local and not is_private_host(case.host)


def broken_json(case: Case) -> bool:
    return case.request.state == "broken"


def empty_body(case: Case) -> bool:
    return case.request.state == "empty"


def not_json_type(case: Case) -> bool:
    """The body looks like JSON, and Content-Type does not say so."""
    return case.request.looks_json and not is_json_type(case.request.media)


def not_plain_json_type(case: Case) -> bool:
    """The body looks like JSON, and Content-Type is another than application/json itself:
    parsers that go by that alone skip it."""
    return case.request.looks_json and case.request.media != "application/json"


def unexplained_not_json_type(case: Case) -> bool:
    """JSON that Content-Type does not announce met an answer that names no exception."""
    return not_json_type(case) and names_no_exception(case)


def form(case: Case) -> bool:
    return case.request.media in {"application/x-www-form-urlencoded", "multipart/form-data", "text/plain"}


def multipart(case: Case) -> bool:
    return case.request.media == "multipart/form-data"


def large_body(case: Case) -> bool:
    return case.request.size >= LARGE_BODY


def long_header(case: Case) -> bool:
    sizes = [len(name) + len(value) for name, value in case.delivery.headers]
    return max(sizes, default=0) >= LONG_HEADER or sum(sizes) >= LONG_HEADERS


def long_target(case: Case) -> bool:
    return len(case.delivery.target) >= LONG_TARGET


def bad_header(case: Case) -> bool:
    """A header that no HTTP server has to take: a name that is no token, or control characters in a value."""
    return any(
        not _TOKEN.match(name) or re.search(r"[\x00-\x08\x0a-\x1f\x7f]", value) for name, value in case.delivery.headers
    )


def no_host(case: Case) -> bool:
    return "host" not in case.request.headers and case.delivery.http_version == "1.1"


def final_slash(case: Case) -> bool:
    return len(case.request.path) > 1 and case.request.path.endswith("/")


def encoded_slash(case: Case) -> bool:
    return "%2f" in case.request.path.lower()


def read_method(case: Case) -> bool:
    return case.request.method in {"GET", "HEAD"}


def unusual_method(case: Case) -> bool:
    return case.request.method not in {"GET", "HEAD", "POST", "OPTIONS"}


def preflight(case: Case) -> bool:
    return case.request.method == "OPTIONS" and "access-control-request-method" in case.request.headers


def referer(case: Case) -> bool:
    return bool(case.request.get("referer"))


def origin(case: Case) -> bool:
    return bool(case.request.get("origin"))


def scanner(case: Case) -> bool:
    return bool(_SCANNER.search(case.request.get("user-agent")))


def suspicious(case: Case) -> bool:
    """The request looks like what firewalls refuse: an attack in target or body, a scanner,
    an odd method or content type."""
    target = re.sub(r"%([0-9A-Fa-f]{2})", lambda found: chr(int(found[1], 16)), case.delivery.target)
    return bool(
        scanner(case)
        or _FORBIDDEN_PATH.search(target)
        or _ATTACK.search(target.replace("+", " ").encode("latin-1", "replace"))
        or _ATTACK.search(case.request.body[:LARGE_BODY])
    )


def odd_for_firewall(case: Case) -> bool:
    """A method or content type outside the lists of the usual rule sets."""
    return unusual_method(case) or (not_json_type(case) and case.request.media == "text/plain")


def slow(case: Case) -> bool:
    return bool(case.attempt and case.attempt.elapsed_ms >= 950)


def burst(case: Case) -> bool:
    """Four deliveries or more within the last ten seconds."""
    since = case.delivery.received_at - 10
    return sum(earlier.received_at >= since for earlier in case.recent) >= 4


def encoded_body(case: Case) -> bool:
    return case.request.get("content-encoding").lower() not in {"", "identity"}


def odd_charset(case: Case) -> bool:
    return case.request.charset not in {"", "utf-8", "utf8", "us-ascii"}


def no_length(case: Case) -> bool:
    return "chunked" in case.request.get("transfer-encoding").lower() or (
        "content-length" not in case.request.headers and bool(case.delivery.body)
    )


def accepts_json(case: Case) -> bool:
    return "json" in case.request.get("accept").lower()


def double_slash(case: Case) -> bool:
    return "//" in case.request.path or "/./" in case.request.path or "/../" in case.request.path


def expects(case: Case) -> bool:
    return bool(case.request.get("expect"))


def empty_post(case: Case) -> bool:
    """There is no body where one belongs."""
    return empty_body(case) and not read_method(case)


def empty_answer_to_public_host(case: Case) -> bool:
    return empty_answer(case) and public_host(case)


def any_case(case: Case) -> bool:
    """Always: for rows that need no condition."""
    return True


def location(case: Case) -> Target:
    """The parts of the answer's Location."""
    return split(case.answer.get("location") if case.answer else "")


def sent_path(case: Case) -> str:
    """The path that the handler was asked for."""
    sent = case.attempt.request if case.attempt else None
    return (sent.target if sent else "").partition("?")[0] or split(case.url).path or case.request.path or "/"


def redirect_to_https(case: Case) -> bool:
    """Location is the same place with https, whatever its port."""
    to = location(case)
    return to.scheme == "https" and (to.path or "/") == (sent_path(case) or "/") and not case.url.startswith("https:")


def redirect_to_www(case: Case) -> bool:
    """Location is the same path on another host."""
    to = location(case)
    here = split("//" + case.host).name
    return bool(to.name) and to.name != here and (to.path or "/") == sent_path(case)


def redirect_adds_locale(case: Case) -> bool:
    to, here = location(case).path, sent_path(case)
    found = _LOCALE.match(to)
    return bool(found) and to[found.end() - len(found[2]) :].strip("/") == here.strip("/") if found else False


def redirect_of_slash(case: Case) -> bool:
    return same_but_slash(location(case).path or "/", sent_path(case))


CONDITIONS: dict[str, Callable[[Case], bool]] = {
    function.__name__.replace("_", "-"): function
    for function in (
        public_host,
        broken_json,
        empty_body,
        not_json_type,
        not_plain_json_type,
        unexplained_not_json_type,
        form,
        multipart,
        large_body,
        long_header,
        long_target,
        bad_header,
        no_host,
        final_slash,
        encoded_slash,
        read_method,
        unusual_method,
        preflight,
        referer,
        origin,
        scanner,
        suspicious,
        odd_for_firewall,
        signed,
        slow,
        burst,
        encoded_body,
        odd_charset,
        no_length,
        accepts_json,
        double_slash,
        expects,
        redirect_to_https,
        redirect_to_www,
        redirect_adds_locale,
        redirect_of_slash,
        empty_post,
        empty_answer,
        bare_answer,
        bare_lower_case,
        empty_answer_to_public_host,
        unsigned,
        unsigned_by_provider,
        stale,
        sets_csrf_cookie,
        retry_after,
        any_case,
    )
}
"""Name of a condition, as mark files write it, to the question."""
