from __future__ import annotations

import tomllib
from pathlib import Path

from hookscope.text.version import version


def test_it_is_that_of_the_distribution() -> None:
    project = tomllib.loads(Path(__file__).parents[3].joinpath("pyproject.toml").read_text("utf-8"))
    assert version() == project["project"]["version"]
