"""The report as JUnit XML, as CI systems read it: a check is a test case, a warning is its output."""

from __future__ import annotations

from xml.etree import ElementTree

from hookscope.text.safe import safe_text
from hookscope.tools.check.fact import Fact
from hookscope.tools.check.report import CheckReport


def render_junit(report: CheckReport) -> str:
    """The report as a document with one suite; every byte of the handler in it is inert."""
    suite = ElementTree.Element(
        "testsuite",
        name=f"hookscope check {safe_text(report.url)} ({safe_text(report.provider)})",
        tests=str(len(report.facts)),
        failures=str(sum(fact.state == "failed" for fact in report.facts)),
        errors="0",
        skipped=str(sum(fact.state == "skipped" for fact in report.facts)),
        time=f"{report.elapsed_s:.3f}",
    )
    for fact in report.facts:
        _add_case(suite, fact)
    root = ElementTree.Element("testsuites")
    root.append(suite)
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _add_case(suite: ElementTree.Element, fact: Fact) -> None:
    case = ElementTree.SubElement(
        suite,
        "testcase",
        classname=f"hookscope.{fact.group}",
        name=f"{fact.name}: {fact.line}",
        time=f"{fact.elapsed_ms / 1000:.3f}",
    )
    told = safe_text("; ".join((*fact.evidence, *((f"follows from {fact.because}",) if fact.because else ()))))
    if fact.state == "failed":
        failure = ElementTree.SubElement(case, "failure", message=told, type=fact.finding or fact.name)
        failure.text = safe_text(fact.hint)
    elif fact.state == "skipped":
        ElementTree.SubElement(case, "skipped", message=told)
    elif fact.state == "warning":
        ElementTree.SubElement(case, "system-out").text = f"warning: {told}"
