from __future__ import annotations

from hookscope.diagnosis.cause_words import cause_words


def test_a_cause_is_told_as_its_rule_says_it() -> None:
    assert cause_words("process-crash") == "the process died during the request"


def test_a_cause_without_a_rule_is_told_by_its_name() -> None:
    assert cause_words("odd-thing") == "odd thing"
