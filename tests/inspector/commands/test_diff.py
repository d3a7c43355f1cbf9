from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from factories import make_delivery
from hookscope import cli
from hookscope.model.capture import Capture
from hookscope.model.capture_file import dumps

Run = Callable[..., tuple[int, bytes, bytes]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]) -> Run:
    """Runs `hookscope diff` on capture files of two deliveries; gives the exit code,
    standard output and standard error."""
    monkeypatch.setenv("HOOKSCOPE_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)

    def call(left: dict[str, Any], right: dict[str, Any], *options: str) -> tuple[int, bytes, bytes]:
        for name, changes in (("a.json", left), ("b.json", right)):
            (tmp_path / name).write_text(dumps(Capture(delivery=make_delivery(**changes))), "utf-8")
        code = cli.main(["diff", "a.json", "b.json", *options])
        return (code, *capsysbinary.readouterr())

    return call


def test_equal_deliveries_print_nothing(run: Run) -> None:
    assert run({}, {}) == (0, b"", b"")


def test_a_difference_is_shown_with_both_sides(run: Run) -> None:
    code, out, err = run({"body": b'{"a":1}'}, {"body": b'{"a":1.0,"b":[]}'})
    assert (code, err) == (1, b"")
    assert out.splitlines()[2:] == [b"body/a  changed", b"  - 1", b"  + 1.0", b"body/b  added", b"  + []"]


def test_bodies_that_mean_the_same_are_equal_and_a_note_says_that_the_bytes_are_not(run: Run) -> None:
    code, out, err = run({"body": b'{"a":1,"b":2}'}, {"body": b'{"b":2,"a":1}'})
    assert (code, out) == (0, b"")
    assert b"mean the same and are written with other bytes" in err


def test_json_is_one_object(run: Run) -> None:
    code, out, _ = run({"headers": (("A", "1"),)}, {"headers": (("A", "2"),)}, "--json")
    assert (code, json.loads(out)) == (
        1,
        {
            "same": False,
            "same_body": True,
            "differences": [{"place": "headers.a", "kind": "changed", "left": "1", "right": "2"}],
        },
    )
    assert json.loads(run({}, {}, "--json")[1])["same"] is True


def test_bytes_leave_as_they_came_where_no_terminal_reads_them(run: Run) -> None:
    out = run({"headers": (("A", "caf\xe9\x1b[2J"),)}, {"headers": (("A", "Å".encode().decode("latin-1")),)})[1]
    assert b"  - caf\xe9\x1b[2J\n" in out
    assert "  + Å\n".encode() in out


@pytest.mark.parametrize("no_colour", [False, True])
def test_a_terminal_gets_colour_unless_refused_and_nothing_else_that_acts_on_it(
    run: Run, monkeypatch: pytest.MonkeyPatch, no_colour: bool
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    if no_colour:
        monkeypatch.setenv("NO_COLOR", "1")
    left = {"headers": (("A\x1b]0;x\x07", "\x1b[2J"),), "target": "/\x1b[2J?\x1b=\x9b", "method": "P\x1b"}
    out = run(left | {"body": b"\x1b[2J\xff"}, left | {"headers": (("B", "\r"),), "body": b"\x1b[3J\r\xff"})[1].decode()
    for colour in ("\x1b[31m", "\x1b[32m", "\x1b[1m", "\x1b[0m"):
        assert (colour in out) is not no_colour
        out = out.replace(colour, "")
    assert [mark for mark in out if mark != "\n" and (ord(mark) < 32 or 127 <= ord(mark) < 160)] == []


@pytest.mark.parametrize(
    "body", [b'{"a":"\\ud800"}', b'{"a":"\\udc80\\ud800"}', b"\xff" * 5_000, b"x" * 5_000 + b"\xff"]
)
def test_no_body_is_too_odd_to_print(run: Run, body: bytes) -> None:
    assert run({"body": body}, {"body": b'{"a":1}'})[0] == 1


@pytest.mark.parametrize(("name", "code"), [("none", 10), ("none.json/x", 2), ("7", 10)])
def test_what_is_not_there_is_told(run: Run, capsysbinary: pytest.CaptureFixture[bytes], name: str, code: int) -> None:
    run({}, {})
    assert cli.main(["diff", "a.json", name]) == code
    assert capsysbinary.readouterr().err.count(b"\n") == 1
