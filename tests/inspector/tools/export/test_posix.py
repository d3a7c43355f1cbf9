from __future__ import annotations

import shutil
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hookscope.text.safe import safe_text
from hookscope.tools.export.posix import as_shown, feed, print_command, quote

SHELLS = [[name] for name in ("sh", "dash", "bash", "zsh", "mksh", "busybox sh") if shutil.which(name.split()[0])]
SHELLS = [part[0].split() for part in SHELLS]

BYTES = st.binary(max_size=60) | st.text(max_size=40).map(lambda text: text.encode("utf-8", "surrogatepass"))
NO_NUL = BYTES.map(lambda data: data.replace(b"\0", b""))

HARD = [
    b"",
    b"'",
    b"''",
    b"-n",
    b"--",
    b"=ls",
    b"~",
    b"*",
    b"$HOME `id` $(id) !!",
    b"\\",
    b"a\\'b\n",
    b"\n\n",
    b"\x1b\n\n",
    b"\xff\n",
    b"%s%d%%\x01",
    b"-\x01",
    b"\x00\x01" * 0 + bytes(range(1, 256)),
    "é\u202e\ufeff".encode(),
    b"\x018",
]


def output(shell: list[str], script: str) -> bytes:
    return subprocess.run([*shell, "-c", script], capture_output=True, check=True, timeout=20).stdout


@pytest.mark.parametrize("shell", SHELLS, ids=" ".join)
@pytest.mark.parametrize("data", HARD, ids=repr)
def test_a_word_is_the_same_bytes_in_every_shell(shell: list[str], data: bytes) -> None:
    assert output(shell, f"printf %s {quote(data)}") == data


@pytest.mark.parametrize("shell", SHELLS, ids=" ".join)
@pytest.mark.parametrize("data", [*HARD, b"\0", b"a" * 20_000, bytes(range(256)) * 80], ids=lambda data: repr(data[:9]))
def test_a_stream_is_the_same_bytes_in_every_shell(shell: list[str], data: bytes) -> None:
    command, document = feed(data)
    assert output(shell, f"{command} | cat\n{document}") == data


@settings(deadline=None, max_examples=80)
@given(data=NO_NUL)
def test_any_word_survives_a_real_shell(data: bytes) -> None:
    assert output(["sh"], f"printf %s {quote(data)}") == data


@settings(deadline=None, max_examples=80)
@given(data=BYTES)
def test_anything_printed_survives_a_real_shell(data: bytes) -> None:
    assert output(["sh"], print_command(data)) == data


@given(data=NO_NUL)
def test_what_is_written_is_inert_on_a_terminal(data: bytes) -> None:
    for text in (quote(data), print_command(data), *feed(data)):
        assert safe_text(text, multiline=True) == text
        assert "\t" not in text


@given(data=NO_NUL)
def test_no_exclamation_mark_stands_where_a_shell_keeps_its_history(data: bytes) -> None:
    assert '"' not in quote(data) or "!" not in quote(data).partition('"$(')[2].partition(')"')[0]


def test_an_argument_holds_no_nul() -> None:
    with pytest.raises(ValueError, match="NUL"):
        quote(b"a\0b")


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        (b"a b", "a b"),
        ("é".encode(), "é"),
        (b"a\nb", "a\nb"),
        (b"\t", None),
        (b"\r", None),
        (b"\xff", None),
        ("\u200b".encode(), None),
    ],
)
def test_only_what_a_person_can_see_is_shown_as_it_is(data: bytes, shown: str | None) -> None:
    assert as_shown(data) == shown
