from __future__ import annotations

from typing import Any

import pytest

from hookscope.diagnosis.envelopes import envelope, false_key


@pytest.mark.parametrize(
    ("body", "key"),
    [
        ({"ok": False}, "ok"),
        ({"success": "false"}, "success"),
        ({"status": "failed"}, "status"),
        ({"status": 422, "title": "no"}, "status"),
        ({"statusCode": 401}, "statusCode"),
        ({"errors": [{"message": "nope"}], "data": None}, "errors"),
        ({"processed": False}, "processed"),
        ({"processed": False, "reason": "ignored: not subscribed"}, ""),
        ({"received": True, "error": "of last week"}, ""),
        ({"error": None, "errors": [], "failed": 0}, ""),
        ({"status": "delivered"}, ""),
    ],
)
def test_a_success_says_by_which_key_it_is_none(body: dict[str, Any], key: str) -> None:
    assert false_key(body) == key


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ([{"error": 1}], {"error": 1}),
        ({"specversion": "1.0", "id": "1", "source": "/", "type": "t", "data": {"ok": False}}, {"ok": False}),
        ({"specversion": "1.0", "id": "1", "source": "/", "type": "t"}, None),
        ("text", None),
        ([], None),
    ],
)
def test_an_envelope_is_opened(body: object, found: object) -> None:
    assert envelope(body) == found
