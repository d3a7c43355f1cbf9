from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hookscope.commands.send import COMMAND
from hookscope.config.settings import Settings, resolve
from hookscope.model.errors import RefusedForSafety
from hookscope.providers.registry import load_providers
from hookscope.tools.samples.setup import LIMIT_S, Errand, find_provider, plan_errand
from hookscope_relay.errors import InputError

ASKED = {"provider": "notion", "event": "page.created", "to": "3000/hooks"}


def settings(home: Path, **given: Any) -> Settings:
    environ = {"HOOKSCOPE_HOME": str(home), "HOOKSCOPE_SECRET_NOTION": "secret_abc"}
    named = {"provider": "", "event": "", **{name.replace("_", "-"): value for name, value in given.items()}}
    return resolve(COMMAND.options, named, environ, "send", home)


def errand(home: Path, **given: Any) -> Errand:
    return plan_errand(settings(home, **ASKED | given), load_providers(), "")


def test_what_is_asked_for_is_planned(tmp_path: Path) -> None:
    planned = errand(tmp_path)
    assert planned.destination.url == "http://localhost:3000/hooks"
    assert planned.series.url == planned.destination.url
    assert (len(planned.steps), planned.waits) == (1, None)
    assert planned.series.signing.secret is not None
    assert planned.limit_s == (load_providers().demand("notion").time_limit_s or LIMIT_S)


def test_options_shape_the_plan(tmp_path: Path) -> None:
    planned = errand(tmp_path, count=4, duplicate=True, rate=2.0, timeout=7.0, unsigned=True, url="https://x/y")
    assert (len(planned.steps), planned.limit_s) == (8, 7.0)
    assert (planned.series.signing.secret, planned.series.url) == (None, "https://x/y")
    assert errand(tmp_path, retry=True, within=1.0).waits is not None


def test_a_projects_file_alone_never_says_where_a_signed_delivery_goes(tmp_path: Path) -> None:
    named = settings(tmp_path, **ASKED | {"to": "https://elsewhere.example"})
    sources: Any = {**named.sources, "to": "project"}
    theirs = Settings(named.values, named.environ, {}, {}, sources)
    with pytest.raises(RefusedForSafety, match="alone says where to send"):
        plan_errand(theirs, load_providers(), "")


@pytest.mark.parametrize(("name", "told"), [("", "no provider is given"), ("notoin", "there is no provider")])
def test_a_provider_is_named_as_it_is_known(name: str, told: str) -> None:
    with pytest.raises(InputError, match=told):
        find_provider(load_providers(), name)


@pytest.mark.parametrize(
    ("to", "url"),
    [
        ("3000", "http://localhost:3000/hooks"),
        ("3000/", "http://localhost:3000/"),
        ("3000/x", "http://localhost:3000/x"),
    ],
)
def test_a_handler_without_a_path_is_asked_where_it_accepted(tmp_path: Path, to: str, url: str) -> None:
    given = settings(tmp_path, **ASKED | {"to": to})
    errand = plan_errand(given, load_providers(), "", lambda handler: replace(handler, path="/hooks"))
    assert errand.destination.url == url
