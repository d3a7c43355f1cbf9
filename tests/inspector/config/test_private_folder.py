"""Our own folders are their user's alone."""

from __future__ import annotations

import stat
import sys
from pathlib import Path

import pytest

from hookscope.config.private_folder import check_private, make_private
from hookscope.model.errors import RefusedForSafety
from hookscope.store.captures import CaptureStore

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there are no modes there")


def test_a_new_folder_is_private(tmp_path: Path) -> None:
    make_private(tmp_path / "a" / "b")
    assert stat.S_IMODE((tmp_path / "a" / "b").stat().st_mode) == 0o700


@pytest.mark.parametrize("mode", [0o777, 0o1777, 0o702])
def test_a_folder_that_others_may_write_is_not_used(tmp_path: Path, mode: int) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state").chmod(mode)
    for use in (make_private, check_private, lambda state: CaptureStore.open(state / "captures.db")):
        with pytest.raises(RefusedForSafety, match=r"can be written by every user.*chmod 700"):
            use(tmp_path / "state")
