from __future__ import annotations

import string

from hookscope.api.rule import WORDS, call_rules
from hookscope.model.finding import Evidence


def test_every_rule_has_its_words_and_fills_in_none_but_ours() -> None:
    for rule in call_rules().values():
        assert rule.code == f"api.{rule.cause}"
        assert (rule.family, rule.causes, rule.examples) == ("api", (rule.cause,), (rule.sees,))
        for text in (rule.title, rule.fix, rule.sees, rule.why, rule.do):
            assert text
        named = {name for text in (rule.title, rule.fix) for _, name, _, _ in string.Formatter().parse(text) if name}
        assert named <= set(WORDS)
        assert not any("{" + name + "}" in rule.documentation for name in WORDS)
        assert "your handler refuses" not in rule.documentation


def test_the_subject_is_the_api_or_the_call() -> None:
    for rule in call_rules().values():
        assert "{api}" in rule.title or "handler" in rule.title or "object" in rule.title


def test_a_finding_is_worded_for_its_call() -> None:
    finding = call_rules()["capability-missing"].find(
        {"api": "Notion", "needs": " “Insert comments”"}, evidence=(Evidence("x"),), fix="Tick{needs}"
    )
    assert (finding.code, finding.layer) == ("api.capability-missing", "provider-api")
    assert finding.title == "Notion refuses the call: the token lacks a permission “Insert comments”"
    assert finding.hint == "Tick “Insert comments”"


def test_what_an_api_says_is_never_read_as_a_form() -> None:
    finding = call_rules()["validation-error"].find({"api": "X", "more": ": {method.__class__}"}, evidence=())
    assert "{method.__class__}" in finding.title
