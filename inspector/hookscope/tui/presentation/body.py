"""A body as blocks: JSON that folds, forms and parts as tables, XML and HTML in colours, pictures named,
the rest as hex."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from hookscope.payload.forms import parse_form
from hookscope.payload.images import image_of
from hookscope.payload.json_tokens import json_flaw
from hookscope.payload.kinds import Kind, classify, media_type_of
from hookscope.payload.multipart import parse_multipart
from hookscope.payload.unpack import decompress, encodings_of
from hookscope.tui.canvas.document import Block, Prose
from hookscope.tui.canvas.hex_block import HexBlock
from hookscope.tui.canvas.json_block import JsonBlock
from hookscope.tui.canvas.line import line, said
from hookscope.tui.canvas.text_block import TextBlock
from hookscope.tui.presentation.markup import colouring_of
from hookscope.tui.presentation.units import render_size
from hookscope_relay.delivery import Headers, header

KIND_NAMES: dict[Kind, str] = {
    "json": "JSON",
    "form": "form",
    "multipart": "multipart",
    "xml": "XML",
    "text": "text",
    "image": "image",
    "binary": "binary",
    "empty": "empty",
}
# Laying a body out as a table or a tree stops at this size; text and hex do not.
MAX_PARSED = 4 * 1024 * 1024
MAX_VALUE = 4000


def body_blocks(headers: Headers, body: bytes) -> tuple[Block, ...]:
    """The blocks that show a body, the first of them a line that says what it is."""
    codings = encodings_of(headers)
    unpacked = decompress(body, codings) if codings and body else None
    shown = unpacked.body if unpacked else body
    kind = classify(headers, shown)
    notes: list[str] = [KIND_NAMES[kind], render_size(len(body))] if body else ["empty"]
    if unpacked:
        notes.append(f"{said(', '.join(codings), 60)}, shown unpacked ({render_size(len(shown))})")
        if unpacked.flaw:
            notes.append(said(unpacked.flaw, 200))
    heading = line(("Body ", "title"), (" · ".join(notes), "dim"))
    return Prose((heading,)), *_content(kind, headers, shown)


def _content(kind: Kind, headers: Headers, body: bytes) -> tuple[Block, ...]:
    return VIEWS[kind](headers, body)


def _json(headers: Headers, body: bytes) -> tuple[Block, ...]:
    flaw = json_flaw(body)
    if flaw is None:
        return (JsonBlock(body),)
    place = f" at character {flaw.offset:,}" if flaw.offset >= 0 else ""
    told = line(("✗ not valid JSON", "bad"), f"{place}: {said(flaw.reason, 200)}")
    return Prose((told,)), JsonBlock(body)


def _form(headers: Headers, body: bytes) -> tuple[Block, ...]:
    form = parse_form(body)
    width = min(max((len(pair.name) for pair in form.pairs), default=0), 30)
    lines = [
        line(
            (said(pair.name, 200).ljust(width), "key"),
            ("  ", ""),
            said(pair.value, MAX_VALUE),
            indent=width + 2,
            hard=True,
        )
        for pair in form.pairs
    ]
    if form.more:
        lines.append(line((f"… {form.more:,} more", "dim")))
    return (Prose(tuple(lines)),)


def _multipart(headers: Headers, body: bytes) -> tuple[Block, ...]:
    if len(body) > MAX_PARSED:
        return (HexBlock(body),)
    parsed = parse_multipart(header(headers, "content-type") or "", body)
    blocks: list[Block] = []
    for part in parsed.parts:
        names = " ".join(filter(None, (said(part.filename, 200), said(part.content_type, 100), render_size(part.size))))
        blocks.append(Prose((line((f"▪ {said(part.name, 200) or '(no name)'}", "key"), "  ", (names, "dim")),)))
        content = body[part.start : part.end]
        blocks.extend(_content(_part_kind(part.headers, content), part.headers, content))
    if parsed.flaw:
        blocks.append(Prose((line((f"✗ {parsed.flaw}", "bad")),)))
    return tuple(blocks) if parsed.parts else (*blocks, TextBlock(body))


def _part_kind(headers: Headers, content: bytes) -> Kind:
    kind = classify(headers, content)
    return "text" if kind == "multipart" else kind


def _image(headers: Headers, body: bytes) -> tuple[Block, ...]:
    image = image_of(body)
    name = f"{image.type.upper()} image" if image else "an image"
    size = f", {image.width} × {image.height} pixels" if image and image.width else ""
    return Prose((line((name + size, "strong")),)), HexBlock(body)


def _xml(headers: Headers, body: bytes) -> tuple[Block, ...]:
    return (TextBlock(body, colouring_of("xml")),)


def _text(headers: Headers, body: bytes) -> tuple[Block, ...]:
    media_type, _ = media_type_of(headers)
    return (TextBlock(body, colouring_of("html") if media_type == "text/html" else None),)


VIEWS: Mapping[Kind, Callable[[Headers, bytes], tuple[Block, ...]]] = {
    "empty": lambda headers, body: (),
    "json": _json,
    "form": _form,
    "multipart": _multipart,
    "image": _image,
    "binary": lambda headers, body: (HexBlock(body),),
    "xml": _xml,
    "text": _text,
}
