"""What a faulty handler signs in the place of what came: the body as it misreads it, the timestamp as it prints it,
the URL as it sees it.

Sent is the genuine delivery with a signature of that; only a handler that makes this very mistake accepts it, and it
refuses the right one. That is the proof's control: the two differ in nothing else.
"""

from __future__ import annotations

import codecs
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple
from urllib.parse import parse_qsl, quote, urlencode

from hookscope.providers.facts import MAX_FIELDS, Facts
from hookscope.providers.provider import Scheme
from hookscope.signatures.mistakes.of_gateways import ascii_mistakes, base64_mistakes
from hookscope.signatures.mistakes.of_urls import url_mistakes
from hookscope.text.safe import safe_text
from hookscope.tools.check.rewrites import AS_TEXT, rewritten, twins
from hookscope_relay.delivery import Delivery

MOST_MANNERS = 4
WRITTEN_AGAIN = "the JSON written again"
MOST_STANDINS = 5
MOST_URLS = 10
MOST_OF_A_KIND = 2

# How much handlers read at a time, and forget to go on.
BUFFERS = (1024, 4096, 8192, 16384, 65536)

# How handlers print a timestamp that went through a number.
TIMES: tuple[tuple[str, str], ...] = (
    ("{timestamp}.0", "the timestamp as a float (`float(…)`)"),
    ("{timestamp}000", "the timestamp in milliseconds"),
)


class Misread(NamedTuple):
    """`kind` names the mistake, `how` tells it in words; `body` is what is signed,
    `scheme` how and `url` for which URL where that is the mistake."""

    kind: str
    how: str
    body: bytes
    scheme: Scheme | None = None
    url: str = ""


def misreads(delivery: Delivery, scheme: Scheme) -> Iterator[Misread]:
    """What this delivery's signature may be computed over by mistake, the likeliest first and each once;
    none where it stands in the body."""
    seen = {(delivery.body, scheme, "")}
    for misread in _all(delivery, scheme):
        mark = (misread.body, misread.scheme or scheme, misread.url)
        if mark not in seen:
            seen.add(mark)
            yield misread


def _all(delivery: Delivery, scheme: Scheme) -> Iterator[Misread]:
    if scheme.field or scheme.items or scheme.kind not in ("hmac", "hash", "ed25519", "ecdsa", "rsa"):
        return
    body = delivery.body
    if "{body}" in scheme.message:
        yield from _bodies(delivery)
    for template, how in TIMES if "{timestamp}" in scheme.message else ():
        other = replace(scheme, message=scheme.message.replace("{timestamp}", template))
        yield Misread("timestamp", how, body, other)
    if "{url}" in scheme.message:
        yield from _urls(delivery)


def _bodies(delivery: Delivery) -> Iterator[Misread]:
    """What a handler takes for the body."""
    body, is_form = delivery.body, "urlencoded" in Facts(delivery).header("content-type").lower()
    yield from _written_again(body)
    if body:
        yield Misread("empty-body", "an empty body", b"")
    if is_form:
        yield Misread("empty-body", "`{}` in the place of the form", b"{}")
    standins = [(detail, text) for _, detail, text in ascii_mistakes(body)]
    yield from (Misread("charset", f"the body as ASCII: {detail}", text) for detail, text in standins[:MOST_STANDINS])
    if not body.isascii():
        yield from _charsets(body)
    first_encoded = next((text for _, how, text in base64_mistakes(body) if how.startswith("what was signed")), b"")
    if first_encoded:
        yield Misread("base64", "the body in Base64", first_encoded)
    if body.endswith(b"\n") or body.strip() != body:
        yield Misread("trimmed", "the body without white space around it", body.strip())
    yield Misread("case", "the body in lower case", body.lower())
    yield from _framed(body)
    if is_form:
        yield from _form_again(body)


def _written_again(body: bytes) -> Iterator[Misread]:
    for twin in twins(body)[:MOST_MANNERS]:
        if (text := rewritten(body, twin.how)) != body:
            yield Misread("re-serialised", f"{WRITTEN_AGAIN} ({twin.how})", text)
    for manner in AS_TEXT:
        if (text := rewritten(body, manner)) != body:
            yield Misread("re-serialised", f"the JSON as text ({manner})", text)


def _framed(body: bytes) -> Iterator[Misread]:
    """The body with something around it, or without its end."""
    if not body:
        return
    yield Misread("framed", "the body and a newline", body + b"\n")
    yield Misread("framed", "the body behind a byte-order mark", codecs.BOM_UTF8 + body)
    for size in BUFFERS:
        if len(body) > size:
            yield Misread("cut", f"the first {size:,} bytes of the body", body[:size])
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return
    for ascii_only in (False, True):
        quoted = json.dumps(text, ensure_ascii=ascii_only).encode()
        yield Misread("framed", "the body as one JSON string" + (", in ASCII" if ascii_only else ""), quoted)


def _form_again(body: bytes) -> Iterator[Misread]:
    """A form parsed and written again, with `+` and with `%20` for a blank."""
    try:
        fields = parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=MAX_FIELDS)
    except ValueError:
        return
    yield Misread("form", "the form written again", urlencode(fields).encode())
    yield Misread("form", "the form written again, %20 for a blank", urlencode(fields, quote_via=quote).encode())


def _urls(delivery: Delivery) -> Iterator[Misread]:
    """The URL as a handler builds it behind proxies, some of each kind."""
    counts: Counter[str] = Counter()
    for kind, how, url in url_mistakes(delivery.url, Facts(delivery)):
        if (
            url.startswith(("http://", "https://"))
            and not url.endswith("?")
            and counts[kind] < MOST_OF_A_KIND
            and counts.total() < MOST_URLS
        ):
            counts[kind] += 1
            yield Misread("url", f"the URL {safe_text(url[:160])} ({how})", delivery.body, url=url)


def _charsets(body: bytes) -> Iterator[Misread]:
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return
    yield Misread("charset", "the body as latin-1, written as UTF-8", body.decode("latin-1").encode())
    yield Misread("charset", "the body as UTF-8, written as latin-1", text.encode("latin-1", "replace"))


def with_body(signed: Delivery, delivery: Delivery) -> Delivery:
    """A delivery that was signed over another body, with the body that is sent."""
    return replace(signed, body=delivery.body)
