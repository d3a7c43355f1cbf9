from __future__ import annotations

import tomllib

import pytest

from hookscope.providers.registry import load_providers
from hookscope.tools.samples.retries import FILE, compress, find_schedule
from hookscope_relay.errors import InputError

PROVIDERS = load_providers()
ROWS = tomllib.loads(FILE.read_text("utf-8"))
DAY_S = 86_400


@pytest.mark.parametrize(
    ("provider", "attempts", "total_s", "first_s"),
    [
        ("slack", 4, 360, 0),
        ("notion", 8, DAY_S, DAY_S / 127),
        ("svix", 8, 99_305, 5),
        ("linear", 4, 25_260, 60),
        ("zoom", 4, 7500, 300),
        ("stripe", 16, 3 * DAY_S, None),
        ("hubspot", 11, DAY_S, 8640),
        ("monday", 31, 1800, 60),
    ],
)
def test_a_schedule_is_the_provider_s(provider, attempts, total_s, first_s):
    schedule = find_schedule(PROVIDERS.demand(provider))
    assert len(schedule.after_s) + 1 == attempts
    assert schedule.total_s == pytest.approx(total_s)
    if first_s is not None:
        assert schedule.after_s[0] == pytest.approx(first_s)


@pytest.mark.parametrize("name", ROWS)
def test_every_row_is_of_a_known_provider_and_names_its_source(name):
    assert name in PROVIDERS
    assert ROWS[name]["source"].startswith("https://")
    if ROWS[name].keys() != {"source"}:
        schedule = find_schedule(PROVIDERS.demand(name))
        assert all(wait >= 0 for wait in schedule.after_s)


@pytest.mark.parametrize("name", [name for name in ROWS if "times" in ROWS[name] and name != "monday"])
def test_what_is_assumed_is_said(name):
    assert find_schedule(PROVIDERS.demand(name)).assumed


def test_what_we_did_not_check_is_said():
    assert "retries" in PROVIDERS.demand("zoom").unchecked
    assert "not checked" in find_schedule(PROVIDERS.demand("zoom")).assumed


def test_who_does_not_retry_is_refused_with_the_reason():
    with pytest.raises(InputError, match="GitHub does not try again by itself"):
        find_schedule(PROVIDERS.demand("github"))
    with pytest.raises(InputError, match="Calendly documents no retries with intervals"):
        find_schedule(PROVIDERS.demand("calendly"))


def test_waits_are_squeezed_in_proportion_and_never_stretched():
    assert compress((0, 60, 300), 6) == pytest.approx((0, 1, 5))
    assert compress((1, 2), 60) == (1, 2)
    assert compress((0, 0), 5) == (0, 0)
    assert compress((), 5) == ()
