"""The other spellings of one URL: what is escaped in path and query, what a plus sign means, credentials,
and what a proxy cut off."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from typing import TypeAlias
from urllib.parse import SplitResult, quote, unquote

from hookscope.providers.facts import Facts

UrlForm: TypeAlias = tuple[str, str, str]

# Characters that one library escapes in a query and another does not.
DISPUTED = "+'~*@:!()$,;/[]|\"<>`{}^\\ "
SAFE_SETS: tuple[tuple[str, str], ...] = (
    ("all but unreserved characters", "~"),
    ("as encodeURIComponent has it", "!'()*~"),
    ("as encodeURI has it", "!'()*~;/?:@&=+$,#"),
    ("as browsers have it", "*-._"),
    ("as .NET has it", "!'()*~;/?:@$,"),
    ("as Java's URI has it", "!'()*~;/?:@$,+=_-."),
    ("as RFC 3986 allows in a query", "!'()*~;/?:@$,+"),
)
# What divides a query can stand in no value unescaped.
NOT_IN_VALUES = {ord(one): None for one in "&#+="}
# The beginning of a telephone number, whose plus sign became a space.
NUMBER_AT = re.compile(r"(?<==)(?:\+|%20| )(?=[0-9])")
ORIGINAL_TARGET = (
    "x-original-uri",
    "x-original-url",
    "x-rewrite-url",
    "x-forwarded-uri",
    "x-request-uri",
    "x-envoy-original-path",
    "x-forwarded-path",
    "x-replaced-path",
)
PREFIX_HEADERS = ("x-forwarded-prefix", "x-script-name", "x-forwarded-context", "x-ingress-path", "x-base-path")
# What proxies, gateways and functions cut off most often.
PREFIXES = (
    "webhook",
    "webhooks",
    "api",
    "hooks",
    "v1",
    "v2",
    "api/v1",
    "app",
    "prod",
    "production",
    "dev",
    "stage",
    "staging",
    "default",
    "$default",
    "functions/v1",
    ".netlify/functions",
    "services",
    "backend",
    "server",
    "public",
    "integrations",
    "callback",
    "callbacks",
    "twilio",
    "sms",
    "voice",
)


def escape_forms(url: str, parts: SplitResult) -> Iterator[UrlForm]:
    """The URL with path and query escaped otherwise: one disputed character, or all as a library has it."""
    yield from _plus_signs(url, parts)
    for one in DISPUTED:
        escaped = f"%{ord(one):02X}"
        for before, after in ((one, escaped), (escaped, one), (escaped.lower(), one), (one, escaped.lower())):
            yield from _replaced(parts, before, after)
    for name, safe in SAFE_SETS:
        for told, query in _requoted(parts.query, safe.translate(NOT_IN_VALUES)):
            path = quote(unquote(parts.path), safe=safe + "/")
            yield "url-encoding", f"the query escaped {name}{told}", parts._replace(query=query).geturl()
            yield (
                "url-encoding",
                f"path and query escaped {name}{told}",
                parts._replace(path=path, query=query).geturl(),
            )


def _plus_signs(url: str, parts: SplitResult) -> Iterator[UrlForm]:
    query = parts.query
    for name, changed in (
        ("%2B for the + before a number", NUMBER_AT.sub("%2B", query)),
        ("+ for the %2B", re.sub("%2b", "+", query, flags=re.IGNORECASE)),
        ("%2B for +", query.replace("+", "%2B")),
        ("%2B for %20", query.replace("%20", "%2B")),
        ("+ for %20", query.replace("%20", "+")),
        ("%20 for +", query.replace("+", "%20")),
        ("%20 for %2B", re.sub("%2b", "%20", query, flags=re.IGNORECASE)),
        ("a bare + before a number", NUMBER_AT.sub("+", query)),
    ):
        if changed != query:
            yield "url-encoding", name, parts._replace(query=changed).geturl()


def _replaced(parts: SplitResult, before: str, after: str) -> Iterator[UrlForm]:
    if before in parts.query:
        query = parts.query.replace(before, after)
        yield "url-encoding", f"{after} for {before} in the query", parts._replace(query=query).geturl()
    if before in parts.path and before not in "/":
        path = parts.path.replace(before, after)
        yield "url-encoding", f"{after} for {before} in the path", parts._replace(path=path).geturl()
        if before in parts.query:
            both = parts._replace(path=path, query=parts.query.replace(before, after))
            yield "url-encoding", f"{after} for {before}", both.geturl()


def _requoted(query: str, safe: str) -> Iterator[tuple[str, str]]:
    """Names and values of a query decoded and escaped anew, as a form's (`+` is a space) and as they stand."""
    for told, plain, space in (
        ("", query.replace("+", "%20"), "%20"),
        (", spaces as +", query.replace("+", "%20"), "+"),
        (", plus signs meant", query, "%20"),
    ):
        fields = [field.partition("=") for field in plain.split("&")]
        text = "&".join(
            f"{quote(unquote(name), safe)}{mark}{quote(unquote(value), safe)}" for name, mark, value in fields
        )
        yield told, text.replace("%20", space)


def credential_forms(url: str, parts: SplitResult, facts: Facts) -> Iterator[UrlForm]:
    """The URL with the user and password that arrive as Basic credentials, and without those it has."""
    bare = parts.netloc.rpartition("@")[2]
    if bare != parts.netloc:
        yield "url-host", "without the user and password", _with_authority(url, parts, bare)
    word, _, encoded = facts.header("authorization").partition(" ")
    if word.lower() != "basic":
        return
    try:
        pair = base64.b64decode(encoded.strip() + "==").decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return
    user, mark, password = pair.partition(":")
    for name, text in (
        ("", pair),
        (", escaped", quote(user, safe="") + mark + quote(password, safe="")),
        (", escaped as encodeURIComponent has it", quote(user, safe="!'()*~") + mark + quote(password, safe="!'()*~")),
        (", the user alone", user),
    ):
        for port in _ports(parts):
            told = f"with the user and password of the Authorization header{name}"
            yield "url-host", told, _with_authority(url, parts, f"{text}@{bare}{port}")


def _ports(parts: SplitResult) -> tuple[str, ...]:
    return ("", ":443", ":80") if parts.port is None else ("",)


def _with_authority(url: str, parts: SplitResult, authority: str) -> str:
    before, slashes, rest = url.partition("//")
    return f"{before}{slashes}{authority}{rest[len(parts.netloc) :]}"


def prefix_forms(parts: SplitResult, facts: Facts) -> Iterator[UrlForm]:
    """The URL with what a proxy cut off its path, by the headers that tell of it and by guess;
    and as its headers tell it whole."""
    for name in ORIGINAL_TARGET:
        told = facts.header(name)
        if told.startswith("/"):
            path, mark, query = told.partition("?")
            whole = parts._replace(path=path, query=query if mark else parts.query)
            yield "url-path", f"the path of {name}: {path[:80]}", whole.geturl()
        elif "://" in told:
            yield "url-path", f"the URL of {name}", told
    for name in PREFIX_HEADERS:
        prefix = "/" + facts.header(name).strip("/")
        if prefix != "/":
            yield (
                "url-path",
                f"the path with {prefix[:80]} before it",
                parts._replace(path=prefix + parts.path).geturl(),
            )
    for step in PREFIXES:
        yield "url-path", f"the path with /{step} before it", parts._replace(path=f"/{step}{parts.path}").geturl()
