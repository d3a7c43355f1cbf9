from __future__ import annotations

import os
from pathlib import Path

import pytest

from hookscope.tools.save.redaction_key import KEY_BYTES, load_or_make
from hookscope_relay.errors import CannotWrite, DamagedFile


def test_a_key_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "data" / "redaction.key"
    key = load_or_make(path)
    assert len(key) == KEY_BYTES
    assert load_or_make(path) == key
    assert list(path.parent.iterdir()) == [path]
    if os.name == "posix":
        assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "content", [b"", b"hookscope-redaction-1 00", b"\xff" * 90, b"hookscope-redaction-2 " + b"0" * 64]
)
def test_a_damaged_key_is_told_and_not_replaced(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "k"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(DamagedFile):
        load_or_make(path)
    assert path.read_bytes() == content


@pytest.mark.skipif(os.name != "posix", reason="no mode bits")
def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "k"
    load_or_make(path)
    path.chmod(0o644)
    with pytest.raises(DamagedFile, match="chmod 600"):
        load_or_make(path)


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises((CannotWrite, DamagedFile)):
        load_or_make(tmp_path / "file" / "k")
