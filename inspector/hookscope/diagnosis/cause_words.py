"""Causes in words: a cause is for programs."""

from __future__ import annotations


def cause_words(cause: str) -> str:
    """A cause in words: what the rule that explains it says."""
    from hookscope.diagnosis.registry import OUTCOMES  # all rules; a screen is there before them

    rule = OUTCOMES.get(cause)
    words = rule.summary.rstrip(".") if rule else cause.replace("-", " ")
    return words[:1].lower() + words[1:]
