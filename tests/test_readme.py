"""README.md tells the story, the pages in docs/ list every command, option, key and filter,
and both show what is there."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text("utf-8")


def load_generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("bench_readme", ROOT / "bench/readme.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


generator = load_generator()


@pytest.mark.parametrize("name", generator.SECTIONS)
def test_a_generated_section_is_up_to_date(name: str) -> None:
    page, make = generator.SECTIONS[name]
    assert generator.section_of((ROOT / page).read_text("utf-8"), name) == make(), (
        "run `python bench/readme.py --write`"
    )


def test_every_option_has_a_row_with_its_variable() -> None:
    written = generator.section_of((ROOT / "docs/options.md").read_text("utf-8"), "options")
    options = [option for name in generator.COMMANDS for option in generator.load(name).options]
    assert [option.name for option in options if f"`{option.variable}`" not in written] == []


PAGES = [path.relative_to(ROOT).as_posix() for path in (*sorted(ROOT.glob("*.md")), *sorted(ROOT.glob("docs/**/*.md")))]


@pytest.mark.parametrize("page", PAGES)
def test_what_a_page_links_to_is_there(page: str) -> None:
    path = ROOT / page
    targets = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text("utf-8"))
    assert [target for target in targets if not (path.parent / target).exists()] == []


def test_the_readme_shows_the_screen_and_then_how_to_see_and_test_it() -> None:
    picture, demo, test = README.index("docs/screens/"), README.index("make demo"), README.index("make test")
    assert picture < demo < test


@pytest.mark.parametrize("command", re.findall(r"hookscope ([a-z]+)", "\n".join(re.findall(r"`[^`\n]+`", README))))
def test_every_command_that_the_readme_runs_exists(command: str) -> None:
    assert command in generator.COMMANDS


@pytest.mark.parametrize("target", sorted(set(re.findall(r"(?m)^make ([a-z]+)", README))))
def test_every_target_of_make_that_the_readme_names_exists(target: str) -> None:
    assert f"\n{target}:" in (ROOT / "Makefile").read_text("utf-8")


def test_the_readme_can_be_read_in_one_go() -> None:
    assert len(README.split()) < 2500
