from __future__ import annotations

import gc

from hookscope.tui.memory import YOUNG, settle_memory


def test_what_is_loaded_is_out_of_the_collectors_sight() -> None:
    before = gc.get_threshold()
    try:
        settle_memory()
        assert gc.get_freeze_count() > 1000
        assert gc.get_threshold()[0] == YOUNG
    finally:
        gc.unfreeze()
        gc.set_threshold(*before)
