from __future__ import annotations

from hookscope.payload.hexdump import hex_line_count, hex_lines


def test_a_line_shows_offset_bytes_and_text() -> None:
    assert hex_lines(b"0123456789abcde\n\x1b[", 0, 9) == [
        "00000000  30 31 32 33 34 35 36 37  38 39 61 62 63 64 65 0a  0123456789abcde·",
        "00000010  1b 5b                                             ·[",
    ]


def test_only_the_lines_asked_for_are_made() -> None:
    body = bytes(25_000_000)
    assert hex_line_count(body) == 1_562_500
    assert [line[:8] for line in hex_lines(body, 1_562_499, 50)] == ["017d7830"]
    assert hex_lines(b"", 0, 5) == []
