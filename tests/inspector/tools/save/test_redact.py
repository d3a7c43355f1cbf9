from __future__ import annotations

from pathlib import Path

import pytest

from factories import make_delivery
from hookscope.config.settings import Settings
from hookscope.model.capture import Capture
from hookscope.model.capture_file import dumps
from hookscope.providers.registry import load_providers
from hookscope.tools.save.redact import fixture_redactor, report_redactor, rules_of, signs_url
from hookscope_relay.errors import InputError

PROVIDERS = load_providers()


def settings(home: Path, **project: object) -> Settings:
    return Settings(values={}, environ={"HOOKSCOPE_HOME": str(home)}, project=project, user={})


def test_every_place_in_which_a_provider_sends_its_secret_is_redacted(tmp_path: Path) -> None:
    rules = rules_of(settings(tmp_path), PROVIDERS)
    assert {"x-gitlab-token", "cf-webhook-auth", "authorization"} <= rules.headers
    assert {"passcode", "clientstate"} <= rules.fields


def test_placeholders_are_the_same_on_another_day_and_with_a_shared_key(tmp_path: Path) -> None:
    capture = Capture(delivery=make_delivery(id="a", headers=(("Authorization", "Bearer abcdefghijklmnop"),)))
    files = [dumps(fixture_redactor(settings(tmp_path), PROVIDERS).redact(capture).capture) for _ in range(2)]
    assert files[0] == files[1]
    shared = str(tmp_path / "team.key")
    others = [
        dumps(fixture_redactor(settings(tmp_path / name), PROVIDERS, shared).redact(capture).capture) for name in "ab"
    ]
    assert others[0] == others[1] != files[0]


def test_a_report_shows_four_characters_at_each_end(tmp_path: Path) -> None:
    redactor = report_redactor(settings(tmp_path), PROVIDERS)
    capture = Capture(delivery=make_delivery(headers=(("Authorization", "Bearer abcdefghijklmnop"),)))
    assert redactor.redact(capture).capture.delivery.headers == (("Authorization", "Bearer abcd...mnop"),)
    assert not list(tmp_path.iterdir())


def test_a_project_adds_patterns_and_a_wrong_table_is_bad_input(tmp_path: Path) -> None:
    added = settings(tmp_path, redaction={"patterns": [r"CUST-\d+"]})
    assert report_redactor(added, PROVIDERS).words("CUST-12") == "redacted"
    with pytest.raises(InputError):
        report_redactor(settings(tmp_path, redaction={"pattern": []}), PROVIDERS)


@pytest.mark.parametrize(("name", "signed"), [("twilio", True), ("square", True), ("notion", False), ("", False)])
def test_schemes_that_sign_the_url(name: str, signed: bool) -> None:
    assert signs_url(PROVIDERS.get(name)) == signed
