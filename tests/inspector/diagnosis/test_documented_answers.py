"""What is documented of frameworks, servers and hosted layers, without a recording: each answer names its cause,
and who gave it."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hookscope.model.finding import Finding

REQUESTS: dict[str, dict[str, Any]] = {
    "": {},
    "broken": {"sent": b'{"type": "page.created", '},
    "large": {"sent": b'{"x":"' + b"a" * 200_000 + b'"}'},
    "text": {"sent_headers": (("Content-Type", "text/plain"),)},
    "form": {
        "sent": b"Body=Hello&From=1",
        "sent_headers": (("Content-Type", "application/x-www-form-urlencoded"),),
    },
}


def rows() -> list[dict[str, Any]]:
    text = Path(__file__).with_name("documented_answers.toml").read_text("utf-8")
    return [row for family in tomllib.loads(text).values() for row in family]


@pytest.mark.parametrize("row", rows(), ids=lambda row: f"{row['status']}-{row['cause']}")
def test_a_documented_answer_names_its_cause_and_layer(
    findings_of: Callable[..., tuple[Finding, ...]], row: dict[str, Any]
) -> None:
    headers = tuple((name, value) for name, _, value in (line.partition(": ") for line in row.get("headers", ())))
    request = {**REQUESTS[row.get("request", "")], "target": row.get("target", "/hook")}
    first = findings_of(row["status"], row["body"].encode(), headers, **request)[0]
    assert (first.cause, first.layer) == (row["cause"], row["layer"]), first


def test_every_family_of_products_has_rows() -> None:
    assert len(rows()) >= 150
