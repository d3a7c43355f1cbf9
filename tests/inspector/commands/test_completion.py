"""The scripts in the shells themselves: what is typed, a press of Tab, and the line that stands there then."""

from __future__ import annotations

import contextlib
import os
import pty
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from factories import make_delivery
from hookscope.cli import main
from hookscope.model.verdict import Recognition
from hookscope.store.captures import CaptureStore

WITHIN_S = 20.0
SHELLS = {
    "bash": (["bash", "--norc", "--noprofile", "-i"], 'eval "$(hookscope completion bash)"'),
    "zsh": (["zsh", "-f", "-i"], 'eval "$(hookscope completion zsh)"'),
    "fish": (["fish", "--no-config", "-i"], "hookscope completion fish | source"),
}
# What is typed before the key, and the words that the shell runs then.
TYPED = [
    ("list status:4", "list status:4xx"),
    ("show la", "show last"),
    ("listen --away=st", "listen --away=store"),
    ("diagnose a-fil", "diagnose a-file.json"),
    ("save 1 fol", "save 1 folder"),
]
# Asks the real program what could follow, and prints what it would run.
PROGRAM = """#!/bin/sh
case "$1" in
__complete|completion) exec {python} -m hookscope.cli "$@" ;;
*) echo "ran <${{*%/}}>" ;;
esac
"""


class Terminal:
    """A shell on a terminal of its own; what it prints is what `shown` holds."""

    def __init__(self, command: list[str], environ: dict[str, str], folder: Path) -> None:
        self.shown = b""
        self._pid, self._end = pty.fork()
        if self._pid == 0:
            os.chdir(folder)
            os.execvpe(command[0], command, environ)

    def type(self, text: str, shows: str) -> None:
        """Type, and wait until what came since shows a text."""
        self.shown = b""
        os.write(self._end, text.encode())
        end = time.monotonic() + WITHIN_S
        while shows.encode() not in self.shown:
            assert time.monotonic() < end, f"{shows!r} never came, but {self.shown!r}"
            if select.select([self._end], [], [], 0.1)[0]:
                self.shown += os.read(self._end, 65536)

    def close(self) -> None:
        os.kill(self._pid, 9)
        os.waitpid(self._pid, 0)
        os.close(self._end)


@pytest.fixture
async def folder(tmp_path: Path) -> Path:
    (tmp_path / "a-file.json").write_text("{}")
    store = CaptureStore.open(tmp_path / "captures.db")
    await store.keep(make_delivery(), origin="live", recognition=Recognition(provider="notion"))
    store.close()
    (tmp_path / "folder").mkdir()
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin/hookscope"
    program.write_text(PROGRAM.format(python=sys.executable))
    program.chmod(0o755)
    return tmp_path


@contextlib.contextmanager
def shell(name: str, folder: Path) -> Iterator[Terminal]:
    command, _ = SHELLS[name]
    path = f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
    environ = {"PATH": path, "HOME": str(folder), "HOOKSCOPE_HOME": str(folder), "TERM": "dumb", "PS1": "$ "}
    terminal = Terminal(command, environ, folder)
    try:
        yield terminal
    finally:
        terminal.close()


@pytest.mark.parametrize("name", SHELLS)
def test_a_shell_completes_what_is_typed(name: str, folder: Path) -> None:
    if shutil.which(name) is None:
        pytest.skip(f"{name} is not on this machine")
    with shell(name, folder) as terminal:
        # The quotes are in what is typed and not in what it prints.
        terminal.type(f'{SHELLS[name][1]}; echo is "there"\n', "is there")
        for typed, whole in TYPED:
            terminal.type(f"hookscope {typed}\t\n", f"ran <{whole}>")


@pytest.mark.parametrize("name", ["bash", "zsh", "fish", "powershell"])
def test_the_script_of_a_shell_is_printed(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", name]) == 0
    said = capsys.readouterr()
    assert "__complete" in said.out
    assert said.err == ""


@pytest.mark.parametrize(
    ("shell_path", "says"), [("/usr/bin/fish", "for fish"), (r"C:\Program Files\pwsh.exe", "for PowerShell")]
)
def test_without_a_name_it_is_the_script_of_the_users_shell(
    shell_path: str, says: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SHELL", shell_path)
    assert main(["completion"]) == 0
    assert says in capsys.readouterr().out


def test_an_unknown_shell_of_the_user_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SHELL", "/bin/tcsh")
    assert main(["completion"]) == 2
    assert "bash, zsh, fish" in capsys.readouterr().err


def test_a_completion_costs_as_little_as_the_help(folder: Path) -> None:
    """No library of the screen, of the network or of tables is loaded to name a capture."""
    code = (
        "import sys; from hookscope.commands.complete import answer; print(answer(['show', '=']));"
        "print([one for one in ('textual', 'aiohttp', 'websockets', 'asyncio', 'cryptography', 'msgspec')"
        " if one in sys.modules])"
    )
    said = subprocess.run(
        [sys.executable, "-c", code],
        env={"HOOKSCOPE_HOME": str(folder), "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "last\t" in said
    assert said.splitlines()[-1] == "[]"
