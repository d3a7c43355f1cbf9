"""`.env` files are read as python-dotenv reads them."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from hookscope.secrets.dotenv import MAX_BYTES, parse_dotenv, with_dotenv
from hookscope_relay.errors import InputError

# What python-dotenv 1.2.4 answers, with HOME=/h.
RECORDED: list[tuple[str, dict[str, str]]] = [
    ("A=b", {"A": "b"}),
    ("A = 'b c'", {"A": "b c"}),
    ('A="b\\nc"', {"A": "b\nc"}),
    ("A='b\\nc'", {"A": "b\\nc"}),
    ("A='it\\'s'", {"A": "it's"}),
    ('A="a\\\\"', {"A": "a\\"}),
    ('A="\\u0041\\q"', {"A": "\\u0041\\q"}),
    ("A=b#c", {"A": "b#c"}),
    ("A=#c", {"A": "#c"}),
    ("A= #c", {"A": ""}),
    ("A=b # c", {"A": "b"}),
    ("A=b\t#c", {"A": "b"}),
    ("A=", {"A": ""}),
    ("A= # c", {"A": ""}),
    ("A", {}),
    ("# A=b\nB=c", {"B": "c"}),
    ("export A=b\r\nB=c\r\n", {"A": "b", "B": "c"}),
    ("export\tA=b", {"A": "b"}),
    ("exportA=b", {"exportA": "b"}),
    ("export =b", {}),
    ("export='b'", {"export": "b"}),
    ("'A B'=c", {"A B": "c"}),
    ('"A"=c', {'"A"': "c"}),
    ("'A=b\nB=c", {"B": "c"}),
    ("A==b", {"A": "=b"}),
    ("A=b=c", {"A": "b=c"}),
    ("=b\nB=c", {"B": "c"}),
    (
        'KEY="-----BEGIN KEY-----\nabc\n-----END KEY-----"\nB=c',
        {"KEY": "-----BEGIN KEY-----\nabc\n-----END KEY-----", "B": "c"},
    ),
    ("KEY='a\nb' # note\nB=c", {"KEY": "a\nb", "B": "c"}),
    ('KEY="a\r\nb"', {"KEY": "a\nb"}),
    ("A=x\nB=${A}y\nC='${A}'", {"A": "x", "B": "xy", "C": "x"}),
    ("B=${HOME}/${NO}${NO:-d}${A:-e}", {"B": "/h/de"}),
    ('A="open\nB=c', {"B": "c"}),
    ("A='open\nB=c", {"B": "c"}),
    ('A="b" c\nB=d', {"B": "d"}),
    ('A="b"c="d"\nB=e', {"B": "e"}),
    ("A=$B ${", {"A": "$B ${"}),
    ("A=`b c`", {"A": "`b c`"}),
    ("A=`a\nB=b`", {"A": "`a", "B": "b`"}),
    ("A=${B}\nB=${A}x\nA=${B}y", {"A": "xy", "B": "x"}),
    ("A=${A}${A}\nA=${A}x", {"A": "x"}),
    ("A=1\nA=2\nB=${A}", {"A": "2", "B": "2"}),
    ("A=1\nA\nB=${A:-x}", {"B": ""}),
    ("A=${A:-b:-c}", {"A": "b:-c"}),
    ("A=${A:b}", {"A": "${A:b}"}),
    ("A=${a:b${HOME}}", {"A": "${a:b/h}"}),
    ("A=${}", {"A": ""}),
    ("A=${:-b}", {"A": "b"}),
    ("A=${HOME:-}", {"A": "/h"}),
    ("A=${X:-${HOME}}", {"A": "${HOME}"}),
    ("A=${${HOME}}", {"A": "}"}),
    ("A=\\${HOME}", {"A": "\\/h"}),
    ("A=${HOME\nB=}", {"A": "${HOME", "B": "}"}),
    ("\ufeffA=b", {"A": "b"}),
    ("A=\ufeffb", {"A": "\ufeffb"}),
    ("A=a\x00b", {"A": "a\x00b"}),
    ("\x00=b", {"\x00": "b"}),
    ("A=b\rB=c", {"A": "b", "B": "c"}),
    ("A\xa0=\xa0b", {"A": "b"}),
    ("A=b\u2028#c", {"A": "b"}),
    ("A=b   c   ", {"A": "b   c"}),
    ("A='' # c", {"A": ""}),
    ("A=''B=c", {}),
    ("A\n=b", {}),
    ("  A=b\n\n\n\tB=c", {"A": "b", "B": "c"}),
    ("A-B.c=d", {"A-B.c": "d"}),
    ("A=b;C=d", {"A": "b;C=d"}),
    ("yaml: x\nB=c", {"B": "c"}),
]
LARGE = {
    "spaces without a comment": "A=x" + " " * 100_000 + "y",
    "many names": "".join(f"A{number}=\n" for number in range(50_000)),
    "openings": "A=" + "${" * 200_000,
    "openings with a colon": "A=" + "${" * 100_000 + ":}",
    "openings with a default": "A=" + "${a:-" * 100_000,
}


@pytest.mark.parametrize(("text", "values"), RECORDED)
def test_a_file_gives_its_values(text: str, values: dict[str, str]) -> None:
    assert parse_dotenv(text, {"HOME": "/h"}) == values


@pytest.mark.parametrize("text", LARGE.values(), ids=LARGE)
def test_no_text_takes_more_than_its_size(text: str) -> None:
    assert parse_dotenv(text)


def test_values_that_multiply_are_refused(tmp_path: Path) -> None:
    doubled = "".join(f"A{number}=${{A{number - 1}}}${{A{number - 1}}}\n" for number in range(1, 40))
    (tmp_path / ".env").write_text(f"A0={'x' * 100}\n{doubled}")
    with pytest.raises(InputError, match="more than 4 MiB"):
        with_dotenv({}, str(tmp_path / ".env"))


def test_a_variable_that_names_itself_ends() -> None:
    assert parse_dotenv("A=${A}${A}\nA=${A}x") == {"A": "x"}


def test_a_large_file_takes_no_more_than_its_size() -> None:
    assert parse_dotenv("A='" + "\\'" * 200_000) == {}


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
