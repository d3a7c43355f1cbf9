from __future__ import annotations

from typing import Any

import pytest

from hookscope.diagnosis.envelopes import envelope, false_key, is_protocol_error, lists_fields, missing_key


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


@pytest.mark.parametrize(
    ("body", "is_one"),
    [
        ({"errors": [{"message": "The query must be a string."}]}, True),
        ({"errors": [{"message": "GraphQL operations must contain a query"}]}, True),
        ({"errors": [{"message": "tenant is required"}]}, False),
        ({"errors": [{"message": "no query"}], "data": None}, False),
        ({"jsonrpc": "2.0", "error": {"code": -32700, "message": "Parse error."}}, True),
        ({"jsonrpc": "2.0", "result": 1}, False),
        (["jsonrpc"], False),
    ],
)
def test_a_protocols_error_has_its_form(body: object, is_one: bool) -> None:
    assert is_protocol_error(body) is is_one


@pytest.mark.parametrize(
    ("body", "key"),
    [
        ({"missing": ["tenant"]}, "missing"),
        ({"missing_fields": "tenant"}, "missing_fields"),
        ({"missing": []}, ""),
        ({"missing": True}, ""),
        ({"lost": ["tenant"]}, ""),
        ("missing", ""),
    ],
)
def test_a_body_names_what_it_misses(body: object, key: str) -> None:
    assert missing_key(body) == key


def test_lists_of_fields_are_a_frameworks() -> None:
    assert lists_fields({"detail": [{"loc": ["body"], "msg": "Field required"}]})
    assert not lists_fields({"detail": "no"})
