"""Every command that a page of the documentation shows is run, and prints what the page says.

`make docs-test` runs every page; in `make test` the one that a newcomer reads first. HOOKSCOPE_UPDATE_DOCS=1 writes what was
printed into the page where it differs.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from page_blocks import run_block
from page_run import Fork, Outcome
from page_script import STOP, Block, Typed, options_of, parse
from page_surroundings import reading

ROOT = Path(__file__).resolve().parent.parent.parent
PAGES = [
    "README.md",
    "CONTRIBUTING.md",
    *(path.relative_to(ROOT).as_posix() for path in sorted(ROOT.glob("docs/**/*.md"))),
]
FIRST = ("docs/tutorial.md",)
WHOLE = bool(os.environ.get("HOOKSCOPE_DOCS"))
UPDATE = bool(os.environ.get("HOOKSCOPE_UPDATE_DOCS"))


def text_of(page: str) -> str:
    return (ROOT / page).read_text("utf-8")


RUN = [page for page in PAGES if any(isinstance(step, Typed | Block) for step in parse(text_of(page)))]


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
            if isinstance(step, Block):
                run_block(step, reader.desk)
                continue
            outcome = reader.do(step)
            if outcome is None or not outcome.step.shown or outcome.fits:
                continue
            outcomes.append(outcome)
            if not UPDATE:
                break
    if UPDATE and outcomes:
        (ROOT / page).write_text(rewritten(text, outcomes), "utf-8")
    assert not outcomes, told(page, outcomes[0])


def told(page: str, outcome: Outcome) -> str:
    printed = "\n".join(outcome.printed)
    shown = "\n".join(outcome.step.lines)
    return f"{page}:{outcome.step.line + 1}: $ {outcome.step.command}\nshown:\n{shown}\nprinted:\n{printed}"


def rewritten(text: str, outcomes: list[Outcome]) -> str:
    """The page with what was printed in the place of what it showed."""
    lines = text.split("\n")
    for outcome in reversed(outcomes):
        step = outcome.step
        first = step.line + (len(step.command.splitlines()) if step.command else 0)
        lines[first : first + len(step.lines)] = [(step.indent + line).rstrip() for line in outcome.printed]
    return "\n".join(lines)


def test_a_page_that_says_something_else_fails(fork: Fork, tmp_path: Path) -> None:
    page = "```console\n$ hookscope rules csrf-is-no-rule\nall is well\n```\n"
    with reading(tmp_path, fork, {"no-relay": ""}) as reader:
        (outcome,) = [reader.do(step) for step in parse(page)]
    assert outcome is not None
    assert not outcome.fits
    assert STOP not in outcome.printed
