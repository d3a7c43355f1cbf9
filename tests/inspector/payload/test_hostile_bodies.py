"""Every view takes any bytes at all; what it shows of them is bounded."""

from __future__ import annotations

from hypothesis import example, given, settings
from hypothesis import strategies as st

from hookscope.payload.forms import parse_form
from hookscope.payload.hexdump import hex_lines
from hookscope.payload.images import image_of
from hookscope.payload.json_text import pretty_json
from hookscope.payload.json_tokens import json_flaw, scan
from hookscope.payload.json_tree import members, root
from hookscope.payload.kinds import classify
from hookscope.payload.multipart import parse_multipart
from hookscope.payload.unpack import decompress
from hookscope.text.safe import safe_bytes, safe_text

JSON_LIKE = st.text(alphabet='{}[]",:0123456789.eE+-truefalsn \\\n\u202e\x1b', max_size=200).map(str.encode)
BODIES = st.one_of(st.binary(max_size=300), JSON_LIKE)
TEXTS = st.text(st.one_of(st.characters(), st.sampled_from("\u0301\u20dd\u200d⟩◌\n\t\x1b")), max_size=60)


@settings(max_examples=300, deadline=None)
@given(body=BODIES, content_type=st.text(st.characters(max_codepoint=255), max_size=60))
@example(body=b"--\n--", content_type="multipart/x; boundary=-")
def test_any_bytes_have_views(body: bytes, content_type: str) -> None:
    classify((("Content-Type", content_type),), body)
    parse_form(body)
    parse_multipart(content_type, body)
    parse_multipart("multipart/form-data; boundary=a", body)
    image_of(body)
    hex_lines(body, 0, 100)
    for coding in ("gzip", "deflate", "br", "zstd"):
        decompress(body, [coding])
    text = body.decode("utf-8", "surrogateescape")
    members(text, root(text))
    assert safe_bytes(body).isprintable() or "\u3000" in safe_bytes(body)


@settings(max_examples=300, deadline=None)
@given(body=JSON_LIKE)
def test_the_layout_of_json_changes_nothing_but_white_space(body: bytes) -> None:
    text = body.decode()
    laid_out = pretty_json(body)
    if json_flaw(body) is None:
        spelt = [text[token.start : token.end] for token in scan(text)]
        assert [laid_out[token.start : token.end] for token in scan(laid_out)] == spelt


@settings(max_examples=500, deadline=None)
@given(text=TEXTS)
def test_safe_text_is_stable(text: str) -> None:
    for multiline in (False, True):
        once = safe_text(text, multiline=multiline)
        assert safe_text(once, multiline=multiline) == once
