from __future__ import annotations

import inspect
from typing import Any

from hookscope.session.thread import SessionThread as RealEngine
from hookscope.store.captures import CaptureStore
from hookscope.tui.engine.ports import Engine, Reader


def methods(protocol: type[Any]) -> list[str]:
    return [name for name, value in vars(protocol).items() if inspect.isfunction(value) and not name.startswith("_")]


def test_the_engine_has_what_the_screen_needs() -> None:
    assert [name for name in methods(Engine) if not hasattr(RealEngine, name)] == []


def test_the_store_has_what_the_screen_reads() -> None:
    assert [name for name in methods(Reader) if not hasattr(CaptureStore, name)] == []
