"""Escape sequences in what a command is given, such as the names that a shell's `*` finds in a hostile folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from hookscope import cli

HOSTILE = "x\x1b]0;title\x07\x1b[2J"


@pytest.mark.parametrize("command", ["diagnose", "show", "verify", "replay", "export"])
def test_no_command_hands_them_to_the_terminal(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOOKSCOPE_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    assert cli.main([command, HOSTILE]) != 0
    told = capsys.readouterr()
    assert "title" in told.out + told.err
    assert not set("\x1b\x07") & set(told.out + told.err)
