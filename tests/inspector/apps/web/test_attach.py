"""test_front.py holds both ends; here is what only a tab sees."""

from __future__ import annotations

import pytest

from hookscope.apps.web.attach import AttachedEngine


def test_a_session_that_is_gone_cannot_be_attached_to(tmp_path: object) -> None:
    with pytest.raises(OSError, match=r".+"):
        AttachedEngine(f"{'00' * 32} {tmp_path}/engine")
