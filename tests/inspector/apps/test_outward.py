from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from hookscope.apps.outward import build_outward
from hookscope.commands.listen import COMMAND
from hookscope.config.settings import Settings, resolve
from hookscope.providers.registry import all_providers
from hookscope.session.plan import Outward


def settings_of(home: Path, apis: list[str]) -> Settings:
    environ = {"HOOKSCOPE_HOME": str(home), "NOTION_TOKEN": "ntn_" + "a" * 46}
    return resolve(COMMAND.options, {"handler": None, "api": apis}, environ, "listen", home)


@pytest.mark.parametrize(
    ("given", "held"),
    [
        (["notion"], ["NOTION_TOKEN"]),
        (["notion=http://127.0.0.1:1"], ["NOTION_TOKEN"]),
        (["google", "erp=https://erp.example"], []),
    ],
)
def test_tokens_of_the_environment_are_held_for_the_apis_that_say_whose_they_are(
    tmp_path: Path, given: list[str], held: list[str]
) -> None:
    outward = build_outward(settings_of(tmp_path, given), all_providers({}, {}))
    assert [one.variable for one in outward.tokens] == held
    assert "aaaa" not in repr(outward.tokens)


def test_an_address_that_a_project_named_gets_no_token_unasked(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, ["notion=https://elsewhere.example"])
    of_project = dataclasses.replace(settings, sources={**settings.sources, "api": "project"})
    assert build_outward(of_project, all_providers({}, {})).tokens == ()


def test_without_an_api_nothing_passes_through(tmp_path: Path) -> None:
    assert build_outward(settings_of(tmp_path, []), all_providers({}, {})) == Outward()
