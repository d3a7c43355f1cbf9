from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

from factories import NOW
from held import begun
from hookscope.tools.compare.answers import Comparison
from hookscope.tools.compare.junit import render_difference, render_junit
from hookscope.tools.diff.difference import Difference
from hookscope_relay.errors import InputError

CHANGED = Difference("body/a", "changed", "1\x1b[2J", None)


def test_each_delivery_is_a_case_and_says_how_it_stands() -> None:
    took = replace(begun("replay", "http://h/", NOW), elapsed_ms=1500.0)
    text = render_junit(
        [
            Comparison("one.json", "same", now=took),
            Comparison("two\x1b.json", "different", (CHANGED,)),
            Comparison("#3", "nothing recorded"),
            Comparison("#4", "failed", error=InputError("it cannot be sent", "mend it")),
        ]
    )
    (suite,) = ElementTree.fromstring(text)
    assert [suite.get(name) for name in ("tests", "failures", "errors", "skipped")] == ["4", "1", "1", "1"]
    assert [[child.tag for child in case] for case in suite] == [[], ["failure"], ["skipped"], ["error"]]
    assert suite[0].get("time") == "1.500"
    assert "\x1b" not in text


def test_a_difference_is_a_line_that_says_both_sides() -> None:
    assert render_difference(CHANGED) == "body/a: 1␛[2J was recorded, now nothing"
