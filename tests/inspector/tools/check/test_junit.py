from __future__ import annotations

from xml.etree import ElementTree

from hookscope.tools.check.fact import Fact
from hookscope.tools.check.junit import render_junit
from hookscope.tools.check.report import CheckReport

EVIL = 'a"<&\x00\x1b]0;x\x07\ud800'


def test_the_document_has_a_case_for_each_fact_and_is_well_formed():
    states = ("passed", "failed", "warning", "skipped")
    facts = tuple(
        Fact(name=state, group="g", line="l", state=state, evidence=(EVIL,), hint=EVIL, elapsed_ms=5)
        for state in states
    )
    text = render_junit(CheckReport(url=f"http://x/{EVIL}", provider="p", event="e", facts=facts))
    suite = ElementTree.fromstring(text.encode("utf-8")).find("testsuite")
    assert suite is not None
    assert (suite.get("tests"), suite.get("failures"), suite.get("skipped")) == ("4", "1", "1")
    cases = {case.get("name"): [child.tag for child in case] for case in suite}
    assert cases == {
        "passed: l": [],
        "failed: l": ["failure"],
        "warning: l": ["system-out"],
        "skipped: l": ["skipped"],
    }
    assert "\x1b" not in text
