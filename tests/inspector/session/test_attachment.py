"""test_door.py holds both ends; here is what only a guest sees."""

from __future__ import annotations

from pathlib import Path

import pytest

from hookscope.session.attachment import Attachment


def test_a_session_that_is_gone_cannot_be_attached_to(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r".+"):
        Attachment(f"{'00' * 32} {tmp_path}/door")
