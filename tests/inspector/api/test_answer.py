from __future__ import annotations

import json

import pytest

from hookscope.api.answer import RefusalRow, RefusalTable, is_page, read_answer, refusal_tables, row_of, table_of
from hookscope.api.rule import call_rules
from hookscope_relay.delivery import Answer


def test_at_least_25_apis_are_known_and_every_row_has_a_cause_with_words() -> None:
    assert len(refusal_tables()) >= 25
    for table in refusal_tables().values():
        assert table.title
        assert table.hosts
        assert table.marks
        assert table.source.startswith("https://")
        for row in table.rows:
            assert row.cause in call_rules()
            assert row.status or row.code or row.says
            assert set(row.alternatives) <= set(call_rules())
            assert all(text == text.lower() for text in row.says)


@pytest.mark.parametrize(
    ("status", "body", "refused", "codes", "message"),
    [
        (
            403,
            {"object": "error", "code": "restricted_resource", "message": "No."},
            True,
            {"restricted_resource"},
            "No.",
        ),
        (200, {"ok": False, "error": "invalid_auth"}, True, {"invalid_auth"}, "invalid_auth"),
        (200, {"ok": True, "error": ""}, False, set(), ""),
        (200, {"errors": [{"message": "m", "extensions": {"code": "FORBIDDEN"}}]}, True, {"FORBIDDEN"}, "m"),
        (200, {"data": {"a": 1}, "errors": [{"message": "partly"}]}, False, set(), "partly"),
        (400, {"error": {"message": "m", "status": "NOT_FOUND", "code": 404}}, True, {"NOT_FOUND", "404"}, "m"),
        (200, [1, 2], False, set(), ""),
    ],
)
def test_codes_and_words_are_read(status: int, body: object, refused: bool, codes: set[str], message: str) -> None:
    said = read_answer(Answer(status=status, body=json.dumps(body).encode()))
    assert (said.is_refusal, said.message) == (refused, message)
    assert codes <= said.codes


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"[" * 100_000, b"<html>", b'{"a":' * 500 + b"1" + b"}" * 500])
def test_hostile_answers_are_read_all_the_same(body: bytes) -> None:
    assert read_answer(Answer(status=500, body=body)).is_refusal


def test_a_table_is_found_by_host_then_by_name() -> None:
    for host, name in (("api.notion.com", "notion"), ("x.atlassian.net", "jira"), ("a.myshopify.com", "shopify")):
        table = table_of("any", host)
        assert table is not None
        assert table.api == name
    assert table_of("notion", "127.0.0.1") is refusal_tables()["notion"]
    assert table_of("erp", "notion.com.evil.example") is None


def test_a_page_is_known_by_its_type_or_its_beginning() -> None:
    assert is_page((("content-type", "text/html; charset=utf-8"),), b"")
    assert is_page((), b"\n <!DOCTYPE HTML>")
    assert not is_page((("Content-Type", "application/json"),), b"{}")


TABLE = RefusalTable(
    api="x",
    title="X",
    hosts=("x",),
    marks=("x",),
    source="https://x",
    rows=(
        RefusalRow(cause="by-code", status=(400,), code=("bad", "worse")),
        RefusalRow(cause="by-words", says=("no such thing",)),
        RefusalRow(cause="by-status", status=(400, 401)),
    ),
)


@pytest.mark.parametrize(
    ("status", "body", "cause"),
    [
        (400, {"code": "worse"}, "by-code"),
        (500, {"message": "No such thing here"}, "by-words"),
        (400, {"code": "good"}, "by-status"),
        (500, {"code": "bad"}, "app-dependency-down"),
        (418, {}, "api-refused"),
    ],
)
def test_a_refusal_is_the_first_row_that_fits_or_what_its_status_says(status: int, body: object, cause: str) -> None:
    said = read_answer(Answer(status=status, body=json.dumps(body).encode()))
    assert row_of(said, TABLE).cause == cause
    assert row_of(said, None).cause not in ("by-code", "by-words", "by-status")
