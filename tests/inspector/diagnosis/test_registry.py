from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from hookscope.diagnosis.registry import FAMILIES, OUTCOMES, RULES, WATCHERS
from hookscope.diagnosis.rule import Rule

CODE = re.compile(r"^[a-z]+\.[a-z0-9-]+$")


def test_codes_are_unique_across_families() -> None:
    assert sum(len(family.RULES) for family in FAMILIES) == len(RULES)


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_every_rule_is_documented(rule: Rule) -> None:
    assert CODE.match(rule.code)
    assert rule.summary.endswith(".")
    for part in ("Sees:", "Why:", "Do:"):
        assert part in rule.documentation
    assert rule.examples
    assert rule.causes


def test_a_rule_either_explains_an_outcome_or_watches() -> None:
    assert len(OUTCOMES) + len(WATCHERS) == len(RULES)


def test_the_families_of_the_project_are_there() -> None:
    families = {rule.family for rule in RULES.values()}
    assert {
        "redirect", "routing", "auth", "csrf", "host", "edge", "body", "media", "transport", "timing", "payload", "duplicates", "order",
        "delivery", "signature", "request",
    } <= families  # fmt: skip


def test_the_page_of_rules_is_up_to_date() -> None:
    root = Path(__file__).parents[3]
    printed = subprocess.run(
        [sys.executable, str(root / "bench" / "rules_page.py")], capture_output=True, text=True, check=True
    ).stdout
    assert (root / "docs" / "rules.md").read_text() == printed, "run `python bench/rules_page.py > docs/rules.md`"
