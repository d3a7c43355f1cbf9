from __future__ import annotations

import shutil
import subprocess

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hookscope.tools.imports.shell_words import split_commands
from hookscope_relay.errors import InputError


@pytest.mark.parametrize(
    ("line", "commands"),
    [
        ("curl -H 'a b' \"c d\" e\\ f", [[b"curl", b"-H", b"a b", b"c d", b"e f"]]),
        ("curl \\\n  -d '' \\\r\n  x", [[b"curl", b"-d", b"", b"x"]]),
        ("a'b'\"c\"d", [[b"abcd"]]),
        ("'a\nb' '\\'", [[b"a\nb", b"\\"]]),
        ('"\\$x \\" \\\\ \\n $ $%"', [[b'$x " \\ \\n $ $%']]),
        ("$'\\'\\n\\t\\x41\\101\\u00e9\\U0001F600\\cA\\q'", [[b"'\n\tAA\xc3\xa9\xf0\x9f\x98\x80\x01\\q"]]),
        ("$'\\xff\\377'", [[b"\xff\xff"]]),
        ("\udcff", [[b"\xff"]]),
        ("a # comment\nb", [[b"a"], [b"b"]]),
        ("a#b", [[b"a#b"]]),
        ("a | jq . > x", [[b"a"]]),
        ("a 2>/dev/null >out b", [[b"a", b"b"]]),
        ("a && b; c & d", [[b"a"], [b"b"], [b"c"], [b"d"]]),
        ("\n\n", []),
        ("=a ~ * ! {a,b}", [[b"=a", b"~", b"*", b"!", b"{a,b}"]]),
    ],
)
def test_a_line_is_words(line: str, commands: list[list[bytes]]) -> None:
    assert split_commands(line, "a") == commands


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("curl $URL", "has '$URL' at character 6"),
        ('curl "$(cat /etc/passwd)"', "whose value only a shell knows"),
        ("curl `id`", "at character 6"),
        ("curl ${x}", "at character 6"),
        ("curl 'a", "a quote at character 6 that is not closed"),
        ('curl "a', "a quote at character 6 that is not closed"),
        ("curl $'a\\'", "a quote at character 6 that is not closed"),
        ("curl -d @- < x", "takes input from a file"),
        ("curl -d @- <<END\nx\nEND", "takes input from a file"),
    ],
)
def test_what_only_a_shell_knows_is_refused(line: str, words: str) -> None:
    with pytest.raises(InputError) as told:
        split_commands(line, "a.txt")
    assert words in str(told.value)
    assert str(told.value).startswith("a.txt: the command ")


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
@settings(deadline=None, max_examples=100)
@given(st.lists(st.text("abé'\"\\ \t\n-$%#x0", max_size=8), min_size=1, max_size=4))
@example(["$'", "\\0", "'"])
def test_bash_reads_the_same_words(parts: list[str]) -> None:
    line = " ".join(parts)
    try:
        commands = split_commands(line, "a")
    except InputError:
        return
    # A comment ends with its line, whatever stands before the line's end: then there are two commands.
    if len(commands) != 1 or "\n" in line.replace("\\\n", "") or ("#" in line and "\n" in line):
        return
    script = f"set -f; f() {{ for w; do printf '%s\\0' \"$w\"; done; }}; f {line}"
    done = subprocess.run(["bash", "-c", script], capture_output=True, timeout=20)
    assert done.stdout == b"".join(word + b"\0" for word in commands[0])


@given(st.text(max_size=60))
def test_nothing_but_an_input_error_is_raised(line: str) -> None:
    try:
        split_commands(line.replace("\ud800", ""), "a")
    except (InputError, UnicodeEncodeError):
        pass


def test_long_commands_take_no_time() -> None:
    body = "x" * 4_000_000
    assert split_commands(f"curl -d '{body}' -d \"{body}\" {body}", "a")[0][-1] == body.encode()
