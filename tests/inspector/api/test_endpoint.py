from __future__ import annotations

import json

import pytest

from hookscope.api.answer import read_answer
from hookscope.api.endpoint import endpoint_of, endpoints, needed
from hookscope.model.call import Call
from hookscope_relay.delivery import Answer, Headers


@pytest.mark.parametrize(
    ("method", "path", "needs"),
    [
        ("GET", "/v1/pages/x", "Read content"),
        ("POST", "/v1/pages", "Insert content"),
        ("PATCH", "/v1/pages/x", "Update content"),
        ("PATCH", "/v1/blocks/x/children", "Insert content"),
        ("GET", "/v1/comments", "Read comments"),
        ("POST", "/v1/comments", "Insert comments"),
        ("GET", "/v1/users/me", "Read user information"),
        ("POST", "/v1/data_sources/x/query", "Read content"),
    ],
)
def test_each_endpoint_of_notion_has_its_capability(method: str, path: str, needs: str) -> None:
    row = endpoint_of("notion", method, path)
    assert row is not None
    assert row.needs == needs


def test_no_row_stands_behind_one_that_takes_its_calls() -> None:
    seen: set[tuple[str, str, str]] = set()
    for row in endpoints():
        assert (row.api, row.method, row.path) not in seen
        seen.add((row.api, row.method, row.path))
    assert endpoint_of("nobody", "GET", "/") is None


@pytest.mark.parametrize(
    ("api", "headers", "body", "told"),
    [
        ("github", (("X-Accepted-GitHub-Permissions", "issues=write"),), {"message": "no"}, "issues=write"),
        ("slack", (), {"ok": False, "needed": "chat:write"}, "chat:write"),
        ("hubspot", (), {"errors": [{"context": {"requiredGranularScopes": ["a.b", "c.d"]}}]}, "a.b, c.d"),
        ("shopify", (), {"errors": "requires merchant approval for read_orders scope."}, "read_orders"),
        (
            "stripe",
            (),
            {"error": {"message": "Having the 'rak_charge_read' permission would allow this"}},
            "rak_charge_read",
        ),
        ("erp", (), {"message": "missing scope: orders:read"}, "orders:read"),
        ("erp", (), {"message": "no"}, ""),
    ],
)
def test_the_permission_is_named_as_the_api_names_it(api: str, headers: Headers, body: object, told: str) -> None:
    answer = Answer(status=403, headers=headers, body=json.dumps(body).encode())
    call = Call(api=api, base="https://x", method="GET", target="/x", started_at=0.0, answer=answer)
    assert needed(call, read_answer(answer)) == told
