"""What may stand at a key of a provider's table, and what may not."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from hookscope.providers.keys import (
    A_HEADER,
    A_NAME,
    A_PATTERN,
    A_PLACE,
    A_SHARE,
    EVENT_PLACES,
    NUMBER,
    PAIRS,
    PROVIDER_KEYS,
    SCHEME_KEYS,
    TABLES,
    TEMPLATE,
    TEXTS,
    Check,
)


@pytest.mark.parametrize(
    ("check", "right", "wrong"),
    [
        (A_NAME, ["a", "a-1"], ["", "-a", "A", "a" * 65, 1]),
        (A_HEADER, ["X-A", "x-a-*"], ["", "X A", "X:", 1]),
        (A_PLACE, ["header.X-A", "body.a.b"], ["X-A", "body.", "cookie.a", 1]),
        (EVENT_PLACES, [["body.a", "body.b + header.X"]], ["body", ["cookie.a"], 1]),
        (A_PATTERN, ["key-[0-9a-f]{32}"], ["(a)", "a|b", "[", "", "a" * 301, "a*b*c*d*", 1]),
        (A_SHARE, [0, 0.5, 1], [-1, 2, "1", True]),
        (TEMPLATE, ["v0:{timestamp}:{body}", "{header.X-A}", ""], ["{nothing}", 1]),
        (TEXTS, [[], ["a"]], ["a", [1]]),
        (NUMBER, [0, 1.5], [-1, "1", True]),
        (PAIRS, [{}, {"a": "b"}, {"a": 1}], [{"a": []}, []]),
        (TABLES, [[], [{}]], [{}, [1]]),
        (SCHEME_KEYS["kind"], ["hmac", "jwt"], ["sha256", 1]),
        (PROVIDER_KEYS["read_on"], ["2026-01-01", date(2026, 1, 1)], [1]),
    ],
    ids=lambda value: value[1] if isinstance(value, tuple) else "",
)
def test_what_may_stand_there(check: Check, right: list[Any], wrong: list[Any]) -> None:
    holds, _ = check
    assert [value for value in right if not holds(value)] == []
    assert [value for value in wrong if holds(value)] == []
