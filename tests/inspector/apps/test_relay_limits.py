from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from hookscope.apps.relay_limits import (
    KEEP_OPTIONS,
    KEEPS,
    LIMIT_OPTIONS,
    LIMITS,
    RATES,
    LimitRow,
    read_limits,
    read_rates,
    read_retention,
)
from hookscope.config.settings import Settings, resolve
from hookscope_relay import settings as relay
from hookscope_relay.errors import InputError
from hookscope_relay.settings import PUBLIC_RATES, Limits, Rates, Retention

READERS = ((LIMITS, read_limits, Limits()), (RATES, read_rates, PUBLIC_RATES), (KEEPS, read_retention, Retention()))


def settings_of(home: Path, given: dict[str, Any]) -> Settings:
    return resolve(KEEP_OPTIONS + LIMIT_OPTIONS, given, {"HOOKSCOPE_HOME": str(home)}, "relay", home)


@pytest.mark.parametrize(("read", "default"), [reader[1:] for reader in READERS])
def test_what_nobody_sets_is_as_for_a_public_relay(tmp_path: Path, read: Any, default: object) -> None:
    assert read(settings_of(tmp_path, {})) == default


@pytest.mark.parametrize(
    ("row", "read", "default"),
    [(row, read, default) for rows, read, default in READERS for row in rows],
    ids=[row.option for rows, *_ in READERS for row in rows],
)
def test_each_option_sets_its_field_and_no_other(tmp_path: Path, row: LimitRow, read: Any, default: Any) -> None:
    more = getattr(default, row.field) + 1
    found = asdict(read(settings_of(tmp_path, {row.option: str(more) if row.kind == "bytes" else more})))
    assert found == asdict(default) | {row.field: more}


def test_the_relay_complains_of_a_limit_by_the_option_that_sets_it() -> None:
    complains = {option: field for field, option in relay.LIMIT_OPTIONS.items()}
    assert {row.option: row.field for row in LIMITS} == complains | {"min-rate": "min_rate"}
    assert {row.field: row.option for row in KEEPS} == relay.RETENTION_OPTIONS
    assert {row.field for row in RATES} == {*asdict(Rates())}


@pytest.mark.parametrize(
    ("read", "given", "says"),
    [
        (read_rates, {"endpoint-rate": -1.0}, "--endpoint-rate -1.0 is no rate"),
        (read_rates, {"address-rate": float("nan")}, "--address-rate nan is no rate"),
        (read_limits, {"max-body": 1 << 30}, "larger than --max-in-flight-endpoint"),
        (read_limits, {"max-answer": 1 << 30}, "larger than --max-replies-session"),
        (read_limits, {"max-body": 39 << 20}, "40 MiB of a whole delivery"),
    ],
)
def test_numbers_that_make_no_sense_are_refused(tmp_path: Path, read: Any, given: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError, match=says):
        read(settings_of(tmp_path, given))


@pytest.mark.parametrize(
    ("option", "default"),
    [("max-body", "25MiB"), ("keep-total", "8GiB"), ("max-target", "16KiB"), ("max-headers", 200)],
)
def test_a_size_is_shown_as_a_person_would_write_it(option: str, default: object) -> None:
    assert {one.name: one.default for one in KEEP_OPTIONS + LIMIT_OPTIONS}[option] == default
