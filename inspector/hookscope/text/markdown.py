"""Markdown that holds foreign text without obeying it: no link, image, mention,
HTML or heading comes out of what a sender wrote.

Words of plain letters stand as they are; any other word becomes code, which Markdown and the sites that show it leave
alone. Longer text stands in a fence that is longer than any run of backticks inside.
"""

from __future__ import annotations

import re

from hookscope.text.safe import safe_text

FENCE = 3
LONGEST_RUN = 200

# What is written as code stays one piece of it; it stands between white space, so no other code touches it.
_QUOTED_CODE = re.compile(r"(?<!\S)`([^`]+)`([.,;:]?)(?=\s|$)")
_BACKTICKS = re.compile(r"`+")
_PLAIN = re.compile(r"[\w.,;:'\"()%+?!/=…→–“”-]*")
# What makes a plain word more than text: emphasis, a link without brackets (GFM, 6.9), the begin of a list or a rule.
_ACTIVE = re.compile(r"_|//|www\.|\)\(|^[^\w(\"']*$", re.IGNORECASE)
_LIST_START = re.compile(r"^(?:[-+*>#=]|\d+[.)])")


def prose(text: str) -> str:
    """The text as a sentence of one line."""
    shown = safe_text(text)
    line, done = "", 0
    for found in _QUOTED_CODE.finditer(shown):
        line += _words(shown[done : found.start()]) + code(found[1]) + found[2]
        done = found.end()
    line += _words(shown[done:])
    first = line.split(" ", 1)[0]
    return code(first) + line[len(first) :] if _LIST_START.match(line) else line


def code(text: str) -> str:
    """The text as code within a line; nothing where there is none."""
    shown = _shortened(safe_text(text))
    if not shown.strip():
        return ""
    marks = "`" * (_longest_run(shown) + 1)
    padding = " " if shown.startswith("`") or shown.endswith("`") else ""
    return f"{marks}{padding}{shown}{padding}{marks}"


def fenced(text: str, language: str = "") -> str:
    """The text, of any number of lines, as a block; `language` is a word of ours."""
    shown = _shortened(safe_text(text, multiline=True).rstrip("\n"))
    marks = "`" * max(FENCE, _longest_run(shown) + 1)
    return f"{marks}{language}\n{shown}\n{marks}"


def _words(text: str) -> str:
    return " ".join(map(_word, text.split(" ")))


def _word(word: str) -> str:
    return word if _PLAIN.fullmatch(word) and (not word or not _ACTIVE.search(word)) else code(word)


def _longest_run(text: str) -> int:
    return max((len(run) for run in _BACKTICKS.findall(text)), default=0)


def _shortened(text: str) -> str:
    """Runs of backticks cut to a length that leaves the fence around them readable."""
    return _BACKTICKS.sub(lambda run: run[0] if len(run[0]) <= LONGEST_RUN else run[0][:LONGEST_RUN] + "…", text)
