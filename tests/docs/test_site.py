"""The site's navigation names every page once, and nothing that is not there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
SITE = (ROOT / ".ci/mkdocs.yml").read_text("utf-8")
NAMED = re.findall(r"(?m)^ +- (\S+\.md)$", SITE.partition("\nnav:\n")[2])


def test_every_page_is_in_the_navigation_once() -> None:
    pages = {path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")}
    at_the_top = {name for name in NAMED if name.partition(".")[0].isupper()}
    assert sorted(NAMED) == sorted(pages | at_the_top), "a page has its line in .ci/mkdocs.yml"
    assert all((ROOT / name).is_file() for name in at_the_top)


def test_the_site_fetches_nothing() -> None:
    assert "font: false" in SITE
    assert "https://" not in SITE
