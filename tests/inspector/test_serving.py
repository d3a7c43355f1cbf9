"""From the settings of `relay` to a running relay."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hookscope.commands.relay import COMMAND
from hookscope.serving import build_settings
from hookscope.settings import Settings, resolve
from hookscope_relay.errors import HookscopeError, InputError


def settings_of(home: Path, given: dict[str, Any], **environ: str) -> Settings:
    return resolve(COMMAND.options, given, {"HOOKSCOPE_HOME": str(home), **environ}, "relay", home)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / ".git").mkdir()
    return tmp_path


def test_a_relay_is_on_loopback_with_a_database_by_default(home: Path) -> None:
    built = build_settings(settings_of(home, {}))
    assert (built.bind, built.port, built.database) == ("127.0.0.1", 7420, home / "relay.db")
    assert (built.deadline_s, built.away, built.allow_browsers) == (25.0, "store", False)
    assert built.limits.body_bytes == 25 << 20


@pytest.mark.parametrize(
    ("given", "field", "value"),
    [
        ({"memory": True}, "database", None),
        ({"database": "x.db"}, "database", Path("x.db")),
        ({"deadline": 3.0}, "deadline_s", 3.0),
        ({"away": "refuse"}, "away", "refuse"),
        ({"allow-browsers": True}, "allow_browsers", True),
        ({"port": 0}, "port", 0),
        ({"bind": "0.0.0.0", "public-url": "https://r.example"}, "public_url", "https://r.example"),
    ],
)
def test_each_setting_reaches_the_relay(home: Path, given: dict[str, Any], field: str, value: object) -> None:
    assert getattr(build_settings(settings_of(home, given)), field) == value


def test_the_largest_body_is_a_size(home: Path) -> None:
    assert build_settings(settings_of(home, {}, HOOKSCOPE_MAX_BODY="1MiB")).limits.body_bytes == 1 << 20


def test_an_access_token_comes_from_the_environment_or_a_file(home: Path) -> None:
    assert build_settings(settings_of(home, {}, HOOKSCOPE_ACCESS_TOKEN=" right\n")).access_token == "right"
    (home / "token").write_text("right\n")
    built = build_settings(settings_of(home, {"access-token-file": str(home / "token")}))
    assert built.access_token == "right"
    assert "right" not in repr(built)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"bind": "0.0.0.0"}, "needs to know its own address"),
        ({"bind": "::"}, "needs to know its own address"),
        ({"tls-key": "k.pem"}, "without --tls-cert"),
        ({"public-url": "ftp://relay"}, "ftp"),
        ({"trusted-proxy": ["10.0.0.0/99"]}, "10.0.0.0/99"),
        ({"access-token-file": "/nowhere/token"}, "cannot be read"),
    ],
)
def test_what_cannot_be_is_refused(home: Path, given: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError, match=says) as caught:
        build_settings(settings_of(home, given))
    assert isinstance(caught.value, HookscopeError)
    assert caught.value.exit_code == 2
