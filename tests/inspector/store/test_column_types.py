"""Values that a database gave, and what a database of somebody else's gives."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from factories import make_delivery
from hookscope.model.capture import Attempt
from hookscope.store.column_types import typed

ATTEMPT = Attempt(number=1, origin="live", handler_url="http://a/", started_at=1.0, elapsed_ms=1)


@pytest.mark.parametrize("value", [ATTEMPT, make_delivery(), replace(ATTEMPT, elapsed_ms=1.5)])
def test_what_we_write_is_what_we_read(value: Any) -> None:
    assert typed(value) is value


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("origin", b"live"),
        ("handler_url", 5),
        ("handler_url", None),
        ("elapsed_ms", "1"),
        ("started_at", b"1"),
        ("number", "1"),
        ("number", 1.5),
    ],
)
def test_what_is_of_another_type_is_named(field: str, value: Any) -> None:
    with pytest.raises(TypeError, match=f"{field} is of {type(value).__name__}"):
        typed(replace(ATTEMPT, **{field: value}))
