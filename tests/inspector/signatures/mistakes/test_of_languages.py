from __future__ import annotations

import pytest

from hookscope.signatures.mistakes.of_languages import MOST_BYTES, language_mistakes

BODY = '{"who":"Zoë <x>"}'.encode()


@pytest.mark.parametrize(
    ("body", "written"),
    [
        (BODY, str(BODY)),  # Python: f"{body}"
        (b"ab", '{"type":"Buffer","data":[97,98]}'),  # Node: JSON.stringify(Buffer.from("ab"))
        (b"ab", "97,98"),  # Node: String(new Uint8Array([97, 98]))
        (b"ab", "6162"),  # Node: Buffer.from("ab").toString("hex")
        (BODY, '"{\\"who\\":\\"Zoë <x>\\"}"'),  # Node: JSON.stringify(text)
        (BODY, '"{\\"who\\":\\"Zo\\u00eb <x>\\"}"'),  # Python: json.dumps(text)
        (b"it's <b>", "it&#x27;s &lt;b&gt;"),
        (b"it's <b>", "it&#039;s &lt;b&gt;"),  # PHP: htmlspecialchars
        (b"a=%2B+b", "a=++b"),  # Node: decodeURIComponent
    ],
)
def test_what_languages_make_of_bytes(body: bytes, written: str) -> None:
    assert written.encode() in {text for _, _, text in language_mistakes(body)}


@pytest.mark.parametrize("body", [b"", b"x" * (MOST_BYTES + 1)])
def test_of_nothing_and_of_large_bodies_nothing_is_made(body: bytes) -> None:
    assert list(language_mistakes(body)) == []


def test_bytes_that_are_no_text_are_written_as_bytes_alone() -> None:
    assert [text for _, _, text in language_mistakes(b"\xff")] == [
        b"b'\\xff'",
        b'{"type":"Buffer","data":[255]}',
        b"255",
        b"ff",
    ]
