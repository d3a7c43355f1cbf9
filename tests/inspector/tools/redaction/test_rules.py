from __future__ import annotations

import pytest

from hookscope.tools.redaction.rules import Rules, read_rules
from hookscope_relay.errors import InputError


def test_files_add_up() -> None:
    rules = read_rules(
        {"redaction": {"fields": ["Customer-Name"], "patterns": ["A+"]}},
        {"redaction": {"headers": ["X-Tenant"], "patterns": ["A+", "B"]}},
        {},
    )
    assert (rules.fields, rules.headers) == ({"customername"}, {"x-tenant"})
    assert [pattern.text for pattern in rules.patterns] == ["A+", "B"]


def test_names_of_providers_join() -> None:
    assert Rules().joined(["body.value.0.clientState", ""], ["X-Token", ""]) == Rules(
        fields=frozenset({"clientstate"}), headers=frozenset({"x-token"})
    )


@pytest.mark.parametrize(
    "table",
    [
        [],
        {"felds": []},
        {"fields": "iban"},
        {"fields": [1]},
        {"fields": [""]},
        {"patterns": ["("]},
        {"patterns": ["a" * 501]},
        {"headers": ["x"] * 201},
        {"keep": ["password"]},
    ],
)
def test_a_table_that_makes_no_sense_is_told_in_a_sentence(table: object) -> None:
    with pytest.raises(InputError) as caught:
        read_rules({"redaction": table})
    assert caught.value.remedy
    assert "\n" not in str(caught.value)
