"""The request for a live delivery of which next to nothing is to be changed, as of nearly every one: in one pass."""

from __future__ import annotations

import re

from hookscope.forward.request import FORWARDED_NAMES, OURS, TOKEN, forwarded_headers, head_text, is_prefix
from hookscope.model.capture import SentRequest
from hookscope.model.handler import Handler
from hookscope_relay.delivery import HOP_BY_HOP, Delivery

# What becomes of a header on the way, by its name as spelt: which of these it is.
_GOES_ON, _STAYS, _HOST, _LENGTH, _CONNECTION, _REFUSED = range(6)
_fates: dict[str, int] = {}
MAX_FATES = 5000

_PLAIN_HEAD = re.compile(
    r"[!#$%&'*+.^_`|~0-9A-Za-z-]+ /[!-~\x80-\xff]* HTTP/1\.1\r\n"
    r"(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+: [^\0\r\n\u0100-\U0010ffff]*\r\n)*\r\n"
)


def build_plain_request(
    delivery: Delivery, handler: Handler, *, preserve_host: bool, forwarded: bool, target: str
) -> tuple[SentRequest, bytes] | None:
    """As `build_request` for a live delivery, where nothing is to be changed but Host, X-Forwarded-*, Hookscope-*
    and what belongs to one connection, with its head as it is written; None where that takes more rules."""
    body, headers, hosts, lengths = delivery.body, [], 0, 0
    for pair in delivery.headers:
        name, value = pair
        fate = _fates.get(name)
        if fate is None:
            fate = _fate(name)
        if fate == _GOES_ON:
            headers.append(pair)
        elif fate == _HOST:
            hosts += 1
            headers.append(pair if preserve_host else (name, handler.host_header))
        elif fate == _LENGTH:
            lengths += 1
            if value != str(len(body)):
                return None
            headers.append(pair)
        elif fate == _REFUSED or (fate == _CONNECTION and value.lower() != "keep-alive"):
            return None
    if hosts != 1 or lengths != (1 if body else lengths) or lengths > 1:
        return None
    if forwarded:
        headers += forwarded_headers(delivery, target)
    headers.append(("Hookscope-Delivery", delivery.id))
    headers.append(("Hookscope-Origin", "live"))
    request = SentRequest(method=delivery.method, target=target, headers=tuple(headers), body=body)
    text = head_text(request)
    if not _is_plain_head(text, request):
        return None
    return request, text.encode("latin-1")


def _is_plain_head(text: str, request: SentRequest) -> bool:
    """Whether the head is what `_PLAIN_HEAD` takes; of names it is known that they are tokens (`_fate`)."""
    target = request.target
    if not (text.isascii() and target.isprintable() and target[:1] == "/" and request.method.isalpha()):
        return _PLAIN_HEAD.fullmatch(text) is not None
    ends = len(request.headers) + 2
    return " " not in target and "\0" not in text and text.count("\r") == ends and text.count("\n") == ends


def _fate(name: str) -> int:
    lower = name.lower()
    if not TOKEN.fullmatch(name):
        fate = _REFUSED
    elif lower == "host":
        fate = _HOST
    elif lower == "content-length":
        fate = _LENGTH
    elif lower == "connection":
        fate = _CONNECTION
    elif lower in ("keep-alive", "proxy-connection") or lower in FORWARDED_NAMES or lower.startswith(OURS):
        fate = _STAYS
    elif lower in HOP_BY_HOP or lower == "expect" or is_prefix(lower):
        fate = _REFUSED
    else:
        fate = _GOES_ON
    if len(_fates) < MAX_FATES:
        _fates[name] = fate
    return fate
