"""Programs that are started by their name, and a folder that has others of that name."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from hookscope.config.executable import find_executable, located


def program(file: Path) -> str:
    file.parent.mkdir(exist_ok=True)
    file.write_text("#!/bin/sh\n")
    file.chmod(0o755)
    return str(file)


@pytest.mark.skipif(os.name != "posix", reason="programs have other names there")
@pytest.mark.parametrize("before", ["", ".", "repo/..", "./"])
def test_the_folder_that_we_are_in_is_passed_over(before: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path / "repo" / "tunnel")
    monkeypatch.chdir(tmp_path / "repo")
    monkeypatch.setenv("PATH", before)
    assert find_executable("tunnel") is None
    installed = program(tmp_path / "bin" / "tunnel")
    monkeypatch.setenv("PATH", os.pathsep.join((before, str(tmp_path / "bin"))))
    assert find_executable("tunnel") == installed


def test_what_a_system_finds_there_unasked_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hookscope.config.executable.shutil.which", lambda name, path: f".{os.sep}{name}")
    assert find_executable("tunnel") is None


def test_a_name_with_a_folder_is_taken_as_it_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    named = os.path.join(".", "tunnel")  # noqa: PTH118 - a Path would leave the dot off
    program(tmp_path / "tunnel")
    assert find_executable(named) == named
    assert find_executable(str(tmp_path / "tunnel")) == str(tmp_path / "tunnel")
    assert find_executable(os.path.join(".", "other")) is None  # noqa: PTH118 - as above


def test_a_command_gets_the_file_of_its_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed = program(tmp_path / "bin" / "tunnel")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    assert located(("tunnel", "--port", "1")) == [installed, "--port", "1"]
    with pytest.raises(FileNotFoundError, match="other"):
        located(("other",))
