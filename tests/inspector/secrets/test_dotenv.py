"""`.env` files are read as python-dotenv reads them."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from hookscope.secrets.dotenv import MAX_BYTES, parse_dotenv, with_dotenv
from hookscope_relay.errors import InputError


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("A=b", {"A": "b"}),
        ("A = 'b c'", {"A": "b c"}),
        ('A="b\\nc"', {"A": "b\nc"}),
        ("A='b\\nc'", {"A": "b\\nc"}),
        ("A='it\\'s'", {"A": "it's"}),
        ("A=b#c", {"A": "b#c"}),
        ("A=b # c", {"A": "b"}),
        ("A=", {"A": ""}),
        ("A= # c", {"A": ""}),
        ("A", {}),
        ("# A=b\nB=c", {"B": "c"}),
        ("export A=b\r\nB=c\r\n", {"A": "b", "B": "c"}),
        (
            'KEY="-----BEGIN KEY-----\nabc\n-----END KEY-----"\nB=c',
            {"KEY": "-----BEGIN KEY-----\nabc\n-----END KEY-----", "B": "c"},
        ),
        ("KEY='a\nb' # note\nB=c", {"KEY": "a\nb", "B": "c"}),
        ("A=x\nB=${A}y\nC='${A}'", {"A": "x", "B": "xy", "C": "x"}),
        ("B=${HOME}/${NO}${NO:-d}${A:-e}", {"B": "/h/de"}),
        ('A="open\nB=c', {"A": '"open', "B": "c"}),
        ('A="b" c\nB=d', {"B": "d"}),
        ("A=$B ${", {"A": "$B ${"}),
    ],
)
def test_a_file_gives_its_values(text: str, values: dict[str, str]) -> None:
    assert parse_dotenv(text, {"HOME": "/h"}) == values


def test_a_variable_that_names_itself_ends() -> None:
    assert parse_dotenv("A=${A}${A}\nA=${A}x") == {"A": "x"}


def test_a_large_file_takes_no_more_than_its_size() -> None:
    assert len(parse_dotenv("A='" + "\\'" * 200_000)) == 1


def test_the_environment_is_added_to(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("A=1\nB=${C}\n")
    assert with_dotenv({"C": "3"}, str(tmp_path / ".env")) == {"A": "1", "B": "3", "C": "3"}
    assert with_dotenv({"C": "3"}, "") == {"C": "3"}


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such files")
def test_what_is_no_text_file_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "bytes").write_bytes(b"A=\xff")
    (tmp_path / "large").write_bytes(b"#" * (MAX_BYTES + 1))
    for name in ("fifo", "bytes", "large", "none", "."):
        with pytest.raises(InputError):
            with_dotenv({}, str(tmp_path / name))
