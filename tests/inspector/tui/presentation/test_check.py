from __future__ import annotations

import pytest

from hookscope.tools.check.fact import Fact, State
from hookscope.tools.check.report import CheckReport
from hookscope.tui.presentation.check import checked_document


def fact(name: str, state: State, **changes: object) -> Fact:
    return Fact(name=name, group="signature", state=state, line=f"the line of {name}", **changes)  # type: ignore[arg-type]


FACTS = (
    fact("accepts", "passed"),
    fact("forged", "failed", evidence=("it was answered 200",), hint="compare the signature"),
    fact("stale", "failed", because="forged"),
    fact("slow", "warning", evidence=("it took 4 s",)),
    fact("absent", "skipped", applies=False),
)


def shown(*facts: Fact) -> str:
    return checked_document(
        CheckReport(url="http://h/", provider="notion", event="e", facts=facts, notes=("who signed",))
    ).text(100)


def test_what_is_wrong_comes_first_with_its_evidence_and_what_to_do() -> None:
    text = shown(*FACTS)
    for part in (
        "✗ What is wrong: forged",
        "1 passed, 2 failed, 1 to look at",
        "note: who signed",
        "it was answered 200",
    ):
        assert part in text
    assert "→ compare the signature" in text
    assert "follows from forged" in text
    order = [text.index(f"the line of {name}") for name in ("forged", "stale", "slow", "accepts")]
    assert order == sorted(order)
    assert "absent" not in text


@pytest.mark.parametrize(
    ("facts", "words"), [((FACTS[0],), "✓ Nothing was found wrong"), (FACTS[:2], "✗ What is wrong")]
)
def test_the_verdict(facts: tuple[Fact, ...], words: str) -> None:
    assert words in shown(*facts)


def test_what_a_handler_wrote_is_inert() -> None:
    assert "\x1b" not in shown(fact("a", "failed", evidence=("\x1b[2J",)))
