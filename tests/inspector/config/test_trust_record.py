"""The user's word on a project's file."""

from __future__ import annotations

from pathlib import Path

import pytest

from hookscope.config.toml_file import TomlFile, read_toml
from hookscope.config.trust_record import FILE, forget_trusted, is_trusted, keep_trusted, read_trusted, was_trusted
from hookscope_relay.errors import CannotWrite, DamagedFile


def test_a_file_is_trusted_as_it_stood_and_no_further(tmp_path: Path) -> None:
    path = tmp_path / "hookscope.toml"
    path.write_text("a = 1")
    assert not is_trusted(tmp_path, TomlFile())
    keep_trusted(tmp_path, read_toml(path))
    assert is_trusted(tmp_path, read_toml(path))
    path.write_text("a = 2")
    assert not is_trusted(tmp_path, read_toml(path))
    assert was_trusted(tmp_path, read_toml(path))
    assert forget_trusted(tmp_path, path)
    assert not forget_trusted(tmp_path, path)
    assert (tmp_path / FILE).stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("record", ["", "[]", '{"a": 1}', "[" * 100_000])
def test_a_record_that_is_none_is_refused(tmp_path: Path, record: str) -> None:
    (tmp_path / FILE).write_text(record)
    with pytest.raises(DamagedFile, match="is no record of trusted files"):
        read_trusted(tmp_path)


def test_a_place_that_cannot_be_written_is_told_so(tmp_path: Path) -> None:
    (tmp_path / "hookscope.toml").write_text("a = 1")
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotWrite, match="cannot be written"):
        keep_trusted(tmp_path / "file" / "below", read_toml(tmp_path / "hookscope.toml"))
