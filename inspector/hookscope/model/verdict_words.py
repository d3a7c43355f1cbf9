"""Verdicts in words: why a signature does not hold, and which mistake reproduces it. Slugs and ids are for programs."""

from __future__ import annotations

from collections.abc import Mapping

from hookscope.model.verdict import Mistake, Verdict

REASONS: Mapping[str, str] = {
    "missing-header": "the signature header is missing",
    "malformed": "the signature header is malformed",
    "stale": "the signed timestamp is too old",
    "from-the-future": "the signed timestamp lies in the future",
    "mismatch": "the signature is of other bytes or another secret",
    "parameter-missing": "a parameter of the scheme is not configured",
    "wrong-key-kind": "the configured secret is of another kind",
    "unknown-version": "the signature has a version that the scheme does not know",
}
# From here on a mistake is no guess.
REPRODUCED = 0.9
MISTAKES: Mapping[str, str] = {
    "secret-whitespace": "the secret has white space around it",
    "secret-quoted": "the secret was stored with its quotes or its variable's name",
    "secret-url-encoded": "the secret was percent-encoded or decoded",
    "secret-base64-decoded": "the secret was decoded from base64, and is text",
    "secret-not-base64-decoded": "the secret was not decoded from base64",
    "secret-hex-decoded": "the secret was decoded from hexadecimal, and is text",
    "secret-not-hex-decoded": "the key was not decoded from hexadecimal",
    "secret-prefix-stripped": "the secret's prefix was taken off",
    "secret-prefix-kept": "the secret's prefix was left on",
    "secret-case": "the secret's upper and lower case changed",
    "secret-truncated": "the secret's end is missing",
    "secret-unicode-form": "the secret's characters are in another Unicode form",
    "secret-encoded": "the secret was hashed or encoded before it became the key",
    "secret-escaped": "the secret was stored escaped",
    "secret-expanded": "a shell expanded part of the secret",
    "secret-is-placeholder": "a placeholder stands in the secret's place",
    "secret-of-other-kind": "it is signed with another key of the provider",
    "secret-wrong": "it is signed with another secret",
    "secret-of-other": "it is signed with another secret that is known here",
    "secret-is-api-token": "an API token stands in the secret's place",
    "body-reserialized": "the JSON was parsed and written again",
    "body-number-changed": "parsing and writing changed a number",
    "body-newline-added": "the body got a newline at its end",
    "body-newline-removed": "the body lost the newline at its end",
    "body-crlf": "the body's line ends were changed",
    "body-trimmed": "the body was trimmed",
    "body-bom": "a byte-order mark was added or removed",
    "body-charset": "the body was read in another character set",
    "body-unicode-form": "the body's text was normalised",
    "body-decompressed": "the body was unpacked on one side",
    "body-compressed": "the body was packed on one side",
    "body-base64": "the body was left in base64, or decoded twice",
    "body-form-reencoded": "the form was parsed and written again",
    "body-empty": "an empty body was verified",
    "body-changed": "the body was changed",
    "timestamp-left-out": "the timestamp was left out",
    "timestamp-unit": "the timestamp was converted",
    "timestamp-of-other-header": "the timestamp comes from another header",
    "timestamp-stale": "the signed timestamp is too old",
    "timestamp-future": "the signed timestamp lies in the future",
    "id-left-out": "the delivery's id was left out",
    "message-order": "the signed parts stand in another order",
    "message-separator": "the signed parts are joined by another separator",
    "method-changed": "another method was signed",
    "url-scheme": "the URL was signed with another scheme",
    "url-host": "the URL was signed with another host",
    "url-port": "the URL was signed with another port",
    "url-path": "the URL was signed with another path",
    "url-trailing-slash": "the URL was signed with the other final slash",
    "url-query-order": "the query's fields were signed in another order",
    "url-query-dropped": "the URL was signed without its query",
    "url-encoding": "the URL was decoded or encoded again",
    "params-unsorted": "the form's fields were not sorted",
    "params-dropped": "fields of the form were left out",
    "parameter-other": "another parameter of the scheme was used",
    "encoding-hex-base64": "the signature is written in the other encoding",
    "encoding-base64url": "the signature is written in the other base64 alphabet",
    "encoding-padding": "the signature's padding differs",
    "encoding-case": "the signature's hexadecimal digits are in the other case",
    "prefix-missing": "the signature lacks its prefix",
    "prefix-doubled": "the signature has its prefix twice",
    "prefix-other": "the signature has another prefix",
    "algorithm-other": "another algorithm was used",
    "header-missing": "there is no signature header",
    "header-malformed": "the signature header is malformed",
    "header-of-other-provider": "the signature header is another provider's",
    "signature-truncated": "the signature was cut short",
    "signature-duplicated": "the signature header came twice",
    "key-kind": "the configured key is of another kind",
}
"""Mistake id to what went wrong."""


def tell_reason(verdict: Verdict) -> str:
    """Why the signature does not hold; empty where it does."""
    if verdict.state != "rejected":
        return ""
    return REASONS.get(verdict.reason, verdict.reason.replace("-", " ")) or "it does not verify"


def tell_cause(verdict: Verdict) -> str:
    """What broke a signature that does not hold: the mistake that reproduces it, else the reason."""
    best = verdict.mistakes[0] if verdict.mistakes else None
    if best is not None and best.confidence >= REPRODUCED and best.id in MISTAKES:
        return MISTAKES[best.id]
    return "another secret made it, or its bytes were changed" if verdict.reason == "mismatch" else tell_reason(verdict)


def tell_mistake(mistake: Mistake) -> str:
    """What went wrong, with what is known of this case."""
    words = MISTAKES.get(mistake.id, mistake.id.replace("-", " "))
    return f"{words} ({mistake.detail})" if mistake.detail and mistake.detail != words else words
