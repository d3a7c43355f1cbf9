"""Records that are missing: what a handler looked for and did not find, which is no route and no signature."""

from __future__ import annotations

import re

SIGNATURES = frozenset({"signature-missing", "signature-rejected"})
"""The causes that words about signatures speak of, unless these belong to a record."""

# A record that is missing, not a route: something with a name was looked for.
_RECORD = re.compile(
    r"\b(?!http\b|thing\b|nothing\b|anything\b|page\b|route\b|path\b|url\b|uri\b|resource\b|endpoint\b|file\b|requested\b|method\b|handler\b|not\b|was\b|is\b|could\b|error\b|sorry\b|found\b|that\b|document\b|location\b|object\b|(?:web)?hook\b)"
    r"([a-z_]{3,})\b.{0,60}\b(not found|does ?n.t exist|does not exist|unknown|missing|could ?n.t be found|could not be found)|"
    r"(unknown|no such|no matching|can(?:no|.)t find|could ?n.t find|could not find|not find|invalid) (?:the |a |an |any )?(?!thing|route|path|url|page|resource|endpoint|file|method|handler|action|location|place|(?:web)?hook)([a-z_]+)|"
    r"\bno (?!route|path|page|resource|endpoint|file|method|handler|action|location|(?:web)?hook)[a-z_]+ (?:was )?found\b",
    re.I,
)
_NAMED_RECORD = re.compile(
    r"\b(?!http\b|error\b|status\b|code\b)[a-z_]{3,} [\"'#]?(?=[\w-]*\d)[\w-]{1,64}[\"']? (was )?(not found|does ?n.t exist|does not exist|is unknown)",
    re.I,
)
_ROUTE_WORDS = re.compile(
    r"\b(route|path|url|uri|endpoint|page|cannot (post|get|put|patch)|no handler|requested|resource|server|static|file|directory|matching .{0,10}path)\b|/",
    re.I,
)
# What bears a signature, or takes one, and is none.
_BEARS_ONE = re.compile(
    r"\bsignatures?[ _-](fields?|documents?|requests?|pages?|templates?|blocks?|images?|pads?)\b", re.I
)


def is_of_a_record(status: int, said: str, words: str) -> bool:
    """Whether what is not there is a record that has to do with signatures, and no signature: 404 is about what was
    asked for (RFC 9110, 15.5.5), unless nothing else is spoken of.

    `words` are those of `said` that speak of a signature.
    """
    if status not in {404, 410}:
        return _BEARS_ONE.search(said) is not None and " not found" in said.lower()
    return _count(said) > _count(words) + 1 or _BEARS_ONE.search(said) is not None or " with " in said


def missing_record(said: str) -> tuple[str, bool] | None:
    """The words by which an answer says that it did not find a record, and whether they name the one; None where
    they may as well speak of a route."""
    if (named := _NAMED_RECORD.search(said)) is not None:
        return named[0], True
    if _ROUTE_WORDS.search(said):
        return None
    found = next(filter(None, (_RECORD.search(part) for part in said.split(" · "))), None)
    return (found[0], False) if found is not None else None


def _count(text: str) -> int:
    return len(re.findall(r"[a-z]{3,}", text, re.I))
