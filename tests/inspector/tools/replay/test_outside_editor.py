from __future__ import annotations

import contextlib
import shlex
import sys
from collections.abc import Iterator

import pytest

from hookscope.tools.replay.outside_editor import FALLBACK, edit_outside, editor_of
from hookscope_relay.errors import InputError

APPEND = "import sys; f = open(sys.argv[1], 'ab'); f.write(b'more')"
FAIL = "import sys; sys.exit(3)"


@pytest.mark.parametrize(
    ("environ", "command"),
    [
        ({"VISUAL": "code --wait", "EDITOR": "vi"}, ["code", "--wait"]),
        ({"EDITOR": "'/my editor' -n"}, ["/my editor", "-n"]),
        ({}, [FALLBACK]),
        ({"EDITOR": " "}, [FALLBACK]),
    ],
)
def test_the_editor_is_the_users_own(environ: dict[str, str], command: list[str]) -> None:
    assert editor_of(environ) == command


def test_an_open_quote_is_told() -> None:
    with pytest.raises(InputError, match="open quote"):
        editor_of({"EDITOR": "'vi"})


def python(code: str) -> dict[str, str]:
    return {"EDITOR": shlex.join([sys.executable, "-c", code])}


def test_the_text_comes_back_as_the_editor_left_it_while_the_terminal_was_its_own() -> None:
    entered = []

    @contextlib.contextmanager
    def suspended() -> Iterator[None]:
        entered.append("in")
        yield
        entered.append("out")

    assert edit_outside(b"\xff\r\n", python(APPEND), suspended) == b"\xff\r\nmore"
    assert entered == ["in", "out"]


@pytest.mark.parametrize(
    ("environ", "told"),
    [(python(FAIL), "ended with exit code 3"), ({"EDITOR": "no-such-editor-here"}, "cannot be run")],
)
def test_an_editor_that_fails_takes_nothing_over(environ: dict[str, str], told: str) -> None:
    with pytest.raises(InputError, match=told):
        edit_outside(b"x", environ, contextlib.nullcontext)
