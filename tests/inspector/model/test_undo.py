"""Paths as the most lenient server may read them."""

from __future__ import annotations

import pytest

from hookscope.model.undo import undo


@pytest.mark.parametrize(
    ("path", "read"),
    [
        ("/a", "/a"),
        ("/%2e", "/."),
        ("/%25252e", "/."),
        ("/%c0%ae%c0%af", "/./"),
        ("/%c1%9c", "/\\"),
        ("/%e0%80%ae%f0%80%80%ae", "/.."),
        ("/%ef%bc%8e", "/."),
        ("/%u002e%uff0e", "/.."),
        ("/a%ffb", "/ab"),
        ("/caf%c3%a9", "/caf\u00e9"),
        ("/%", "/%"),
    ],
)
def test_every_encoding_is_undone(path: str, read: str) -> None:
    assert undo(path) == read
