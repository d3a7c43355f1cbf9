"""The search in bodies: by the index of trigrams where it reaches, by looking at the bodies where it does not yet.

The index holds which trigrams a body has, not where; so it only names candidates, and each of them is looked at. Both
look at the first 16 KiB of a body, and take upper and lower case of ASCII letters as the same.
"""

# ruff: noqa: S608 - the SQL is put together from our own words; values are parameters, always.

from __future__ import annotations

from hookscope.tools.filters.condition import Condition, like_pattern

# More trigrams make the index slower and hardly more exact.
MAX_TRIGRAMS = 6
SEARCHED_BYTES = 16 * 1024
# The key of a capture's first piece of body, see the store's schema; a test holds the two together.
FIRST_PIECE_SHIFT = 28


def body_contains(text: str) -> Condition:
    """True of captures whose body has the text."""
    seen = (
        "EXISTS (SELECT 1 FROM bodies b WHERE b.key = (c.number << "
        f"{FIRST_PIECE_SHIFT}) AND CAST(substr(b.data, 1, {SEARCHED_BYTES}) AS TEXT) LIKE ? ESCAPE '\\')"
    )
    # A star is itself here: in a body it is a character like any other.
    pattern = "%" + like_pattern(text.replace("*", "\0")).replace("\0", "*") + "%"
    if not (wanted := match_text(text)):
        return Condition(seen, (pattern,))
    candidates = (
        "c.number IN (SELECT rowid FROM body_index WHERE body_index MATCH ?"
        " UNION ALL SELECT number FROM captures WHERE number > (SELECT up_to FROM indexing))"
    )
    return Condition(f"{candidates} AND {seen}", (wanted, pattern))


def match_text(text: str) -> str:
    """The query of the index for a text: some of its trigrams, all of which must be there;
    empty for a text without any."""
    # SQLite's trigram tokenizer folds case by Unicode rules, LIKE by ASCII's; other letters are left to the look at the
    # body.
    trigrams = [text[at : at + 3] for at in range(len(text) - 2)]
    distinct = [trigram for trigram in dict.fromkeys(trigrams) if "\0" not in trigram]
    step = max(1, -(-len(distinct) // MAX_TRIGRAMS))
    return " AND ".join('"' + trigram.replace('"', '""') + '"' for trigram in distinct[::step])
