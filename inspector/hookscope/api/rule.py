"""The rules on calls: one a cause, as data; what `hookscope rules api` lists, and how a finding is worded."""

from __future__ import annotations

import tomllib
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from hookscope.model.finding import Evidence, Finding, Layer, Severity

FAMILY = "api"
WORDS = ("api", "method", "path", "status", "token", "needs", "more")


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRule:
    """What can be wrong with a call: a code that never changes its meaning, and the words of its findings."""

    cause: str
    title: str
    fix: str
    sees: str
    why: str
    do: str

    @property
    def code(self) -> str:
        return f"{FAMILY}.{self.cause}"

    @property
    def family(self) -> str:
        return FAMILY

    @property
    def causes(self) -> tuple[str, ...]:
        return (self.cause,)

    @property
    def examples(self) -> tuple[str, ...]:
        return (self.sees,)

    @property
    def summary(self) -> str:
        """The title without what a call fills in."""
        return (
            self.title.format_map(
                defaultdict(str, api="The API", method="the method", path="this path", status="an error")
            )
            .replace(" ()", "")
            .rstrip(" :")
        )

    @property
    def documentation(self) -> str:
        return f"{self.summary}.\n\nSees: {self.sees}\nWhy: {self.why}\nDo: {self.do}"

    def find(
        self,
        words: Mapping[str, str],
        *,
        evidence: tuple[Evidence, ...],
        severity: Severity = "error",
        layer: Layer = "provider-api",
        product: str = "",
        fix: str = "",
        confidence: float = 0.95,
        alternatives: tuple[str, ...] = (),
    ) -> Finding:
        """The finding on a call; `words` fill the title and the fix."""
        filled = {name: words.get(name, "") for name in WORDS}
        return Finding(
            code=self.code,
            severity=severity,
            cause=self.cause,
            layer=layer,
            title=self.title.format_map(filled),
            hint=(fix or self.fix).format_map(filled),
            evidence=evidence,
            product=product,
            confidence=confidence,
            alternatives=alternatives,
        )


@cache
def call_rules() -> Mapping[str, CallRule]:
    """The rules on calls, by cause."""
    table = tomllib.loads((resources.files("hookscope.api") / "causes.toml").read_text("utf-8"))
    return {cause: CallRule(cause=cause, **row) for cause, row in table.items()}
