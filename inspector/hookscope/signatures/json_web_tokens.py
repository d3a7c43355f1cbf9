"""JSON Web Tokens as signatures: the token's own signature, then the claims that bind it to body,
URL and time (RFC 7519)."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

from hookscope.providers.facts import parse_fields, read_json
from hookscope.providers.provider import Scheme
from hookscope.signatures.keys import decode_base64
from hookscope.signatures.material import Material

HASH_OF = {"256": "sha256", "384": "sha384", "512": "sha512"}
KIND_OF = {"RS": "rsa", "ES": "ecdsa", "Ed": "ed25519"}
MAX_TOKEN = 16384
BEARERS = ("bearer ", "jwt ", "token ")


class WebToken(NamedTuple):
    """A token taken apart; `signed` are the bytes that its signature covers."""

    algorithm: str
    claims: dict[str, Any]
    signature: bytes
    signed: bytes


def read_token(text: str) -> WebToken | None:
    """The token in a header's value, after `Bearer ` or `JWT ` where that is there; None where it is none."""
    for word in BEARERS:
        if text.lower().startswith(word):
            text = text[len(word) :]
    parts = text.strip().encode("latin-1", "replace").split(b".")
    if len(parts) != 3 or len(text) > MAX_TOKEN:
        return None
    head, claims = (read_json(decode_base64(part) or b"") for part in parts[:2])
    if not isinstance(head, dict) or not isinstance(claims, dict) or not isinstance(head.get("alg"), str):
        return None
    return WebToken(head["alg"], claims, decode_base64(parts[2]) or b"", parts[0] + b"." + parts[1])


def token_holds(token: WebToken, key: bytes) -> bool | None:
    """Whether the token's signature holds with a key (bytes for HS, a public key for the others);
    None for a key of the wrong kind."""
    if token.algorithm.startswith("HS"):
        expected = hmac.digest(key, token.signed, HASH_OF[token.algorithm[2:]])
        return hmac.compare_digest(expected, token.signature)
    from hookscope.signatures import asymmetric  # loads the cryptography library, which few schemes need

    public = asymmetric.load_public(KIND_OF[token.algorithm[:2]], key)
    hash_name = HASH_OF.get(token.algorithm[2:], "sha512")
    if public is None or not asymmetric.fits(public, hash_name):
        return None
    return asymmetric.check_joined(public, token.signature, token.signed, hash_name)


def broken_claim(scheme: Scheme, token: WebToken, material: Material) -> str:
    """The first of the scheme's claims that does not bind this body and URL; empty where all do."""
    wanted = dict(scheme.claims)
    claims = token.claims
    if (name := wanted.get("body_sha256")) and not _bound(claims.get(name), material.body, bool(material.body)):
        return name
    url = material.url.encode("utf-8", "surrogatepass")
    if (name := wanted.get("url_sha256")) and not _bound(claims.get(name), url, True):
        return name
    name = wanted.get("qsh")
    if name and claims.get(name) not in (None, "context-qsh") and not _bound(claims[name], query_text(material), True):
        return name
    issuer = wanted.get("issuer")
    return "iss" if issuer and claims.get("iss") != issuer else ""


def time_trouble(scheme: Scheme, token: WebToken, now: float) -> tuple[str, float]:
    """The reason why a token's times are not accepted (empty where they are), and by how many seconds it is too old."""
    wanted = dict(scheme.claims)
    leeway = float(wanted.get("leeway_s", 0))
    issued_within = float(wanted.get("issued_within_s", 0))
    expires, begins, issued = (_moment(token.claims.get(name)) for name in ("exp", "nbf", "iat"))
    if expires is not None and now > expires + leeway:
        return "stale", now - expires
    if begins is not None and now < begins - leeway:
        return "from-the-future", now - begins
    if issued_within and issued is None:
        return "malformed", 0.0
    if issued_within and issued is not None and now - issued > issued_within:
        return "stale", now - issued
    if issued_within and issued is not None and issued - now > issued_within:
        return "from-the-future", now - issued
    return "", 0.0


def query_text(material: Material) -> bytes:
    """Atlassian's canonical request: method, path and sorted query without `jwt`, joined by `&`."""
    try:
        parts = urlsplit(material.url)
    except ValueError:
        return b""
    path = "/" + parts.path.strip("/").replace("&", "%26")
    fields = parse_fields(parts.query.encode("utf-8", "surrogatepass"))
    pairs = sorted(
        (quote(name, safe="~"), ",".join(sorted(quote(value, safe="~") for value in values)))
        for name, values in fields.items()
        if name != "jwt"
    )
    query = "&".join(f"{name}={value}" for name, value in pairs)
    return f"{material.method.upper()}&{path}&{query}".encode("utf-8", "surrogatepass")


def write_token(algorithm: str, claims: dict[str, Any], sign: Any) -> str:
    """A token with a signature that `sign` makes of the bytes it covers."""
    import json  # only signing needs it

    head = json.dumps({"alg": algorithm, "typ": "JWT"}, separators=(",", ":")).encode()
    signed = b".".join(_unpadded(part) for part in (head, json.dumps(claims, separators=(",", ":")).encode()))
    return (signed + b"." + _unpadded(sign(signed))).decode("ascii")


def _unpadded(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def _bound(claim: Any, data: bytes, needed: bool) -> bool:
    if claim is None:
        return not needed
    expected = hashlib.sha256(data).hexdigest().encode("ascii")
    return isinstance(claim, str) and hmac.compare_digest(claim.encode("utf-8", "replace"), expected)


def _moment(value: Any) -> float | None:
    numeric = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e15
    return float(value) if numeric else None
