from __future__ import annotations

from dataclasses import replace

import pytest

from checking_bench import correct, drive, make_kit, say
from hookscope.tools.check.table import BY_NAME, CHECKS, GROUPS, choose, proceed
from hookscope_relay.errors import InputError


def test_every_check_has_a_name_of_its_own_that_fits_the_report():
    assert len(BY_NAME) == len(CHECKS)
    assert all(len(check.name) <= 20 and check.group in GROUPS for check in CHECKS)
    assert all(not check.line.endswith(".") for check in CHECKS)


def test_checks_are_chosen_by_name_and_by_group():
    assert [check.name for check in choose(("raw-body", "load"))] == ["raw-body", "burst", "speed"]
    assert "stale" not in [check.name for check in choose((), ("signature",))]
    assert choose() == CHECKS


def test_an_unknown_check_is_refused_with_a_hint():
    with pytest.raises(InputError, match="did you mean raw-body"):
        choose(("raw_body",))


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
def test_a_correct_handler_passes_each(check):
    judgement, _ = drive(proceed(check, make_kit("github")), correct(make_kit("github")))
    assert judgement.state in ("passed", "skipped")
    assert judgement.state == "passed" or not judgement.applies


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
def test_without_a_way_in_nothing_is_said_that_needs_one(check):
    kit = replace(make_kit("github"), entered=False, apis=("github",))
    judgement, _ = drive(proceed(check, kit), lambda _: say(403))
    if check.need != "nothing":
        assert judgement.state == "skipped"
        assert "no valid delivery is accepted" in judgement.evidence[0]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
def test_a_provider_that_signs_nothing_has_no_checks_of_the_signature(check):
    judgement, _ = drive(proceed(check, make_kit("zapier")), lambda _: say(200))
    if check.group == "signature":
        assert (judgement.state, judgement.applies) == ("skipped", False)
