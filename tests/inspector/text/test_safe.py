from __future__ import annotations

import base64
import json
import lzma
import sys
import unicodedata
from pathlib import Path

import pytest

from hookscope.text.safe import mark_host, safe_bytes, safe_header, safe_text, scripts

CORPUS = Path(__file__).parents[2] / "corpora/terminal.json.xz"

HARMFUL = [
    ("\x1b]0;title\x07", "␛]0;title␇"),
    ("\x1b[31mred", "␛[31mred"),
    ("a\x9b31m", "a⟨U+009B⟩31m"),
    ("del\x7f", "del␡"),
    ("\u202eevil\u202c", "⟨U+202E⟩evil⟨U+202C⟩"),
    ("\u2066x\u2069", "⟨U+2066⟩x⟨U+2069⟩"),
    ("zero\u200bwidth\u200d", "zero⟨U+200B⟩width⟨U+200D⟩"),
    ("\ufeffbom", "⟨U+FEFF⟩bom"),
    ("a\u2028b\u2029c", "a⟨U+2028⟩b⟨U+2029⟩c"),
    ("\ud800", "⟨U+D800⟩"),
    ("\ue000", "⟨U+E000⟩"),
    ("\u0378", "⟨U+0378⟩"),
    ("\U000e0041", "⟨U+E0041⟩"),
    ("\ufe0f", "⟨U+FE0F⟩"),
    ("\u3164", "⟨U+3164⟩"),
    ("a\u00a0b", "a⟨U+00A0⟩b"),
    ("soft\u00adhyphen", "soft⟨U+00AD⟩hyphen"),
    ("a\nb\tc\rd", "a␊b␉c␍d"),
]
HARMLESS = ["", "plain", "grüße", "日本語　字", "привет", "{'a': [1]}", "[/x]", "naïve", "नमस्ते", "ก็", "👍", "\\x1b"]


def harmful_characters(text: str, allowed: str = "") -> list[str]:
    return [
        c for c in text if c not in allowed and unicodedata.category(c) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    ]


@pytest.mark.parametrize(("text", "shown"), HARMFUL)
def test_what_acts_on_a_terminal_becomes_visible(text: str, shown: str) -> None:
    assert safe_text(text) == shown


@pytest.mark.parametrize("text", HARMLESS)
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    assert safe_text(text) == text


@pytest.mark.parametrize("text", [text for text, _ in HARMFUL] + ["e" + "\u0301" * 50, "\u0301"])
def test_making_text_safe_twice_changes_nothing(text: str) -> None:
    assert safe_text(safe_text(text)) == safe_text(text)


def test_newline_and_tab_stay_only_where_lines_are_laid_out() -> None:
    assert safe_text("a\n\tb\r\x1b", multiline=True) == "a\n\tb␍␛"


def test_no_code_point_at_all_gets_through_that_could_act() -> None:
    everything = "".join(map(chr, range(sys.maxunicode + 1)))
    assert harmful_characters("".join(set(safe_text(everything)))) == []


def test_a_flood_of_marks_is_counted_instead_of_drawn() -> None:
    assert safe_text("Z" + "\u0301" * 10_000 + "!") == "Z" + "\u0301" * 4 + "⟨+9996 marks⟩!"


def test_a_mark_without_a_base_does_not_land_on_what_stands_before_it() -> None:
    assert safe_text("\u0301x") == "\u25cc\u0301x"
    assert safe_text("a\n\u0301", multiline=True) == "a\n\u25cc\u0301"


def test_a_byte_that_is_not_utf8_shows_as_a_byte() -> None:
    assert safe_bytes(b"ok \xff\x9b31m \xc3\xa9") == "ok ⟨0xFF⟩⟨0x9B⟩31m é"


@pytest.mark.parametrize("host", ["example.com", "localhost:3000", "[::1]:80", "203.0.113.7"])
def test_a_plain_host_has_no_mark(host: str) -> None:
    assert mark_host(host) == host


@pytest.mark.parametrize(
    ("host", "part"),
    [
        ("\u0430pple.com", "mixed scripts: Cyrillic, Latin"),
        ("\u0430pple.com", "xn--pple-43d.com"),
        ("xn--pple-43d.com", "\u0430pple.com; mixed scripts: Cyrillic, Latin"),
        ("b\u00fccher.de", "not ASCII: Latin"),
        ("xn--\u0430\u202e", "⟨U+202E⟩"),
        ("xn--999999999999999999999999", "xn--"),
        ("\ud800.example", "⟨U+D800⟩.example"),
        ("xn--" + "a" * 5000, "xn--"),
    ],
)
def test_a_host_that_may_imitate_another_is_marked(host: str, part: str) -> None:
    marked = mark_host(host)
    assert part in marked
    assert marked != host
    assert harmful_characters(marked) == []
    assert len(marked) < 3000


def test_scripts_are_named() -> None:
    assert scripts("aб1") == ("Cyrillic", "Latin")


def test_no_sequence_of_the_corpus_reaches_the_terminal() -> None:
    sequences = [base64.b64decode(text) for text in json.loads(lzma.decompress(CORPUS.read_bytes()))["terminal"]]
    assert len(sequences) > 1000
    for sequence in sequences:
        for text in (safe_bytes(sequence), safe_text(sequence.decode("latin-1"))):
            assert harmful_characters(text) == []
        assert harmful_characters(safe_bytes(sequence, multiline=True), "\n\t") == []


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("Host", "example.com:80", "example.com:80"),
        ("X-Other", "xn--pple-43d.com", "xn--pple-43d.com"),
        ("Host", "xn--pple-43d.com:80", "xn--pple-43d.com:80 ⟨аpple.com; mixed scripts: Cyrillic, Latin⟩"),
        (
            "location",
            "https://u@xn--pple-43d.com/x",
            "https://u@xn--pple-43d.com/x ⟨аpple.com; mixed scripts: Cyrillic, Latin⟩",
        ),
        ("Location", "/path", "/path"),
        ("Origin", "null", "null"),
        ("Host", "caf\u00c3\u00a9.fr", "caf\u00c3⟨U+00A9⟩.fr ⟨xn--caf-dma.fr; not ASCII: Latin⟩"),
    ],
)
def test_a_host_that_may_imitate_another_is_marked_in_its_header(name: str, value: str, expected: str) -> None:
    assert safe_header(name, value) == expected.replace("⟨U+00A9⟩", "\u00a9")
