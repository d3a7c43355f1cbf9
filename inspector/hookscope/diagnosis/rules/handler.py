"""The developer's own code ran, or nearly: exceptions, crashes, refusals of its own."""

from __future__ import annotations

from hookscope.diagnosis.rule import Rule, explained

RULES: tuple[Rule, ...] = tuple(explained("handler"))
