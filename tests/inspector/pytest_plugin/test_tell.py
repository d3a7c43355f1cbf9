from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from hookscope.pytest_plugin.tell import NAME, start_telling


def test_it_is_registered_once() -> None:
    manager: Any = pytest.PytestPluginManager()
    config: Any = SimpleNamespace(pluginmanager=manager)
    start_telling(config)
    first = manager.get_plugin(NAME)
    start_telling(config)
    assert manager.get_plugin(NAME) is first is not None
