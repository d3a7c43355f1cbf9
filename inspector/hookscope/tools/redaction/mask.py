"""Credentials in headers, hidden from whoever looks at a screen; a capture keeps them, and `show --reveal` tells them.

What stands in a credential's place is its fingerprint, as `hookscope secret list` has it, so that two can be compared.
"""

from __future__ import annotations

import re

from hookscope.model.finding import Evidence
from hookscope.model.secret import fingerprint
from hookscope.tools.redaction.names import COOKIE_HEADERS, is_secret_header
from hookscope_relay.delivery import Headers

HIDDEN = "••••"
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9_-]*) +(?=\S)")
# These words are followed by a signature: it proves one message and opens nothing, and must be compared whole.
_SIGNATURES = re.compile(r"hmac|signature|digest", re.IGNORECASE)


def masks(headers: Headers) -> bool:
    """Whether any of the headers is masked."""
    return any(mask(name, value) != value for name, value in headers)


def mask(name: str, value: str) -> str:
    """A header's value for a screen: the scheme of a credential stays, the names of cookies, and all that is no
    secret."""
    lower = name.lower()
    if lower in COOKIE_HEADERS:
        # Of Set-Cookie, what follows the cookie are its attributes.
        cookies = value.split(";", 1 if lower.startswith("set") else -1)
        secret = cookies[:1] if lower.startswith("set") else cookies
        return ";".join((*map(_cookie, secret), *cookies[len(secret) :]))
    if not value or not is_secret_header(name):
        return value
    scheme = _SCHEME.match(value) if lower.endswith(("authorization", "authentication")) else None
    if scheme and _SIGNATURES.search(scheme[1]):
        return value
    kept = scheme[0] if scheme else ""
    return f"{kept}{HIDDEN} (fingerprint {fingerprint(value[len(kept) :].encode('latin-1', 'replace'))})"


def _cookie(cookie: str) -> str:
    name, equals, value = cookie.partition("=")
    if not equals:
        name, value = "", cookie.strip()
    return f"{name}{equals}{HIDDEN}" if value else cookie


def mask_evidence(evidence: Evidence) -> str:
    """What evidence says, its header masked where it quotes one."""
    _, _, name = evidence.place.partition(".headers.")
    quoted = f"{name}: "
    if not name or not evidence.text.startswith(quoted):
        return evidence.text
    return quoted + mask(name, evidence.text[len(quoted) :])
