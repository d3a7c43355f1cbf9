from __future__ import annotations

import pytest

from hookscope.model.verdict import Mistake, Verdict
from hookscope.model.verdict_words import MISTAKES, tell_cause, tell_mistake, tell_reason
from hookscope.signatures.mistakes.fixes import FIXES


def test_every_mistake_has_words() -> None:
    assert set(MISTAKES) == set(FIXES)


@pytest.mark.parametrize(
    ("mistake", "words"),
    [
        (Mistake(id="secret-of-other"), "it is signed with another secret that is known here"),
        (
            Mistake(id="secret-of-other", detail="the secret 'default' of notion"),
            "it is signed with another secret that is known here (the secret 'default' of notion)",
        ),
        (Mistake(id="of-tomorrow"), "of tomorrow"),
    ],
)
def test_a_mistake_is_told_in_words(mistake: Mistake, words: str) -> None:
    assert tell_mistake(mistake) == words


@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        (Verdict(state="verified"), ""),
        (Verdict(state="rejected", reason="stale"), "the signed timestamp is too old"),
        (Verdict(state="rejected", reason="of-tomorrow"), "of tomorrow"),
        (Verdict(state="rejected"), "it does not verify"),
    ],
)
def test_a_reason_is_told_in_words(verdict: Verdict, words: str) -> None:
    assert tell_reason(verdict) == words


@pytest.mark.parametrize(
    ("reason", "mistake", "words"),
    [
        ("mismatch", None, "another secret made it, or its bytes were changed"),
        ("mismatch", Mistake(id="body-changed", confidence=0.3), "another secret made it, or its bytes were changed"),
        ("mismatch", Mistake(id="secret-whitespace", confidence=0.99), "the secret has white space around it"),
        ("stale", None, "the signed timestamp is too old"),
    ],
)
def test_what_broke_a_signature_is_the_mistake_that_is_no_guess(
    reason: str, mistake: Mistake | None, words: str
) -> None:
    verdict = Verdict(state="rejected", reason=reason, mistakes=(mistake,) if mistake else ())
    assert tell_cause(verdict) == words
