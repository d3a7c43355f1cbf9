"""A page of the documentation as what a reader does with it: files to write, commands to type, output to see.

- A fenced block with `title="NAME"` in a language other than `console` is a file.
- A `console` block holds commands (`$ …`) and what each prints. A line `…` stands for any lines.
- A `console` block with a title is a terminal of its own, whose last command goes on; a later block with the same title goes
  on with its output, `^C` stops it, and another command in it takes its place.
- `<!-- run: COMMAND -->` is done by the test before it goes on, and not shown: what a sender or a colleague would do. `<!-- run 1: … -->`
  ends with exit code 1.
- A `sh` block holds commands whose output does not matter: each ends with exit code 0, or goes on and says that it is ready. One that goes on is
  stopped when another takes its place, or the block ends. `<!-- sh: … -->` before it: `code=1` is how its commands end, `in=checkout` where
  they are typed, `NAME=VALUE` for their environment, and `machines=ada,bo` gives each line a home of its own and lets them all go on.
- `<!-- page: … -->` holds for the whole page: `no-relay` where there is none on the internet, `NAME=VALUE` for the environment, `handler` where one
  serves on port 3000, `nats` where three servers are there. `https://HOST=WHAT` stands for what is on the internet: a stand-in of
  `docs/platforms.py`, or what has that port of the page; `tls://HOST=WHAT` is the same, reached by its own name through a proxy.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

FENCE = re.compile(r"^(?P<indent> *)(?P<ticks>`{3,})(?P<language>[a-z0-9.+-]*)(?P<rest>[^`\n]*)$")
TITLE = re.compile(r'title="([^"]+)"')
HIDDEN = re.compile(r"^ *<!-- (?P<what>run|sh|page)(?: (?P<code>\d+))?: (?P<text>.*?) ?-->$")
STOP = "^C"
SHELLS = ("sh", "bash", "powershell")


@dataclass(frozen=True, slots=True)
class File:
    name: str
    text: str
    line: int


@dataclass(slots=True)
class Typed:
    """A command, and the lines that it prints; `first` and `last` are where these stand in the page."""

    command: str
    line: int
    terminal: str = ""
    stays: bool = False
    shown: bool = True
    lines: list[str] = field(default_factory=list)
    indent: str = ""
    code: int = 0


@dataclass(frozen=True, slots=True)
class Block:
    """Commands whose output the page does not show; `machines` names a home for each, or is empty."""

    commands: tuple[str, ...]
    line: int
    code: int = 0
    in_checkout: bool = False
    machines: tuple[str, ...] = ()
    environ: tuple[tuple[str, str], ...] = ()


Step = File | Typed | Block


def parse(text: str) -> list[Step]:
    """The steps of a page, in order."""
    return list(_steps(text.split("\n")))


def options_of(text: str) -> dict[str, str]:
    """What `<!-- page: … -->` says of the page as a whole."""
    found = [match["text"] for line in text.split("\n") if (match := HIDDEN.match(line)) and match["what"] == "page"]
    return _pairs(" ".join(found))


def _steps(lines: list[str]) -> Iterator[Step]:
    index = 0
    told: dict[str, str] = {}
    while index < len(lines):
        if hidden := HIDDEN.match(lines[index]):
            if hidden["what"] == "run":
                yield Typed(hidden["text"], index, shown=False, code=int(hidden["code"] or 0))
            elif hidden["what"] == "sh":
                told = _pairs(hidden["text"])
            index += 1
            continue
        fence = FENCE.match(lines[index])
        if fence is None:
            index += 1
            continue
        indent, close = fence["indent"], fence["indent"] + fence["ticks"]
        end = lines.index(close, index + 1)
        inside = [line.removeprefix(indent) for line in lines[index + 1 : end]]
        title = TITLE.search(fence["rest"])
        if fence["language"] == "console":
            yield from _typed(inside, index + 1, title[1] if title else "", indent)
        elif title:
            yield File(title[1], "\n".join(inside) + "\n", index + 1)
        elif fence["language"] in SHELLS:
            yield _block(inside, index + 1, told)
        told = {}
        index = end + 1


def _block(inside: list[str], line: int, told: dict[str, str]) -> Block:
    commands = tuple(one for one in "\n".join(inside).replace("\\\n", " ").split("\n") if one.strip())
    machines = tuple(told["machines"].split(",")) if "machines" in told else ()
    assert len(machines) in (0, len(commands)), f"line {line}: a machine for each command"
    environ = tuple((name, value) for name, value in told.items() if name.isupper())
    return Block(commands, line, int(told.get("code", 0)), told.get("in") == "checkout", machines, environ)


def _pairs(text: str) -> dict[str, str]:
    return {name: value for name, _, value in (word.partition("=") for word in text.split())}


def _typed(inside: list[str], first: int, terminal: str, indent: str) -> Iterator[Typed]:
    """The commands of a block; the lines before its first command go on with what the terminal's program prints."""
    found: list[Typed] = []
    for offset, line in enumerate(inside):
        if line.startswith("$ "):
            found.append(Typed(line[2:], first + offset, terminal, indent=indent))
        elif found and found[-1].command.endswith("\\") and not found[-1].lines:
            found[-1].command += "\n" + line
        elif line == STOP:
            found.append(Typed(STOP, first + offset, terminal, indent=indent))
        else:
            if not found:
                found.append(Typed("", first + offset, terminal, indent=indent))
            found[-1].lines.append(line)
    if terminal and found and found[-1].command not in ("", STOP):
        found[-1].stays = True
    yield from found
