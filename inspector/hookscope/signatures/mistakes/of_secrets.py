"""What is done to a secret between the provider's page and the check: each yields (mistake id, detail,
bytes of the key).

Changes are made to the text as configured, which is then taken as the scheme takes it; wrong decodings give the key at
once.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import TypeAlias
from urllib.parse import quote, quote_plus, unquote_to_bytes

from hookscope.model.secret import Secret
from hookscope.providers.provider import ASYMMETRIC, Provider, Scheme
from hookscope.signatures.keys import WHSEC, decode_base64, decode_hex, key_of
from hookscope.signatures.mistakes.of_escapes import escape_mistakes

SecretMistake: TypeAlias = tuple[str, str, bytes]

LEAST_LENGTH = 3
ASSIGNMENT = re.compile(rb"(?:export\s+)?[A-Za-z_][A-Za-z0-9_]*\s*=\s*", re.IGNORECASE)
QUOTES = ((b'"', b'"'), (b"'", b"'"), (b"`", b"`"), (b"<", b">"), ("\u201c".encode(), "\u201d".encode()))
SPACES = b" \t\r\n\x0b\x0c\xc2\xa0\xef\xbb\xbf\x00"
BASE64_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_="
PREFIX = re.compile(rb"[A-Za-z]{1,12}[_-](?:[a-z]{2,12}[_-]){0,2}")


def secret_mistakes(
    scheme: Scheme, provider: Provider, value: bytes, others: Sequence[Secret] = ()
) -> Iterator[SecretMistake]:
    """Every known change of a secret, the likely ones first, each resulting key once and never the right one."""
    right = key_of(scheme, value) if scheme.kind not in ASYMMETRIC else value
    seen = {right}
    for mistake, detail, key in _all(scheme, provider, value, others):
        if key and key not in seen:
            seen.add(key)
            yield mistake, detail, key


def _all(scheme: Scheme, provider: Provider, value: bytes, others: Sequence[Secret]) -> Iterator[SecretMistake]:
    def as_scheme(mistake: str, detail: str, text: bytes) -> Iterator[SecretMistake]:
        key = text if scheme.kind in ASYMMETRIC else key_of(scheme, text)
        if key is not None and text != value:
            yield mistake, detail, key

    for mistake, detail, text in text_mistakes(scheme, provider, value):
        yield from as_scheme(mistake, detail, text)
    if scheme.kind not in ASYMMETRIC:
        yield from _decodings(scheme, value)
        yield from _encodings(value)
    for other in others:
        name = f"the secret {other.name!r} of {other.provider or provider.name} ({other.fingerprint})"
        if scheme.kind in ASYMMETRIC:
            yield "secret-of-other", name, other.value
            continue
        key = key_of(scheme, other.value)
        if key is not None:
            yield "secret-of-other", name, key
        if other.value != value:
            yield "secret-of-other", f"{name}, as text", other.value
    for length in range(len(value) - 1, max(LEAST_LENGTH, len(value) - 80), -1):
        yield from as_scheme("secret-truncated", f"without its last {len(value) - length} characters", value[:length])


def text_mistakes(scheme: Scheme, provider: Provider, value: bytes) -> Iterator[SecretMistake]:
    """Changes of the configured text itself."""
    yield from _spaces(value)
    yield from _quotes(provider, value)
    yield from _prefixes(scheme, provider, value)
    yield from _url_encodings(value)
    yield from _cases(value)
    yield from _unicode_forms(value)
    yield from escape_mistakes(value)
    yield "secret-quoted", "in b'…', as Python writes bytes", repr(value).encode()


def completions(value: bytes) -> Iterator[SecretMistake]:
    """The secret with one or two more characters, for one that was cut short when it was copied."""
    alphabet = BASE64_ALPHABET
    for character in alphabet:
        yield "secret-truncated", "its last character is missing", value + bytes((character,))
    yield "secret-truncated", "its last two characters are missing", value + b"=="
    for first in alphabet[:64]:
        for second in alphabet[:64]:
            yield "secret-truncated", "its last two characters are missing", value + bytes((first, second))


def _spaces(value: bytes) -> Iterator[SecretMistake]:
    yield "secret-whitespace", "without the white space around it", value.strip(SPACES)
    for name, text in (("newline", b"\n"), ("CRLF", b"\r\n"), ("CR", b"\r"), ("space", b" "), ("tab", b"\t")):
        yield "secret-whitespace", f"with a {name} after it", value + text
        yield "secret-whitespace", f"with a {name} before it", text + value
        yield "secret-whitespace", f"without the {name} after it", value.removesuffix(text)
    yield "secret-whitespace", "with a space on both sides", b" " + value + b" "
    yield "secret-whitespace", "with two newlines after it", value + b"\n\n"
    yield "secret-whitespace", "with two spaces after it", value + b"  "
    yield "secret-whitespace", "without the white space in it", b"".join(value.split())
    if b"\\n" in value:
        yield "secret-whitespace", "with real newlines in the place of \\n", value.replace(b"\\n", b"\n")
    yield "secret-whitespace", "with a byte-order mark before it", b"\xef\xbb\xbf" + value


def _quotes(provider: Provider, value: bytes) -> Iterator[SecretMistake]:
    for left, right in QUOTES:
        yield "secret-quoted", "in quotes", left + value + right
        if value.startswith(left) and value.endswith(right) and len(value) > len(left + right):
            yield "secret-quoted", "without the quotes around it", value[len(left) : -len(right)]
    for mark in (b'"', b"'", b"`", b";", b","):
        yield "secret-quoted", f"with a {mark.decode()} after it", value + mark
        yield "secret-quoted", f"with a {mark.decode()} before it", mark + value
        yield "secret-quoted", f"without the {mark.decode()} at its ends", value.strip(mark)
    if match := ASSIGNMENT.match(value):
        bare = value[match.end() :].strip(SPACES)
        yield "secret-quoted", "without the name and the equals sign before it", bare
        yield "secret-quoted", "without the name and the quotes around it", bare.strip(b"\"'`")
    yield from _assignments(provider, value)


def _assignments(provider: Provider, value: bytes) -> Iterator[SecretMistake]:
    own = provider.name.upper().replace("-", "_")
    names = [f"HOOKSCOPE_SECRET_{own}", "NAME", "SECRET", "WEBHOOK_SECRET", "SIGNING_SECRET", "secret", "KEY", "TOKEN"]
    endings = (
        "WEBHOOK_SECRET",
        "SIGNING_SECRET",
        "SECRET",
        "VERIFICATION_TOKEN",
        "TOKEN",
        "WEBHOOK_SIGNING_SECRET",
        "KEY",
    )
    for name in (*names, *(f"{own}_{ending}" for ending in endings)):
        for before in ("", "export "):
            for mark in (b"", b'"', b"'"):
                text = f"{before}{name}=".encode() + mark + value + mark
                yield "secret-quoted", f"with `{before}{name}=` before it", text
    yield "secret-quoted", "with `export ` before it", b"export " + value
    yield "secret-quoted", "with `Bearer ` before it", b"Bearer " + value


def _prefixes(scheme: Scheme, provider: Provider, value: bytes) -> Iterator[SecretMistake]:
    if scheme.secret != "text":  # noqa: S105  # the name of a form
        return
    known = [prefix.encode() for prefix in dict.fromkeys((scheme.secret_prefix, provider.secret.prefix)) if prefix]
    for prefix in known:
        if value.startswith(prefix):
            yield "secret-prefix-stripped", f"without {prefix.decode()}", value.removeprefix(prefix)
        else:
            yield "secret-prefix-stripped", f"with {prefix.decode()}, which is part of the key", prefix + value
    if match := PREFIX.match(value):
        yield "secret-prefix-stripped", f"without {match[0].decode()}", value[match.end() :]
    for mark in (b"_", b"-"):
        parts = value.split(mark)
        for count in range(1, min(len(parts), 5)):
            rest = mark.join(parts[count:])
            if len(rest) >= LEAST_LENGTH:
                yield "secret-prefix-stripped", f"without what stands before {mark.decode()!r}", rest


def _url_encodings(value: bytes) -> Iterator[SecretMistake]:
    for name, changed in (
        ("percent-encoded", quote(value, safe="").encode()),
        ("percent-encoded, but for slashes", quote(value).encode()),
        ("encoded as a form field", quote_plus(value).encode()),
        ("encoded as by encodeURIComponent", quote(value, safe="!'()*~").encode()),
        ("percent-decoded", unquote_to_bytes(value)),
        ("decoded as a form field", unquote_to_bytes(value.replace(b"+", b" "))),
    ):
        yield "secret-url-encoded", name, changed
    lower = re.sub(rb"%[0-9A-F]{2}", lambda match: match[0].lower(), quote(value, safe="").encode())
    yield "secret-url-encoded", "percent-encoded in lower case", lower


def _cases(value: bytes) -> Iterator[SecretMistake]:
    yield "secret-case", "in lower case", value.lower()
    yield "secret-case", "in upper case", value.upper()
    yield "secret-case", "with cases swapped", value.swapcase()
    yield "secret-case", "capitalised", value.capitalize()
    if match := PREFIX.match(value):
        rest = value[match.end() :]
        yield "secret-case", "in lower case after the prefix", match[0] + rest.lower()
        yield "secret-case", "in upper case after the prefix", match[0] + rest.upper()


def _unicode_forms(value: bytes) -> Iterator[SecretMistake]:
    if value.isascii():
        return
    try:
        text = value.decode("utf-8")
        for form in ("NFC", "NFD", "NFKC", "NFKD"):
            yield "secret-unicode-form", form, unicodedata.normalize(form, text).encode("utf-8", "surrogatepass")
        yield "secret-unicode-form", "written as latin-1", text.encode("latin-1", "replace")
        yield "secret-unicode-form", "read as latin-1", value.decode("latin-1").encode()
    except UnicodeError:
        return


def _encodings(value: bytes) -> Iterator[SecretMistake]:
    """Keys that were made of the secret, which is the key itself."""
    yield "secret-encoded", "encoded as Base64", base64.b64encode(value)
    yield "secret-encoded", "written as hexadecimal digits", value.hex().encode()
    for name in ("sha256", "md5", "sha1", "sha512"):
        digest = hashlib.new(name, value, usedforsecurity=False)
        yield "secret-encoded", f"hashed with {name} first", digest.digest()
        yield "secret-encoded", f"hashed with {name} first, in hexadecimal", digest.hexdigest().encode()
    try:
        text = value.decode("utf-8")
    except UnicodeDecodeError:
        return
    for name in ("utf-16-le", "utf-16-be", "utf-16"):
        yield "secret-unicode-form", f"written as {name}", text.encode(name)


def _decodings(scheme: Scheme, value: bytes) -> Iterator[SecretMistake]:
    if scheme.secret in ("base64", "whsec", "whsec-or-text"):
        yield from _not_decoded(scheme, value)
    elif scheme.secret == "hex":  # noqa: S105  # the name of a form
        yield "secret-not-hex-decoded", "used as text", value
        yield "secret-not-hex-decoded", "used as text in lower case", value.lower()
        yield "secret-not-hex-decoded", "used as text in upper case", value.upper()
        yield "secret-base64-decoded", "decoded as base64", _loose_base64(value)
    if scheme.secret != "hex":  # noqa: S105  # the name of a form
        yield "secret-hex-decoded", "decoded as hexadecimal", decode_hex(value) or b""
        bare = PREFIX.sub(b"", value, count=1)
        yield "secret-hex-decoded", "decoded as hexadecimal after the prefix", decode_hex(bare) or b""
    if scheme.secret == "text":  # noqa: S105  # the name of a form
        yield from _decoded(value)


def _decoded(value: bytes) -> Iterator[SecretMistake]:
    bare = PREFIX.sub(b"", value, count=1)
    for name, text in (("", value), (" after the prefix was taken off", bare)):
        yield "secret-base64-decoded", f"decoded as base64{name}", decode_base64(text) or b""
        yield "secret-base64-decoded", f"decoded as base64, loosely{name}", _loose_base64(text)
        yield "secret-base64-decoded", f"decoded as base64 as Node does{name}", _node_base64(text)


def _not_decoded(scheme: Scheme, value: bytes) -> Iterator[SecretMistake]:
    if value.startswith(WHSEC):
        bare = value.removeprefix(WHSEC)
        yield "secret-not-base64-decoded", "used as text, whsec_ taken off", bare
        yield "secret-not-base64-decoded", "used as text, with whsec_", value
        yield "secret-prefix-kept", "decoded with whsec_ still there", _loose_base64(value)
        yield "secret-prefix-kept", "decoded with whsec_ still there, as Node does", _node_base64(value)
        decoded = decode_base64(bare)
        twice = _loose_base64(decoded) if decoded else b""
        yield "secret-base64-decoded", "decoded twice", twice
        return
    yield "secret-not-base64-decoded", "used as text", value
    yield "secret-not-base64-decoded", "used as text, with whsec_ before it", WHSEC + value
    decoded = decode_base64(value)
    if decoded:
        yield "secret-base64-decoded", "decoded twice", _loose_base64(decoded)


def _loose_base64(text: bytes) -> bytes:
    """As Python's decoder, which passes over every foreign character."""
    for padding in (b"", b"=", b"=="):
        try:
            return base64.b64decode(text + padding)
        except (binascii.Error, ValueError):
            continue
    return b""


def _node_base64(text: bytes) -> bytes:
    """As Node's decoder, which takes both alphabets,
    passes over foreign characters and stops at the first equals sign."""
    translated = text.partition(b"=")[0].replace(b"-", b"+").replace(b"_", b"/")
    kept = bytes(byte for byte in translated if byte in BASE64_ALPHABET[:64])
    kept = kept[: len(kept) - (len(kept) % 4 == 1)]
    return base64.b64decode(kept + b"=" * (-len(kept) % 4))
