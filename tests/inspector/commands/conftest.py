"""Commands as they are typed, in a home and a folder of their own."""

from __future__ import annotations

import io
import sys
from functools import partial
from pathlib import Path

import pytest

from factories import Run
from hookscope import cli


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where hookscope keeps its files, which is not there yet; the current folder is the one above."""
    monkeypatch.setenv("HOOKSCOPE_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "home"


@pytest.fixture
def call(home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command line; gives the exit code, standard output and standard error."""

    def call(*arguments: str, stdin: bytes = b"") -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        return cli.main(arguments), *capsys.readouterr()

    return call


@pytest.fixture
def run(request: pytest.FixtureRequest, call: Run) -> Run:
    """Runs the command that the file of tests is named after."""
    return partial(call, request.path.stem.removeprefix("test_"))
