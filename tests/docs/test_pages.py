"""Every command that a page of the documentation shows is run, and prints what the page says.

`make docs-test` runs every page; in `make test` the one that a newcomer reads first. HOOKSCOPE_UPDATE_DOCS=1 writes what was
printed into the page where it differs.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from hookscope.commands.command import load
from hookscope.commands.parser import build_parser
from hookscope.config.words import COMMANDS
from page_run import Fork, Outcome, reading
from page_script import STOP, Typed, Unrun, options_of, parse

ROOT = Path(__file__).resolve().parent.parent.parent
DOCS = ROOT / "docs"
PAGES = [path.relative_to(DOCS).as_posix() for path in sorted(DOCS.rglob("*.md"))]
FIRST = ("tutorial.md",)
WHOLE = bool(os.environ.get("HOOKSCOPE_DOCS"))
UPDATE = bool(os.environ.get("HOOKSCOPE_UPDATE_DOCS"))


def text_of(page: str) -> str:
    return (DOCS / page).read_text("utf-8")


RUN = [page for page in PAGES if any(isinstance(step, Typed) for step in parse(text_of(page)))]


@pytest.fixture(scope="module")
def fork() -> Iterator[Fork]:
    server = Fork()
    yield server
    server.close()


@pytest.mark.skipif(os.name == "nt", reason="the pages are run by a shell and by forks")
@pytest.mark.parametrize("page", RUN if WHOLE else [page for page in RUN if page in FIRST])
def test_a_page_does_what_it_says(page: str, fork: Fork, tmp_path: Path) -> None:
    text = text_of(page)
    outcomes: list[Outcome] = []
    with reading(tmp_path, fork, options_of(text)) as reader:
        for step in parse(text):
            outcome = reader.do(step)
            if outcome is None or not outcome.step.shown or outcome.fits:
                continue
            outcomes.append(outcome)
            if not UPDATE:
                break
    if UPDATE and outcomes:
        (DOCS / page).write_text(rewritten(text, outcomes), "utf-8")
    assert not outcomes, told(page, outcomes[0])


def told(page: str, outcome: Outcome) -> str:
    printed = "\n".join(outcome.printed)
    shown = "\n".join(outcome.step.lines)
    return f"docs/{page}:{outcome.step.line + 1}: $ {outcome.step.command}\nshown:\n{shown}\nprinted:\n{printed}"


def rewritten(text: str, outcomes: list[Outcome]) -> str:
    """The page with what was printed in the place of what it showed."""
    lines = text.split("\n")
    for outcome in reversed(outcomes):
        step = outcome.step
        first = step.line + (len(step.command.splitlines()) if step.command else 0)
        lines[first : first + len(step.lines)] = [(step.indent + line).rstrip() for line in outcome.printed]
    return "\n".join(lines)


@pytest.mark.parametrize("page", PAGES)
def test_what_is_not_run_says_why_and_is_a_command_line_that_is_understood(page: str) -> None:
    for step in parse(text_of(page)):
        if not isinstance(step, Unrun):
            continue
        assert step.reason, f"docs/{page}:{step.line}: a block that no test runs says why: <!-- not run: REASON -->"
        for line in step.text.replace("\\\n", " ").split("\n"):
            words = [word for word in shlex.split(line, comments=True) if word != "…"]
            if (
                words[:1] == ["hookscope"]
                and words[1:2]
                and words[1] in COMMANDS
                and not set(words) & {"|", ">", "--help"}
            ):
                build_parser({words[1]: load(words[1])}).parse_args(words[1:])


def test_a_page_that_says_something_else_fails(fork: Fork, tmp_path: Path) -> None:
    page = "```console\n$ hookscope rules csrf-is-no-rule\nall is well\n```\n"
    with reading(tmp_path, fork, {"no-relay": ""}) as reader:
        (outcome,) = [reader.do(step) for step in parse(page)]
    assert outcome is not None
    assert not outcome.fits
    assert STOP not in outcome.printed
