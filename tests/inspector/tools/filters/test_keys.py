from __future__ import annotations

import pytest

from hookscope.tools.filters.keys import KEYS

ISSUE_KEYS = {"status", "provider", "type", "path", "method", "finding", "body", "header", "since", "is"}


def test_the_keys_that_were_promised_are_there() -> None:
    assert set(KEYS) >= ISSUE_KEYS


@pytest.mark.parametrize("key", KEYS.values(), ids=lambda key: key.name)
def test_every_key_says_what_it_takes_and_means(key: object) -> None:
    assert key.takes and key.means and key.example.startswith(f"{key.name}:")  # type: ignore[attr-defined]  # a Key


@pytest.mark.parametrize("key", KEYS.values(), ids=lambda key: key.name)
def test_every_value_that_is_offered_is_taken(key: object) -> None:
    for value in key.values:  # type: ignore[attr-defined]  # a Key
        condition = key.build(value)  # type: ignore[attr-defined]  # a Key
        assert condition.text.count("?") >= len(condition.parameters)
