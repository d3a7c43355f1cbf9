"""Deliveries changed before they are sent again: by single edits, or as a text in an editor.

What is not edited keeps every byte. The framing headers are not looked at: whoever writes the request gives it the
right length.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

from hookscope.payload.json_pointer import replace_at
from hookscope_relay.delivery import Delivery, Headers, header, without
from hookscope_relay.errors import InputError

FRAMING = frozenset({"content-length", "transfer-encoding"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Edits:
    """What to change.

    `path` is the new target (path and query); `values` are JSON Pointers with the JSON text that goes there.
    """

    method: str = ""
    path: str | None = None
    set_headers: Headers = ()
    drop_headers: tuple[str, ...] = ()
    body: bytes | None = None
    values: tuple[tuple[str, str], ...] = ()


UNCHANGED = Edits()


def edit(delivery: Delivery, edits: Edits) -> Delivery:
    """The delivery with the edits made.

    InputError where a JSON Pointer leads nowhere or the path does not begin with a slash.
    """
    if edits == UNCHANGED:
        return delivery
    body = delivery.body if edits.body is None else edits.body
    for pointer, value in edits.values:
        body = _with_value(body, header(delivery.headers, "content-encoding") or "", pointer, value)
    target = delivery.target if edits.path is None else edits.path
    if edits.path and not edits.path.startswith(("/", "?")):
        raise InputError(f"the path {edits.path[:60]!r} does not begin with /", "write it as /hooks/notion?x=1")
    headers = without(delivery.headers, {name.lower() for name in edits.drop_headers})
    for name, value in edits.set_headers:
        headers = set_header(headers, name, value)
    return replace(
        delivery, method=edits.method or delivery.method, target=target, headers=with_length(headers, body), body=body
    )


def set_header(headers: Headers, name: str, value: str) -> Headers:
    """The headers with one of that name, in the place of the first (which keeps its spelling), else at the end."""
    first = next((index for index, pair in enumerate(headers) if pair[0].lower() == name.lower()), None)
    if first is None:
        return (*headers, (name, value))
    kept = [
        (key, value if index == first else old)
        for index, (key, old) in enumerate(headers)
        if index == first or key.lower() != name.lower()
    ]
    return tuple(kept)


def dress(headers: Headers, own: Headers) -> Headers:
    """The headers with those that the user sets, whatever the sender says: none of its own that a server would read
    under the same name (CGI and WSGI make one of `X_Env` and `X-Env`), and no word of Connection that takes one out."""
    if not own:
        return headers
    names = frozenset(name.lower() for name, _ in own)
    folded = frozenset(map(_folded, names))
    kept = tuple(pair for pair in headers if pair[0].lower() in names or _folded(pair[0]) not in folded)
    for name, value in own:
        kept = set_header(kept, name, value)
    return tuple(pair for pair in (_unnaming(pair, names) for pair in kept) if pair is not None)


def undress(trailers: Headers, own: Headers) -> Headers:
    """The trailers without those that a server would read under the name of a header that the user sets."""
    folded = frozenset(_folded(name) for name, _ in own)
    return tuple(pair for pair in trailers if _folded(pair[0]) not in folded) if folded else trailers


def _folded(name: str) -> str:
    return name.lower().replace("_", "-")


def _unnaming(pair: tuple[str, str], names: frozenset[str]) -> tuple[str, str] | None:
    """The header as it is, but Connection without the names of headers; None where nothing is left of it."""
    if pair[0].lower() != "connection":
        return pair
    words = pair[1].split(",")
    left = [word for word in words if word.strip(" \t").lower() not in names]
    if len(left) == len(words):
        return pair
    return (pair[0], ",".join(left).strip(" \t")) if left else None


def parse_value(text: str) -> tuple[str, str]:
    """`POINTER=VALUE` as a pointer and JSON text: VALUE as it is where it is JSON, else as a JSON string."""
    pointer, mark, value = text.partition("=")
    if not mark:
        raise InputError(f"{text[:60]!r} has no =", "write it as /data/id=VALUE")
    try:
        json.loads(value)
    except ValueError:
        value = json.dumps(value, ensure_ascii=False)
    return pointer, value


def parse_header(text: str) -> tuple[str, str]:
    """`Name: value` as a pair, in which text beyond latin-1 stands as its UTF-8 bytes."""
    name, mark, value = text.partition(":")
    if not mark or not name.strip():
        raise InputError(f"{text[:60]!r} is not a header", "write it as `Name: value`")
    return name.strip(), value.strip(" \t").encode("utf-8", "surrogateescape").decode("latin-1")


# As a text in an editor


def render_draft(delivery: Delivery) -> bytes:
    """The delivery as text to edit: request line, headers, an empty line, and the body's own bytes;
    framing headers left off."""
    shown = without(delivery.headers, FRAMING)
    lines = [f"{delivery.method} {delivery.target or '/'}", *(f"{name}: {value}" for name, value in shown)]
    return "\n".join([*lines, "", ""]).encode("latin-1", "replace") + delivery.body


def parse_draft(draft: bytes, original: Delivery) -> Delivery:
    """The delivery that an edited draft means; `original` gives what the text does not say.

    A line end that an editor put behind the last line is taken off again. InputError names the line that makes no
    sense.
    """
    head, _, body = _normal_head(draft).partition(b"\n\n")
    lines = head.decode("latin-1").split("\n")
    method, _, target = lines[0].strip().partition(" ")
    if not method or not target.startswith("/"):
        raise InputError(f"line 1, {lines[0][:60]!r}, is no request line", "write it as `POST /hooks/notion`")
    if body == original.body + b"\n" and not original.body.endswith(b"\n"):
        body = original.body
    elif body.endswith(b"\n") and not original.body.endswith(b"\n"):
        body = body[:-1]
    headers = tuple(_draft_header(line, number) for number, line in enumerate(lines[1:], 2) if line.strip())
    if target == "/" and original.target == "":
        target = ""
    framing = tuple(pair for pair in original.headers if pair[0].lower() in FRAMING)
    if headers == without(original.headers, FRAMING) and body == original.body:
        return replace(original, method=method, target=target)
    return replace(original, method=method, target=target, headers=with_length((*headers, *framing), body), body=body)


def _normal_head(draft: bytes) -> bytes:
    """The draft with plain line ends in its head, whatever the editor writes; the body stays as it is."""
    end = min((at for at in (draft.find(b"\n\n"), draft.find(b"\r\n\r\n")) if at >= 0), default=len(draft))
    head, rest = draft[:end], draft[end:]
    rest = b"\n\n" + rest[4:] if rest.startswith(b"\r\n\r\n") else rest
    return head.replace(b"\r\n", b"\n") + (rest or b"\n\n")


def _draft_header(line: str, number: int) -> tuple[str, str]:
    name, mark, value = line.partition(":")
    if not mark or not name.strip():
        raise InputError(
            f"line {number}, {line[:60]!r}, is no header", "write it as `Name: value`, and the body after an empty line"
        )
    return name.strip(), value.strip(" \t")


def _with_value(body: bytes, encoding: str, pointer: str, value: str) -> bytes:
    if encoding.strip().lower() not in ("", "identity"):
        raise InputError(f"the body is compressed ({encoding[:20]})", "give a whole body instead")
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"the body is not UTF-8 at byte {error.start}", "give a whole body instead") from None
    return replace_at(text, pointer, value).encode("utf-8", "surrogatepass")


def with_length(headers: Headers, body: bytes) -> Headers:
    """The headers with a Content-Length that is right, where there is one."""
    return tuple((name, str(len(body)) if name.lower() == "content-length" else value) for name, value in headers)


def edits_of(
    *,
    method: str = "",
    path: str | None = None,
    set_headers: Sequence[str] = (),
    drop_headers: Sequence[str] = (),
    body: bytes | None = None,
    values: Sequence[str] = (),
) -> Edits:
    """The edits that a command line gives, each as typed."""
    return Edits(
        method=method,
        path=path,
        set_headers=tuple(parse_header(text) for text in set_headers),
        drop_headers=tuple(drop_headers),
        body=body,
        values=tuple(parse_value(text) for text in values),
    )
