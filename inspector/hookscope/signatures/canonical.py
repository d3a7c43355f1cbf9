"""Canonical texts that some providers sign in the place of the raw body: sorted form fields, escaped paths,
chosen fields.

Whatever a sender wrote gives some text; what cannot be read gives an empty one, and then no signature holds.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from urllib.parse import parse_qsl, quote, urlsplit

from hookscope.providers.facts import MAX_FIELDS, as_text, parse_fields, read_json
from hookscope.providers.provider import Scheme
from hookscope.signatures.digests import same
from hookscope.signatures.material import Material

# What encodeURI of ECMAScript leaves alone besides letters and digits (ECMA-262, encodeURI).
ENCODE_URI_SAFE = "-_.!~*'();/?:@&=+$,#"
# What querystring.escape of Node leaves alone besides letters and digits.
QUERY_SAFE = "-_.!~*'()"

# docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html: the keys in byte order, each with its value, a
# line each.
SNS_KEYS = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
}

# The same page: the hash by the message's SignatureVersion.
SNS_HASHES = {"1": "sha1", "2": "sha256"}


def path_of(material: Material) -> str:
    """Path and query that the sender called."""
    if material.path is not None:
        return material.path
    try:
        parts = urlsplit(material.url)
    except ValueError:
        return ""
    path = parts.path or "/"
    return f"{path}?{parts.query}" if parts.query else path


def sorted_form(material: Material) -> bytes:
    """Twilio's part after the URL: each field's name and value, names sorted,
    a name's values sorted and without repeats.

    Only for a form body: one of another type is bound by `bodySHA256` in the URL.
    """
    if "urlencoded" not in material.facts.header("content-type").lower():
        return b""
    return _sorted_fields(material.body)


@lru_cache(maxsize=8)
def _sorted_fields(body: bytes) -> bytes:
    fields = parse_fields(body)
    text = "".join(name + value for name in sorted(fields) for value in sorted(set(fields[name])))
    return text.encode("utf-8", "surrogatepass")


def plain_form(body: bytes) -> bytes:
    """A form's fields in the order they came, names and values joined."""
    try:
        pairs = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=MAX_FIELDS)
    except ValueError:
        return b""
    return "".join(name + value for name, value in pairs).encode("utf-8", "surrogatepass")


def sorted_url(material: Material) -> bytes:
    """Plivo's URL (signature_v3 of its libraries): the query sorted by name,
    and a `.` or `?.` where fields of a form follow."""
    url, _, query = material.url.partition("#")[0].partition("?")
    fields = parse_fields(query.encode("utf-8", "replace"))
    text = "&".join(f"{name}={value}" for name in sorted(fields) for value in sorted(fields[name]))
    has_form = bool(material.facts.form) and material.method.upper() != "GET"
    return (url + ("?" + text if text or has_form else "") + ("." if text and has_form else "")).encode()


def sorted_fields(material: Material) -> bytes:
    """Plivo's part after the URL: each field's name and value, names sorted and a name's values sorted;
    none for GET."""
    if material.method.upper() == "GET" or "urlencoded" not in material.facts.header("content-type").lower():
        return b""
    fields = parse_fields(material.body)
    text = "".join(name + value for name in sorted(fields) for value in sorted(fields[name]))
    return text.encode("utf-8", "surrogatepass")


def listed_headers(material: Material) -> bytes:
    """TrueLayer's headers: a line `Name: value` for each that the token lists, spelt as it spells them."""
    lines = "".join(f"{name}: {material.facts.header(name)}\n" for name in material.listed)
    return lines.encode("latin-1", "replace")


def sns_text(material: Material) -> bytes:
    """The lines that Amazon SNS signs for a message of this type."""
    message = material.json if material.json is not None else read_json(material.body)
    if not isinstance(message, dict):
        return b""
    kind = "Notification" if message.get("Type") == "Notification" else "SubscriptionConfirmation"
    lines = [f"{key}\n{as_text(message[key])}\n" for key in SNS_KEYS[kind] if message.get(key) is not None]
    return "".join(lines).encode("utf-8", "surrogatepass")


def path_escaped_twice(material: Material) -> bytes:
    """Contentful's path: the query escaped as one component, and then the whole once more as a URI."""
    path, mark, query = path_of(material).partition("?")
    escaped = path + ("?" + quote(query, safe=QUERY_SAFE) if mark and query else "")
    return quote(escaped, safe=ENCODE_URI_SAFE).encode("ascii")


def signed_headers(material: Material) -> bytes:
    """Contentful's headers: those that `x-contentful-signed-headers` lists, as `name:value` sorted by name,
    divided by `;`."""
    listed = material.facts.header("x-contentful-signed-headers")
    names = sorted({name.strip().lower() for name in listed.split(",")[:100] if name.strip()})
    return ";".join(f"{name}:{material.facts.header(name).strip()}" for name in names).encode("latin-1", "replace")


def escaped_body(body: bytes) -> bytes | None:
    """Box's other form of a body: backslashes doubled (but not before a slash),
    everything outside printable ASCII as `\\uXXXX`.

    None where it is the same as the body, or the body is no text.
    """
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return None
    if text.isascii() and text.isprintable() and "\\" not in text:
        return None
    kept = "\ue000"
    doubled = text.replace("\\/", kept).replace("\\", "\\\\").replace(kept, "\\/")
    escaped = "".join(_escape(character) for character in doubled).encode("ascii")
    return None if escaped == body else escaped


def _escape(character: str) -> str:
    if " " <= character <= "~":
        return character
    if character in "\n\r\t":
        return {"\n": "\\n", "\r": "\\r", "\t": "\\t"}[character]
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at] << 8 | units[at + 1]:04x}" for at in range(0, len(units), 2))


def stated_hash(material: Material) -> str:
    """Twilio's `bodySHA256` in the URL's query; empty where it is not there."""
    query = material.url.partition("?")[2].partition("#")[0].encode("utf-8", "replace")
    return parse_fields(query).get("bodySHA256", [""])[0]


def body_bound(material: Material) -> bool:
    """Twilio's `bodySHA256`, where it is there, is the SHA-256 of a body that is no form."""
    stated = stated_hash(material)
    if not stated or "urlencoded" in material.facts.header("content-type").lower():
        return True
    return same(stated, hashlib.sha256(material.body).hexdigest().encode("ascii"))


def algorithm_of(scheme: Scheme, material: Material) -> str:
    """The hash of a scheme; Amazon SNS states its own in the message."""
    if scheme.message == "{sns}":
        return SNS_HASHES.get(material.look("body.SignatureVersion"), "sha1")
    return scheme.algorithm
