"""`hookscope trust`: what a project's `hookscope.toml` wants, and the user's word on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookscope.commands.command import Command
from hookscope.config.option import Option
from hookscope.config.settings import Settings

if TYPE_CHECKING:
    from hookscope.config.project import Way, Wish
    from hookscope.config.toml_file import TomlFile

NOT_ALLOWED = 11
SHOWN = 200

MEANS: dict[Way | None, str] = {
    "choose": "set without asking: it opens nothing",
    "on": "set without asking: it may be switched on only",
    "least": "set without asking: a smaller number than yours only",
    "below": "set without asking: a path at or below yours only",
    "trusted": "waits for your word",
    "inside": "waits for your word: a file inside of the project",
    None: "refused, whatever you say here: give it yourself",
}


def run(settings: Settings) -> int:
    """Show what the file wants and keep the user's word; 0 where it is allowed now, 11 where it is not."""
    import sys
    from pathlib import Path

    from hookscope.config.project import find_project, wishes
    from hookscope.config.trust_record import forget_trusted, is_trusted, keep_trusted

    file = find_project(Path.cwd())
    if file.path is None:
        from hookscope_relay.errors import InputError

        raise InputError("there is no hookscope.toml here", "go to the project's folder")
    if settings.flag("remove"):
        forgotten = forget_trusted(settings.places.config, file.path)
        print(f"{_shown(str(file.path))} {'is not allowed any more' if forgotten else 'was not allowed'}")
        return 0
    wanted = list(wishes(file.table))
    for line in render(file, wanted):
        print(line)
    if is_trusted(settings.places.config, file):
        print("allowed already, as it stands")
        return 0
    if not any(wish.way in ("trusted", "inside") for wish in wanted):
        print("nothing in it waits for your word")
        return 0
    if not settings.flag("yes") and not _agreed():
        print("hookscope: not allowed; --yes allows it without a terminal", file=sys.stderr)
        return NOT_ALLOWED
    keep_trusted(settings.places.config, file)
    print("allowed, as it stands: a change of the file asks again")
    return 0


def render(file: TomlFile, wanted: list[Wish]) -> list[str]:
    """The lines that show what a project's file wants; nothing in them acts on a terminal."""
    lines = [f"{_shown(str(file.path))}  sha256 {file.digest}"]
    for way, means in MEANS.items():
        those = [wish for wish in wanted if wish.way == way]
        if those:
            lines.append(f"{means}:")
            whole = way in ("trusted", "inside")
            lines += [f"  {_name(wish)} = {_shown(repr(wish.value), whole=whole)}" for wish in those]
    return lines


def _name(wish: Wish) -> str:
    return _shown(f"[{wish.section}] {wish.key}" if wish.section else wish.key)


def _shown(text: str, *, whole: bool = True) -> str:
    """A text as it may be printed; what the user is asked about is shown whole."""
    from hookscope.text.safe import safe_text

    return safe_text(text if whole or len(text) <= SHOWN else text[:SHOWN] + " …")


def _agreed() -> bool:
    """Whether the user agrees at a terminal; without one nobody does."""
    import sys

    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    print("allow it? [y/N] ", end="", flush=True, file=sys.stderr)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


COMMAND = Command(
    name="trust",
    summary="see what a project's hookscope.toml wants, and allow it",
    description=(
        "A project's file comes with its repository, so it may set by itself only what opens nothing. This shows the"
        " rest: its relay, its handlers, its paths inside the project. What you allow holds for the file as it stands;"
        " a change asks again."
    ),
    options=(
        Option(name="yes", kind="flag", help="allow it without asking", short="y"),
        Option(name="remove", kind="flag", help="allow it no longer"),
    ),
    run=run,
)
