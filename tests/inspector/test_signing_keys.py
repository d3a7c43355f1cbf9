from __future__ import annotations

import stat
import sys
from pathlib import Path

import pytest

from hookscope.providers.registry import load_providers
from hookscope.settings import places
from hookscope.signing_keys import load_or_make_key
from hookscope_relay.errors import CannotWrite


DISCORD = load_providers().get("discord")
assert DISCORD is not None
SCHEME = DISCORD.schemes[0]


def test_a_key_pair_is_made_once_and_kept(tmp_path: Path) -> None:
    where = places({"HOOKSCOPE_HOME": str(tmp_path)})
    first = load_or_make_key(where, "discord", SCHEME)
    again = load_or_make_key(where, "discord", SCHEME)
    assert first == again
    assert b"PRIVATE KEY" in first.private.value
    assert b"PUBLIC KEY" in first.public_file.read_bytes()
    if sys.platform != "win32":
        files = list((tmp_path / "test-keys").iterdir())
        assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_a_directory_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "test-keys").write_text("in the way")
    with pytest.raises(CannotWrite, match="test key"):
        load_or_make_key(places({"HOOKSCOPE_HOME": str(tmp_path)}), "discord", SCHEME)
