"""A filter over what is known when a delivery arrives, before anything is stored: the language's terms as a test of
values, which says of a delivery exactly what the condition says of its capture.

What becomes known only once somebody answered (`status:`, `is:failed`) is no part of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from hookscope.model.verdict import Recognition
from hookscope.tools.filters.body_search import SEARCHED_BYTES
from hookscope.tools.filters.language import FilterError, Term, condition_of, read_terms, values_of
from hookscope_relay.delivery import Delivery

# Whether a delivery, as its sender is recognised, meets a value.
Test: TypeAlias = Callable[[Delivery, Recognition], bool]

# As SQLite's LIKE has it: ASCII's letters only.
_FOLD = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


@dataclass(frozen=True, slots=True)
class ArrivalTerm:
    """One term: its key (empty for a word), as written, and what it tests."""

    key: str
    text: str
    test: Test


@dataclass(frozen=True, slots=True)
class ArrivalFilter:
    """Terms that must all hold. `recognises` says that a recognition is needed; else any will do."""

    terms: tuple[ArrivalTerm, ...] = ()

    @property
    def recognises(self) -> bool:
        """Whether it asks who the sender is, or what it says of itself."""
        return any(term.key in RECOGNISED for term in self.terms)

    @property
    def beyond_head(self) -> tuple[ArrivalTerm, ...]:
        """The terms that the head of a request never decides."""
        return tuple(term for term in self.terms if term.key not in OF_HEAD and term.key != "provider")

    @property
    def has_head_terms(self) -> bool:
        """Whether the head of a request may say that it is not met."""
        return len(self.beyond_head) < len(self.terms)

    def meets_by_head(self, delivery: Delivery, recognition: Recognition) -> bool | None:
        """Whether a delivery meets the filter of which the head alone is there; None where only the whole of it tells.
        `recognition` is who sent it, where the head says so."""
        tells = True
        for term in self.terms:
            if term.key in OF_HEAD or (term.key == "provider" and recognition.provider):
                if not term.test(delivery, recognition):
                    return False
            else:
                tells = False
        return True if tells else None

    def failing(self, delivery: Delivery, recognition: Recognition) -> tuple[ArrivalTerm, ...]:
        """The terms that a delivery does not meet; none where it meets the filter."""
        return tuple(term for term in self.terms if not term.test(delivery, recognition))

    def meets(self, delivery: Delivery, recognition: Recognition) -> bool:
        """Whether a delivery meets the filter."""
        return all(term.test(delivery, recognition) for term in self.terms)


EVERY_DELIVERY = ArrivalFilter()


def parse_arrival(text: str) -> ArrivalFilter:
    """The filter that a text means; `FilterError` where it means none, or asks for what is not known yet."""
    return ArrivalFilter(tuple(_term(text, term, turned) for term, turned in read_terms(text)))


def _term(text: str, term: Term, turned: bool) -> ArrivalTerm:
    condition_of(term)  # says what is wrong with its key or a value
    if term.key not in TESTS:
        raise FilterError(
            f"{term.key}: is known only once a delivery has been handled",
            "choose by what comes: " + ", ".join(key for key in TESTS if key),
            term.start,
            term.end,
        )
    tests = [TESTS[term.key](value) for value in values_of(term) if value]
    any_of = tests[0] if len(tests) == 1 else _any_of(tests)
    written = text[term.start : term.end]
    if turned:
        said = written if term.minus else f"not {written}"
        return ArrivalTerm(term.key, said, lambda delivery, known: not any_of(delivery, known))
    return ArrivalTerm(term.key, written, any_of)


def _any_of(tests: Sequence[Test]) -> Test:
    return lambda delivery, known: any(test(delivery, known) for test in tests)


def like(pattern: str, before: bool = False, after: bool = False) -> Callable[[str], bool]:
    """Whether a text is the pattern, whose `*` stands for anything; with anything before or after it where so
    said. The time it takes grows with the text only."""
    first, *rest = _folded(pattern).split("*")
    pieces = ["", first, *rest] if before else [first, *rest]
    if after:
        pieces.append("")
    if len(pieces) == 1:
        return lambda text: _folded(text) == first
    head, *middle, last = pieces

    def test(text: str) -> bool:
        text = _folded(text)
        if not text.startswith(head) or not text.endswith(last) or len(text) < len(head) + len(last):
            return False
        at, end = len(head), len(text) - len(last)
        for piece in middle:
            found = text.find(piece, at, end)
            if found < 0:
                return False
            at = found + len(piece)
        return True

    return test


def _folded(text: str) -> str:
    return text.lower() if text.isascii() else text.translate(_FOLD)


def _path(value: str) -> Test:
    if "*" not in value:
        test = like(value, after=True)
        return lambda delivery, _: test(delivery.target)
    test = like(value)
    if "?" in value:
        return lambda delivery, _: test(delivery.target)
    return lambda delivery, _: test(delivery.target.partition("?")[0])


def _method(value: str) -> Test:
    test = like(value)
    return lambda delivery, _: test(delivery.method)


def _header(value: str) -> Test:
    name, equals, wanted = value.partition("=")
    test = like(wanted) if equals else lambda _: True
    wanted_name = name.lower()
    return lambda delivery, _: any(
        one.lower() == wanted_name and test(held) for one, held in delivery.headers if len(one) == len(wanted_name)
    )


def _body(value: str) -> Test:
    wanted = value.encode("utf-8", "surrogateescape").lower()
    return lambda delivery, _: wanted in delivery.body[:SEARCHED_BYTES].lower()


def _recognised(name: str) -> Callable[[str], Test]:
    def build(value: str) -> Test:
        test = like(value)
        return lambda _, known: test(getattr(known, name))

    return build


def _word(value: str) -> Test:
    test, begins = like(value, before=True, after=True), like(value, after=True)
    return lambda delivery, known: (
        test(delivery.target) or test(known.event_type) or test(known.provider) or begins(delivery.id)
    )


TESTS: Mapping[str, Callable[[str], Test]] = {
    "path": _path,
    "method": _method,
    "provider": _recognised("provider"),
    "type": _recognised("event_type"),
    "event": _recognised("event_id"),
    "object": _recognised("object_id"),
    "header": _header,
    "body": _body,
    "": _word,
}
# What the head of a request decides.
OF_HEAD = frozenset({"path", "method", "header"})
# What is known of a delivery only once its sender is recognised.
RECOGNISED = frozenset({"provider", "type", "event", "object", ""})
