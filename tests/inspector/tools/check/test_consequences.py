from __future__ import annotations

from hookscope.tools.check.consequences import EXPLAINS, attribute
from hookscope.tools.check.fact import Fact
from hookscope.tools.check.table import BY_NAME


def fact(name, state="failed"):
    return Fact(name=name, group="g", line="l", state=state)


def test_the_table_names_checks():
    assert {name for cause, effects in EXPLAINS for name in (cause, *effects)} <= set(BY_NAME)


def test_a_failure_is_explained_by_one_that_implies_it():
    found = attribute((fact("wrong-signature"), fact("missing-signature"), fact("stale", "passed")))
    assert [one.because for one in found] == ["", "wrong-signature", ""]


def test_without_its_cause_a_failure_stands_for_itself():
    assert [one.because for one in attribute((fact("missing-signature"), fact("wrong-signature", "passed")))] == [
        "",
        "",
    ]


def test_a_refused_valid_delivery_follows_from_the_way_in():
    assert [one.because for one in attribute((fact("valid"), fact("slash")), "slash")] == ["slash", ""]
    assert [one.because for one in attribute((fact("valid"),), "slash")] == [""]
