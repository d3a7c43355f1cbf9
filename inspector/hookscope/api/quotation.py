"""A quotation: an API's refusal that a handler passes on inside its own answer, in whatever it is wrapped.

Handlers pass it on raw, escaped in a string once or several times, in a page of Werkzeug or Django, under FastAPI's
`detail`, in the stack of an Express error, as Python's or Node's way to print an object, or as a line of a log. An API
is named only with a mark of its own, and only where one of its rows fits by a code or by words.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

from hookscope.api.answer import RefusalRow, RefusalTable, Said, refusal_tables
from hookscope.api.rule import WORDS, call_rules

LOOKED_AT = 64 * 1024
NESTED = 4

# Only from the first of a run of backslashes on, so that a long run costs its length once.
_ESCAPED = re.compile(r"(?<!\\)\\++([\"'/nrt])")
_UNICODE = re.compile(r"(?<!\\)\\++u00([0-7][0-9a-fA-F])")
_CODE = re.compile(
    r"(?:\b|['\"])(?:code|error|type|status|reason|name|category|error_code|errorCode|err)['\"]?\s*[:=]\s*['\"]([A-Za-z0-9_.:/ -]{2,60})['\"]"
)
_NUMBER = re.compile(r"(?:\b|['\"])(?:code|error_code|errorCode)['\"]?\s*[:=]\s*(\d{2,6})\b")
_SAID = re.compile(r"API error occurred: ([a-z_]{3,60})")
_STATUS = re.compile(
    r"(?:['\"]?status(?:_?code)?['\"]?\s*[:=]?\s*['\"]?|HTTP(?:/\d(?:\.\d)?| Error)?\s+|(?:Error|Exception):? )([45]\d\d)\b",
    re.I,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quotation:
    """Which API's refusal was found, the row that it is, and where its mark stands in the text as it came (-1: it was
    wrapped)."""

    table: RefusalTable
    row: RefusalRow
    mark: str
    start: int

    @property
    def title(self) -> str:
        """The title of a finding, with the API as its subject."""
        return call_rules()[self.row.cause].title.format_map(self._words()).replace(" ()", "").rstrip(": ")

    @property
    def hint(self) -> str:
        """What to do, at the API."""
        fix = (self.row.fix or call_rules()[self.row.cause].fix).format_map(self._words())
        return fix if self.table.title in fix else f"{self.table.title}: {fix[:1].lower()}{fix[1:]}"

    def _words(self) -> dict[str, str]:
        filled = {"api": self.table.title, "more": self.row.more, "method": "the call", "path": ""}
        return {name: filled.get(name, "") for name in WORDS}


def find_quotation(text: str, status: int) -> Quotation | None:
    """The refusal of an API that a text quotes; `status` is that of the answer in which it stands."""
    plain = unwrap(text[:LOOKED_AT])
    lower = plain.lower()
    said: Said | None = None
    for table in refusal_tables().values():
        mark = next((mark for mark in table.marks if mark in lower), "")
        if not mark:
            continue
        said = said or _said(plain, lower, status)
        row = next((row for row in table.rows if (row.code or row.says) and row.fits(said)), None)
        if row is not None:
            return Quotation(table=table, row=row, mark=mark, start=text.lower().find(mark))
    return None


def unwrap(text: str) -> str:
    """The text with the escapes of HTML and of strings in strings undone."""
    plain = html.unescape(text) if "&" in text else text
    for _ in range(NESTED):
        if "\\" not in plain:
            break
        before = plain
        plain = _UNICODE.sub(lambda match: chr(int(match[1], 16)), plain)
        plain = _ESCAPED.sub(lambda match: match[1] if match[1] in "\"'/" else " ", plain)
        if plain == before:
            break
    return plain


def _said(plain: str, lower: str, status: int) -> Said:
    codes = [match[1] for pattern in (_CODE, _NUMBER, _SAID) for match in pattern.finditer(plain)]
    own = _STATUS.search(plain)
    return Said(status=int(own[1]) if own else status, codes=frozenset(codes), words=lower)
