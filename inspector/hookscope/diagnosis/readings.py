"""A reading: what an outcome seems to be, before a rule turns it into a finding."""

from __future__ import annotations

from dataclasses import dataclass

from hookscope.model.finding import Evidence, Layer


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One attribution of an outcome: its cause, who produced it, and what says so.

    The likeliest reading of a case has the highest confidence.

    `alternatives` are causes that the same evidence allows. `bare` says that the answer has no words of its own, so
    that the request tells what it means. `hint` is written for the product where that is known; `own` says that the
    product's own mark tells it. Else `could_be` holds the products that answer like this, each with what would be
    written for it.
    """

    cause: str
    layer: Layer
    confidence: float
    product: str = ""
    alternatives: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    hint: str = ""
    title: str = ""
    own: bool = False
    bare: bool = False
    could_be: tuple[tuple[str, str], ...] = ()
