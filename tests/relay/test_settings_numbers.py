"""Which numbers a relay takes."""

from __future__ import annotations

import dataclasses

import pytest

from hookscope_relay.errors import InputError
from hookscope_relay.settings import LIMIT_OPTIONS, RETENTION_OPTIONS, Limits, RelaySettings, Retention, check_numbers


def test_the_numbers_that_hold_unless_told_otherwise_make_sense():
    check_numbers(RelaySettings())


@pytest.mark.parametrize("value", [0, -1, float("nan")])
@pytest.mark.parametrize("field", LIMIT_OPTIONS)
def test_a_limit_that_would_let_nothing_in_is_refused_by_its_options_name(field, value):
    settings = RelaySettings(limits=dataclasses.replace(Limits(), **{field: value}))
    with pytest.raises(InputError, match=f"--{LIMIT_OPTIONS[field]} "):
        check_numbers(settings)


@pytest.mark.parametrize("value", [0, -1])
@pytest.mark.parametrize("field", RETENTION_OPTIONS)
def test_a_retention_that_would_keep_nothing_is_refused_by_its_options_name(field, value):
    settings = RelaySettings(retention=dataclasses.replace(Retention(), **{field: value}))
    with pytest.raises(InputError, match=f"--{RETENTION_OPTIONS[field]} .*keep nothing"):
        check_numbers(settings)


def test_a_slowest_rate_of_0_is_none_and_less_is_no_rate():
    check_numbers(RelaySettings(limits=Limits(min_rate=0)))
    with pytest.raises(InputError, match="--min-rate"):
        check_numbers(RelaySettings(limits=Limits(min_rate=-1)))


def test_each_limit_that_an_option_sets_has_a_check():
    unset = {"idle_s", "slack_s", "linger_s", "min_rate"}
    assert {field.name for field in dataclasses.fields(Limits)} - unset == set(LIMIT_OPTIONS)
    assert {field.name for field in dataclasses.fields(Retention)} == set(RETENTION_OPTIONS)


@pytest.mark.parametrize(
    ("url", "fits"),
    [
        ("https://relay.example", True),
        ("https://relay.example:8443", True),
        ("https://relay.example/hooks", False),
        ("https://203.0.113.7", False),
        ("https://[::1]:8443", False),
        ("", False),
    ],
)
def test_endpoints_are_subdomains_of_a_name_only(url, fits):
    settings = RelaySettings(public_url=url, subdomains=True)
    if fits:
        check_numbers(settings)
        return
    with pytest.raises(InputError, match="--subdomains needs"):
        check_numbers(settings)
