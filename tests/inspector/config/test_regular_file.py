"""Only regular files of an agreed size are read."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from hookscope.config.regular_file import read_regular
from hookscope_relay.errors import InputError


def test_a_file_is_read_up_to_its_limit(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x" * 2048)
    assert read_regular(tmp_path / "a", 2048) == b"x" * 2048
    with pytest.raises(InputError, match="larger than 1 KiB"):
        read_regular(tmp_path / "a", 1024)


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such files")
def test_a_pipe_a_device_and_a_folder_are_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "zero").symlink_to("/dev/zero")
    for name in ("pipe", "zero"):
        with pytest.raises(InputError, match="is not a file"):
            read_regular(tmp_path / name, 1024)
    for name in (".", "none"):
        with pytest.raises(InputError, match="cannot be read"):
            read_regular(tmp_path / name, 1024)
