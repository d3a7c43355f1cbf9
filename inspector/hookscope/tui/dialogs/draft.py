"""A delivery to be edited, in the three parts that an editor shows: request line, headers, body.

A part that nobody changed keeps its bytes: a text field would write line ends of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

from hookscope.model.edits import FRAMING, parse_draft, render_draft
from hookscope.payload.json_tokens import json_flaw
from hookscope.payload.kinds import classify
from hookscope.text.safe import safe_text
from hookscope_relay.delivery import Delivery, without
from hookscope_relay.errors import InputError

MAX_EDITED = 64 * 1024


@dataclass(frozen=True, slots=True)
class Draft:
    """What is edited. `head` has the request line first, then a header a line, as latin-1 text."""

    head: str
    body: bytes

    @property
    def request_line(self) -> str:
        """Method and target."""
        return self.head.partition("\n")[0]

    @property
    def headers(self) -> str:
        """The headers, one a line."""
        return self.head.partition("\n")[2]

    def render(self) -> bytes:
        """The draft as `editing.parse_draft` and an editor outside read it."""
        return b"\n".join(map(_encoded, self.head.rstrip("\n").split("\n"))) + b"\n\n" + self.body


def draft_of(delivery: Delivery) -> Draft:
    """The draft of a delivery as it came."""
    return read_draft(render_draft(delivery))


def read_draft(text: bytes) -> Draft:
    """The draft that a text means, as an editor outside left it."""
    head, _, body = text.replace(b"\r\n\r\n", b"\n\n", 1).partition(b"\n\n")
    return Draft(head.replace(b"\r\n", b"\n").decode("latin-1"), body)


def editable(body: bytes) -> str | None:
    """The body as text for a text field; None for one that the field could not give back exactly,
    or that is too large for it."""
    if len(body) > MAX_EDITED:
        return None
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return None
    lines = text.split("\n")
    exact = lines == text.splitlines() or lines == [*text.splitlines(), ""] or not text
    return text if exact and safe_text(text, multiline=True) == text else None


def problem_of(draft: Draft, original: Delivery) -> str:
    """Why the draft is no request, as a sentence; empty where it is one."""
    try:
        parse_draft(draft.render(), original)
    except InputError as error:
        return str(error)
    return ""


def warning_of(draft: Draft, original: Delivery, resign: bool) -> str:
    """What one might not have meant: JSON that is none any more, or a signature that no longer fits."""
    edited = parse_draft(draft.render(), original)
    if edited.body and classify(edited.headers, edited.body) == "json":
        flaw = json_flaw(edited.body)
        if flaw is not None:
            return f"the body is not valid JSON at character {max(flaw.offset, 0):,}: {flaw.reason}"
    signed = any("signature" in name.lower() for name, _ in original.headers)
    if signed and not resign and edited.body != original.body:
        return "the body is not the signed one any more; ^r signs it anew"
    return ""


def is_unchanged(draft: Draft, original: Delivery) -> bool:
    """Whether it is still the delivery as it came."""
    edited = parse_draft(draft.render(), original)
    same_headers = without(edited.headers, FRAMING) == without(original.headers, FRAMING)
    return (edited.method, edited.target, edited.body) == (
        original.method,
        original.target,
        original.body,
    ) and same_headers


def _encoded(text: str) -> bytes:
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode("utf-8")
