"""Comparisons as JUnit XML, as CI systems read it: a delivery is a test case."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree

from hookscope.text.safe import safe_text
from hookscope.tools.compare.answers import Comparison
from hookscope.tools.diff.difference import Difference


def render_junit(compared: Sequence[Comparison]) -> str:
    """A document with one suite; every byte of a sender or the handler in it is inert."""
    suite = ElementTree.Element(
        "testsuite",
        name="hookscope replay --compare",
        tests=str(len(compared)),
        failures=str(sum(one.state == "different" for one in compared)),
        errors=str(sum(one.state == "failed" for one in compared)),
        skipped=str(sum(one.state == "nothing recorded" for one in compared)),
    )
    for one in compared:
        case = ElementTree.SubElement(suite, "testcase", classname="hookscope.compare", name=safe_text(one.label))
        case.set("time", f"{one.elapsed_ms / 1000:.3f}")
        if one.state == "different":
            told = [render_difference(difference) for difference in one.differences]
            failure = ElementTree.SubElement(case, "failure", message=told[0], type="different")
            failure.text = "\n".join(told)
        elif one.state == "failed":
            ElementTree.SubElement(case, "error", message=safe_text(str(one.error)))
        elif one.state == "nothing recorded":
            ElementTree.SubElement(case, "skipped", message="there is no recorded answer to compare with")
    root = ElementTree.Element("testsuites")
    root.append(suite)
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def render_difference(difference: Difference) -> str:
    """Place, what was recorded and what came, in one line."""
    sides = (difference.left, difference.right)
    recorded, now = ("nothing" if side is None else safe_text(side) for side in sides)
    return f"{safe_text(difference.place)}: {recorded} was recorded, now {now}"
