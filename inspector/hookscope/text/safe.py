"""Safe text: what a sender wrote, made inert for a terminal, a report or an export.

The rule is an allow-list: letters, marks, numbers, punctuation, symbols and the plain space pass (by Unicode category),
everything else becomes visible. A control character becomes its picture (ESC is `␛`, DEL `␡`), any other character
`⟨U+202E⟩`, a byte that is not UTF-8 `⟨0xFF⟩`: forms without a backslash, so that an escape that the sender wrote in
JSON stays distinct from a raw character. Marks stacked on one character are counted beyond the fourth. Text that is
safe comes back as it is, so making it safe twice changes nothing.

Markup of a display library is not this module's concern: hand the result over as text, never as markup.
"""

from __future__ import annotations

import re
import unicodedata

MAX_MARKS = 4
MAX_HOST = 253

# Characters of allowed categories that show nothing or join what surrounds them (Default_Ignorable_Code_Point in
# DerivedCoreProperties.txt of the Unicode Character Database), and the braille blank.
INVISIBLE_RANGES = (
    (0x034F, 0x034F),
    (0x115F, 0x1160),
    (0x17B4, 0x17B5),
    (0x180B, 0x180F),
    (0x2800, 0x2800),
    (0x3164, 0x3164),
    (0xFE00, 0xFE0F),
    (0xFFA0, 0xFFA0),
    (0xE0100, 0xE01EF),
)
ALLOWED_FIRST_LETTERS = frozenset("LMNPS")
ALLOWED_SPACES = frozenset(" \u3000")
DOTTED_CIRCLE = "\u25cc"

# Below this, what stands for a character is remembered; above, a hostile text could fill the memory with it.
REMEMBERED_BELOW = 0x3000

# Headers whose value is a host, and those whose value is a URL with one.
HOST_HEADERS = frozenset({"host", "x-forwarded-host"})
URL_HEADERS = frozenset({"location", "origin", "referer", "content-location", "refresh"})
MAX_URL = 4096

_HOST = re.compile(r"([^:/]*)")
_AUTHORITY = re.compile(r"[^/]*//(?:[^/?#@]*@)?([^/:?#]*)")
_XN_LABEL = re.compile(r"(?:^|\.)xn--", re.IGNORECASE)


class _Stand(dict[int, str]):
    """What stands for a code point, found on first use."""

    def __missing__(self, code: int) -> str:
        shown = _shown(code)
        if code < REMEMBERED_BELOW:
            self[code] = shown
        return shown


_ONE_LINE = _Stand()
_LINES = _Stand({0x0A: "\n", 0x09: "\t"})


def safe_text(text: str, *, multiline: bool = False) -> str:
    """The text with everything inert; newline and tab are kept only where the caller lays out lines (`multiline`)."""
    if text.isascii() and text.isprintable():
        return text
    shown = text.translate(_LINES if multiline else _ONE_LINE)
    return shown if shown.isascii() else _bound_marks(shown)


def safe_bytes(data: bytes, *, multiline: bool = False) -> str:
    """The bytes read as UTF-8 and made inert; a byte that is none shows as `⟨0xFF⟩`."""
    return safe_text(data.decode("utf-8", "surrogateescape"), multiline=multiline)


def mark_host(host: str) -> str:
    """The host, safe, followed by a mark where it may imitate another: letters beyond ASCII, or a punycode label.

    The mark shows the other spelling and names the scripts where there are several.
    """
    host = host[:MAX_HOST]
    if host.isascii() and not _XN_LABEL.search(host):
        return safe_text(host)
    other = _from_punycode(host) if host.isascii() else _to_punycode(host)
    found = scripts(other if host.isascii() else host)
    mixed = f"mixed scripts: {', '.join(found)}" if len(found) > 1 else f"not ASCII: {', '.join(found) or 'symbols'}"
    return f"{safe_text(host)} ⟨{safe_text(other)}; {mixed}⟩"


def safe_header(name: str, value: str) -> str:
    """A header's value, safe; where it names a host that may imitate another, followed by the mark of `mark_host`."""
    shown = safe_text(value)
    lower = name.lower()
    if lower not in HOST_HEADERS and lower not in URL_HEADERS:
        return shown
    text = value.encode("latin-1", "replace").decode("utf-8", "replace")
    match = _AUTHORITY.match(text[:MAX_URL]) if lower in URL_HEADERS else _HOST.match(text[:MAX_HOST])
    host = match[1] if match else ""
    marked = mark_host(host)
    return shown if marked == safe_text(host) else f"{shown} {marked[len(safe_text(host[:MAX_HOST])) + 1 :]}"


def scripts(text: str) -> tuple[str, ...]:
    """The scripts that the letters of the text belong to, in alphabetical order, as the Unicode names call them."""
    letters = {character for character in text if unicodedata.category(character).startswith("L")}
    return tuple(sorted({unicodedata.name(letter, "UNKNOWN").split()[0].capitalize() for letter in letters}))


def _shown(code: int) -> str:
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\u2421"
    if 0xDC80 <= code <= 0xDCFF:  # how surrogateescape carries a byte that is not UTF-8
        return f"⟨0x{code - 0xDC00:02X}⟩"
    character = chr(code)
    allowed = unicodedata.category(character)[0] in ALLOWED_FIRST_LETTERS or character in ALLOWED_SPACES
    return character if allowed and not _invisible(code) else f"⟨U+{code:04X}⟩"


def _invisible(code: int) -> bool:
    return any(low <= code <= high for low, high in INVISIBLE_RANGES)


def _bound_marks(text: str) -> str:
    """Give a mark without a base its own, and count marks beyond `MAX_MARKS` on one base in the place of showing
    them."""
    parts: list[str] = []
    run = 0
    has_base = False
    for character in text:
        if character.isascii() or not unicodedata.category(character).startswith("M"):
            if run > MAX_MARKS:
                parts.append(f"⟨+{run - MAX_MARKS} marks⟩")
            run = 0
            has_base = character.isprintable() and character not in " ⟩"
            parts.append(character)
            continue
        if not has_base:
            parts.append(DOTTED_CIRCLE)
            has_base = True
        run += 1
        if run <= MAX_MARKS:
            parts.append(character)
    if run > MAX_MARKS:
        parts.append(f"⟨+{run - MAX_MARKS} marks⟩")
    return "".join(parts)


def _from_punycode(host: str) -> str:
    return ".".join(_label_from_punycode(label) for label in host.split("."))


def _label_from_punycode(label: str) -> str:
    if label[:4].lower() != "xn--":
        return label
    try:
        return label[4:].encode("ascii").decode("punycode")
    except (UnicodeError, ValueError, OverflowError):
        return label


def _to_punycode(host: str) -> str:
    """The host with its labels in punycode; without the mapping of IDNA, so only to be looked at."""
    labels = (label if label.isascii() else _label_to_punycode(label) for label in host.split("."))
    return ".".join(labels)


def _label_to_punycode(label: str) -> str:
    try:
        return "xn--" + label.lower().encode("punycode").decode("ascii")
    except (UnicodeError, ValueError):
        return ascii(label)[1:-1]
