"""Deliveries out of parts that some other tool recorded,
with an id that is the same whenever the same delivery is imported."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import replace

from hookscope_relay.delivery import Delivery, Headers, delivery_id_bytes, header, new_delivery_id
from hookscope_relay.errors import InputError

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}")
_FIELD = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_URL = re.compile(r"(https?)://([^/?#\s]+)([^#\s]*)", re.IGNORECASE)
_VERSION = re.compile(r"(?:HTTP/|h)?([0-9](?:\.[0-9])?)", re.IGNORECASE)

# An id without a time begins with a zero all the same, so that no number of a capture can be taken for it.
TIME_BITS = 45


def build_delivery(
    where: str,
    *,
    method: str,
    url: str,
    headers: Headers,
    body: bytes,
    now: float,
    received_at: float | None = None,
    http_version: str = "1.1",
    remote: str = "",
) -> Delivery:
    """The delivery of a request to a whole URL; without a time of arrival it arrives `now`.

    `InputError` begins with `where`.
    """
    scheme, authority, target = split_url(where, url)
    if header(headers, "host") is None:
        headers = (("Host", authority), *headers)
    delivery = Delivery(
        id="",
        received_at=now if received_at is None else received_at,
        scheme=scheme,
        method=method,
        target=target,
        http_version=http_version,
        remote=remote,
        headers=headers,
        body=body,
        url=f"{scheme}://{authority}{target}",
    )
    return identified(checked(where, delivery), timed=received_at is not None)


def split_url(where: str, url: str) -> tuple[str, str, str]:
    """Scheme, authority and target of a URL; a fragment is left off,
    and letters beyond ASCII are escaped as browsers do."""
    match = _URL.fullmatch(url.partition("#")[0])
    if match is None:
        raise InputError(
            f"{where}: {url[:100]!r} is no http(s) URL that can be called", "correct it, or leave the entry out"
        )
    rest = "".join(letter if letter.isascii() else _escaped(letter) for letter in match[3])
    return match[1].lower(), match[2].rpartition("@")[2], rest if rest.startswith("/") else "/" + rest


def checked(where: str, delivery: Delivery) -> Delivery:
    """The delivery, where HTTP/1.1 can carry it; `InputError` names what it cannot."""
    if not _TOKEN.fullmatch(delivery.method):
        raise _wrong(where, f"the method {delivery.method[:40]!r}")
    if not delivery.target.startswith("/") or re.search(r"[\x00-\x20\x7f]", delivery.target):
        raise _wrong(where, f"the target {delivery.target[:60]!r}")
    for name, value in delivery.headers:
        if not _FIELD.fullmatch(name):
            raise _wrong(where, f"the header name {name[:40]!r}")
        if re.search(r"[\x00\r\n]", value):
            raise _wrong(where, f"the value of the header {name}")
    return delivery


def identified(delivery: Delivery, *, timed: bool) -> Delivery:
    """The delivery with its own id where that is one of ours, else with one made of what it says (and its time,
    where it has one)."""
    try:
        delivery_id_bytes(delivery.id)
    except ValueError:
        return replace(delivery, id=_derived_id(delivery, timed))
    return delivery


def from_utf_8(text: str) -> str:
    """Header text as latin-1, of what was written down in UTF-8."""
    return text.encode("utf-8", "surrogateescape").decode("latin-1")


def from_isomorphic(text: str) -> str:
    """Header text as latin-1, of what stands for bytes one by one already;
    other text is taken for characters of UTF-8."""
    return text if max(text, default="") <= "\xff" else from_utf_8(text)


def parse_version(text: str) -> str:
    """The version in `HTTP/1.1`, `http/2.0` or `h3`; 1.1 where there is none."""
    match = _VERSION.fullmatch(text.strip())
    version = match[1] if match else "1.1"
    return version if version.startswith("1.") else version.removesuffix(".0")


def _derived_id(delivery: Delivery, timed: bool) -> str:
    said = json.dumps(
        [delivery.scheme, delivery.method, delivery.target, delivery.headers, delivery.received_at * timed]
    )
    digest = hashlib.sha256(said.encode() + b"\0" + delivery.body).digest()
    if timed and 0 <= delivery.received_at < 2**TIME_BITS / 1000:
        return new_delivery_id(delivery.received_at, digest)
    return new_delivery_id((int.from_bytes(digest[10:16], "big") % 2**TIME_BITS) / 1000, digest)


def _escaped(letter: str) -> str:
    return "".join(f"%{byte:02X}" for byte in letter.encode("utf-8", "surrogateescape"))


def _wrong(where: str, what: str) -> InputError:
    return InputError(f"{where}: {what} cannot stand in an HTTP request", "correct it, or leave the entry out")
