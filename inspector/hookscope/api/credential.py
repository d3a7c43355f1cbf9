"""What a call identifies itself with: which kind of token, what is wrong with its form; and never the token itself."""

from __future__ import annotations

import base64
import binascii
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Literal, TypeAlias
from urllib.parse import parse_qsl

from hookscope.model.call import Credential
from hookscope.model.secret import fingerprint
from hookscope_relay.delivery import Headers

Role: TypeAlias = Literal["token", "refresh", "publishable", "signing", "client", "ended"]

# Headers beside Authorization that carry a token, in lower case, and parameters of a query that do.
HEADERS = (
    "x-shopify-access-token",
    "x-shopify-storefront-access-token",
    "x-api-key",
    "api-key",
    "apikey",
    "x-auth-token",
    "private-token",
    "x-figma-token",
    "x-goog-api-key",
    "x-access-token",
    "dd-api-key",
    "x-master-key",
    "circle-token",
    "x-typesense-api-key",
    "x-vault-token",
    "x-n8n-api-key",
    "travis-api-version-token",
)
PARAMETERS = frozenset(
    {"access_token", "api_key", "apikey", "key", "token", "hapikey", "auth_token", "apitoken", "api_token"}
)
# Below this, eight characters would show half of the secret or more.
SHOWN_FROM = 16

# What is wrong with the form of a token: the first row whose pattern is found in what stands behind the scheme names
# it.
FAULTS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("empty", re.compile(r"^$")),
    ("invisible", re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\xa0\xad\u200b-\u200f\u2028-\u202e\u2060\ufeff]")),
    ("newline", re.compile(r"[\r\n]|\\[rn]|%0[ad]", re.I)),
    ("bytes", re.compile(r"^b(['\"]).*\1$")),
    ("quoted", re.compile(r"^['\"`“”‘’«]|['\"`“”‘’»]$")),
    (
        "unexpanded",
        re.compile(
            r"^(\$\{[^}]*\}?|\$[A-Za-z_]\w*|\$\([^)]*\)|\{\{.*\}\}|\{[A-Za-z_][\w.]*\}|%[A-Za-z_]\w*%|#\{.*\}|<%.*%>)$"
        ),
    ),
    ("twice", re.compile(r"^(bearer|token|basic)[\s:]", re.I)),
    (
        "variable",
        re.compile(
            r"^(?:[A-Z]+[0-9]?(?:_[A-Z]+[0-9]?)+|process\.env\b.*|os\.environ\b.*|os\.getenv\b.*|env\(.*\)|import\.meta\.env.*|ENV\[.*|secrets\..*)$"
        ),
    ),
    (
        "nothing",
        re.compile(r"^(undefined|null|none|nil|nan|false|true|\[object \w+\]|<[^>]+ object at .*>|function.*)$", re.I),
    ),
    (
        "placeholder",
        re.compile(
            r"^(<[^>]*>|\[[^\]]*\]|x{4,}|\*{3,}|(your|my|insert|replace|change|example|paste|add)[\W_]?.*(token|key|secret|here|me)|token|secret|api[_-]?key|changeme|test|todo|foo|bar)$",
            re.I,
        ),
    ),
    ("masked", re.compile(r"\*{3,}|…|\.{3}|•{2,}|x{8,}$")),
    ("space", re.compile(r"\s")),
    ("encoded", re.compile(r"%[0-9A-F]{2}")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenKind:
    """A kind of token: whose, what for, how it begins, and the fewest characters of a whole one (0: not known)."""

    name: str
    title: str
    owner: str
    like: str
    role: Role = "token"
    least: int = 0


@cache
def token_kinds() -> Mapping[str, TokenKind]:
    """The kinds of tokens, by name, in the order in which they are tried."""
    rows = tomllib.loads((resources.files("hookscope.api") / "tokens.toml").read_text("utf-8"))["kind"]
    return {row["name"]: TokenKind(**row) for row in rows}


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((kind.name, re.compile(kind.like)) for kind in token_kinds().values())


def kind_of(secret: str) -> str:
    """The kind of a token, by its beginning; empty where no row fits."""
    return next((name for name, pattern in _patterns() if pattern.match(secret)), "")


def read_credential(headers: Headers, target: str) -> Credential | None:
    """What a call identifies itself with; None where it brings nothing of the kind."""
    for name, value in headers:
        if name.lower() == "authorization":
            return _authorization(value)
    for name, value in headers:
        if name.lower() in HEADERS:
            return _credential(name, "", value)
    for name, value in parse_qsl(target.partition("?")[2], keep_blank_values=True):
        if name.lower() in PARAMETERS:
            return _credential(f"query:{name}", "", value)
    return None


def secret_values(headers: Headers, target: str) -> tuple[str, ...]:
    """Every text of a call that opens something, whole and in the parts in which it may be quoted elsewhere."""
    found: list[str] = []
    for name, value in headers:
        if name.lower() == "authorization":
            scheme, rest = _split(value)
            found += [rest, *(_basic(rest) if scheme.lower() == "basic" else ())]
            found += [rest.strip("'\"` ")]
        elif name.lower() in HEADERS or name.lower() == "cookie":
            found.append(value)
    found += [value for name, value in parse_qsl(target.partition("?")[2]) if name.lower() in PARAMETERS]
    return tuple(dict.fromkeys(value for value in found if len(value) >= 6))


def _authorization(value: str) -> Credential:
    scheme, secret = _split(_as_text(value).strip(" \t"))
    if scheme.lower() == "basic":
        user = next(iter(_basic(secret)), "")
        if kind := kind_of(user):
            return _credential("Authorization", scheme, user, kind)
    return _credential("Authorization", scheme, secret)


def _split(value: str) -> tuple[str, str]:
    """The scheme and what stands behind it; a value of one word has no scheme, unless it is one."""
    first, space, rest = value.partition(" ")
    if not space:
        return (first, "") if first.lower().rstrip(":") in ("bearer", "token", "basic") else ("", value)
    return (first, rest) if _SCHEME.fullmatch(first) and not kind_of(first) else ("", value)


# Letters only: whatever else stands first may be a token.
_SCHEME = re.compile(r"[A-Za-z][A-Za-z-]{2,19}:?")


def _credential(place: str, scheme: str, secret: str, kind: str = "") -> Credential:
    secret = _as_text(secret)
    bare = secret.strip(" \t\r\n'\"`“”")
    for word in ("Bearer ", "bearer ", "Token ", "token "):
        bare = bare.removeprefix(word)
    kind = kind or kind_of(bare) or kind_of(bare.removeprefix("b'").removeprefix('b"'))
    fault = _fault(secret, kind) if scheme.lower() != "basic" or not bare else ""
    return Credential(
        place=place,
        scheme=scheme,
        kind=kind,
        fault=fault,
        shown=_shown(secret, fault),
        digest=fingerprint(bare.encode("utf-8", "surrogatepass")) if bare else "",
    )


def _fault(secret: str, kind: str) -> str:
    found = next((name for name, pattern in FAULTS if pattern.search(secret)), "")
    if found or not kind:
        return found
    return "cut" if 0 < len(secret) < token_kinds()[kind].least else ""


def _shown(secret: str, fault: str) -> str:
    """What may be shown: all of what is no secret, else the first and last four characters of a long one."""
    if fault in ("unexpanded", "variable", "nothing", "empty"):
        return secret[:40]
    return f"{secret[:4]}…{secret[-4:]}" if len(secret) >= SHOWN_FROM else "…" if secret else ""


def _basic(encoded: str) -> tuple[str, ...]:
    """User and password of Basic credentials; nothing where they are none."""
    try:
        user, _, password = base64.b64decode(encoded, validate=True).decode("utf-8").partition(":")
    except (binascii.Error, ValueError):
        return ()
    return tuple(part for part in (user, password) if part)


def _as_text(value: str) -> str:
    """A header's bytes as the text that they are in UTF-8, where they are."""
    try:
        return value.encode("latin-1").decode("utf-8")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return value
