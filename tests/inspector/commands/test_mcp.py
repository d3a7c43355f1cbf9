"""What the server does is held by tests/e2e/test_agent_tasks.py."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from hookscope.cli import main


def test_without_the_extra_there_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOOKSCOPE_HOME", str(tmp_path))
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert main(["mcp"]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "pip install 'hookscope[mcp]'" in said


def test_a_project_cannot_let_an_agent_send(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOOKSCOPE_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "hookscope.toml").write_text("[mcp]\nallow-replay = true\n")
    assert main(["mcp"]) == 11
    assert "widens trust" in capsys.readouterr().err
