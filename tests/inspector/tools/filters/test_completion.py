from __future__ import annotations

import pytest

from hookscope.tools.filters.completion import complete, table, term_at
from hookscope.tools.filters.keys import KEYS
from hookscope.tools.filters.language import parse


@pytest.mark.parametrize(
    ("text", "offered"),
    [
        ("st", ["status:"]),
        ("provider:notion -st", ["-status:"]),
        ("is:f", ["is:failed"]),
        ("is:failed", []),
        ("-is:o", ["-is:ok", "-is:owed"]),
        ("status:2xx,4", ["status:2xx,4xx"]),
        ("origin:l", ["origin:live"]),
        ("type:p", ['type:"page, new"', "type:push"]),
        ("nokey:x", []),
        ("METHOD:pa", ["method:PATCH"]),
    ],
)
def test_what_could_come_next(text: str, offered: list[str]) -> None:
    assert complete(text, len(text), {"type": ["page, new", "push"]}) == offered


def test_an_empty_term_offers_every_key() -> None:
    assert complete("is:ok ", 6) == [f"{name}:" for name in KEYS]


def test_the_term_is_the_one_at_the_cursor() -> None:
    assert term_at("is:ok st x", 8) == (6, 8)
    assert complete("is:ok st x", 8) == ["status:"]
    assert complete("abc", 99) == []


def test_everything_that_is_offered_is_a_filter() -> None:
    for key in KEYS.values():
        for offered in complete(f"{key.name}:", 99):
            if not offered.endswith("="):
                assert parse(offered)


def test_the_table_has_a_row_for_every_key() -> None:
    assert [example.partition(":")[0] for example, _, _ in table()] == list(KEYS)
