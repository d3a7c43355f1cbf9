from __future__ import annotations

import json

from factories import Run
from hookscope.diagnosis.registry import CALL_RULES, RULES


def test_all_rules_are_listed_with_their_first_sentence(run: Run) -> None:
    code, out, _ = run()
    assert code == 0
    assert [line.split()[0] for line in out.splitlines()] == [*RULES, *CALL_RULES]


def test_one_rule_is_explained(run: Run) -> None:
    code, out, _ = run("redirect.trailing-slash")
    assert code == 0
    for part in ("Sees:", "Why:", "Do:", "Examples:", "Causes: trailing-slash-redirect"):
        assert part in out


def test_a_family_is_listed(run: Run) -> None:
    assert {line.split(".")[0] for line in run("csrf")[1].splitlines()} == {"csrf"}


def test_an_unknown_code_is_refused_with_the_nearest(run: Run) -> None:
    code, _, err = run("redirect.trailing-slsh")
    assert (code, "did you mean redirect.trailing-slash?" in err) == (2, True)


def test_json_gives_one_object_a_line(run: Run) -> None:
    lines = [json.loads(line) for line in run("--json")[1].splitlines()]
    assert [line["code"] for line in lines] == [*RULES, *CALL_RULES]
    assert set(lines[0]) == {"code", "family", "causes", "summary", "documentation", "examples"}
