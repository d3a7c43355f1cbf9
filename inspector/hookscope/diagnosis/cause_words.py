"""Causes in words: a cause is for programs."""

from __future__ import annotations

from hookscope.diagnosis.registry import OUTCOMES


def cause_words(cause: str) -> str:
    """A cause in words: what the rule that explains it says."""
    rule = OUTCOMES.get(cause)
    words = rule.summary.rstrip(".") if rule else cause.replace("-", " ")
    return words[:1].lower() + words[1:]
