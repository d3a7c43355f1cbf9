"""The Raw tab: request and answer as they are on the wire, nothing laid out, everything visible."""

from __future__ import annotations

from hookscope.model.capture import Attempt, Capture
from hookscope.payload.kinds import looks_like_text
from hookscope.tui.canvas.document import Block, Document, Prose
from hookscope.tui.canvas.hex_block import HexBlock
from hookscope.tui.canvas.line import Line, line, said
from hookscope.tui.canvas.text_block import TextBlock
from hookscope_relay.delivery import Headers


def raw_document(capture: Capture, attempt: Attempt | None) -> Document:
    """The request's head and body, then those of the attempt's answer."""
    delivery = capture.delivery
    start = f"{delivery.method} {delivery.target or '/'} HTTP/{delivery.http_version}"
    blocks = message_blocks("Request", start, delivery.headers, delivery.body)
    if attempt is not None and attempt.answer is not None:
        answer = attempt.answer
        status = f"HTTP/1.1 {answer.status} {answer.reason}"
        blocks += (Prose((Line(),)), *message_blocks("Answer", status, answer.headers, answer.body))
    return Document(blocks)


def message_blocks(title: str, start: str, headers: Headers, body: bytes) -> tuple[Block, ...]:
    """A message as it is on the wire, below a title; `start` is its first line."""
    lines = [line((title, "title")), line(said(start, 20_000), hard=True)]
    lines += [line(said(f"{name}: {value}", 20_000), hard=True) for name, value in headers]
    return Prose((*lines, Line())), TextBlock(body) if looks_like_text(body) else HexBlock(body)
