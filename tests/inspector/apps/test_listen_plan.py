"""From the settings of `listen` to the plan of its session."""

from __future__ import annotations

import stat
import sys
from pathlib import Path
from typing import Any

import pytest

from hookscope.apps.listen_plan import build_plan
from hookscope.attempts.route import parse_respond
from hookscope.commands.listen import COMMAND
from hookscope.config.settings import Settings, resolve
from hookscope.model.errors import RefusedForSafety
from hookscope.model.senders import parse_senders
from hookscope_relay.errors import InputError


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / ".git").mkdir()
    return tmp_path


def settings_of(home: Path, given: dict[str, Any] | None = None, **environ: str) -> Settings:
    values = {"handler": None} | (given or {})
    return resolve(COMMAND.options, values, {"HOOKSCOPE_HOME": str(home), **environ}, "listen", home)


@pytest.mark.parametrize(
    ("given", "mode"),
    [({}, "capture"), ({"handler": "3000"}, "handler"), ({"handler": "3000", "watch": True}, "watch")],
)
def test_what_a_session_is_for(home: Path, given: dict[str, Any], mode: str) -> None:
    plan = build_plan(settings_of(home, given))
    assert plan.dialling.mode == mode
    assert (plan.handler is not None) is bool(given)


def test_what_other_sessions_are_told_and_who_is_to_answer(home: Path) -> None:
    plan = build_plan(settings_of(home, {"label": "Ada", "take-over": True}))
    assert (plan.dialling.label, plan.dialling.take_over) == ("Ada", True)
    watching = build_plan(settings_of(home, {"handler": "3000", "watch": True, "share": True}))
    assert (watching.dialling.mode, watching.forwards) == ("watch", True)


def test_without_a_relay_one_is_embedded(home: Path) -> None:
    assert build_plan(settings_of(home)).embedded is not None
    plan = build_plan(settings_of(home, {"relay": "https://r.example"}))
    assert plan.embedded is None
    assert plan.dialling.relay == "https://r.example"


@pytest.mark.skipif(sys.platform == "win32", reason="no mode bits there")
def test_an_endpoints_key_is_made_once_and_private(home: Path) -> None:
    first = build_plan(settings_of(home))
    assert build_plan(settings_of(home)).keys == first.keys
    assert build_plan(settings_of(home, {"endpoint": "other"})).keys != first.keys
    assert stat.S_IMODE((home / "endpoints" / "default.key").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("given", "field", "value"),
    [
        ({}, "timeout_s", None),
        ({"timeout": 0.5}, "timeout_s", 0.5),
        ({"answer": 202}, "answer_at_once", 202),
        ({"respond": "204:x"}, "respond", parse_respond("204:x")),
        ({"only-path": "/a"}, "only_path", "/a"),
        ({"only-from": ("192.0.2.7",)}, "only_from", parse_senders(["192.0.2.7/32"])),
        ({"preserve-host": True}, "preserve_host", True),
        ({"forwarded": False}, "forwarded", False),
        ({"yes": True}, "keep_handshake_secrets", True),
        ({"share": True, "handler": "3000"}, "share", True),
    ],
)
def test_how_deliveries_are_handed_over(home: Path, given: dict[str, Any], field: str, value: object) -> None:
    assert getattr(build_plan(settings_of(home, given)).forwarding, field) == value


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"answer": 99}, "--answer 99"),
        ({"answer": 600}, "--answer 600"),
        ({"port": 65536}, "--port 65536"),
        ({"port": -1}, "--port -1"),
        ({"away-status": 404}, "--away-status 404"),
        ({"max-backlog": -1}, "--max-backlog -1"),
        ({"deadline": 0.0}, "--deadline 0"),
        ({"timeout": 0.0}, "--timeout 0"),
        ({"expect-every": 0.0}, "--expect-every 0"),
        ({"provider": "nobody"}, "no provider 'nobody'"),
        ({"public-url": "relay?path"}, "is not the address of a relay"),
        ({"respond": "ok"}, "--respond 'ok'"),
        ({"relay": "ftp://relay"}, "ftp"),
        ({"handler": "ftp://x"}, "ftp"),
        ({"endpoint": "../x"}, "is not an endpoint's name"),
        ({"share": True}, "--share needs a handler"),
        ({"stream-requests": True, "handler": "1", "transform": "a:b"}, "--transform needs them whole: it may change"),
        ({"stream-requests": True, "handler": "1", "answer": 202}, "--answer needs them whole: it answers before"),
        ({"stream-requests": True, "handler": "1", "retry": 2}, "--retry need them whole: what waits for its turn"),
        (
            {"stream-requests": True, "route": ("a=body:x -> 1",)},
            "but the route a goes by body:x, which only the whole",
        ),
        ({"take-over": True, "watch": True}, "--watch leaves answering to others"),
        ({"relay-ca": "/nowhere.pem"}, "certificate authority /nowhere.pem cannot be read"),
        ({"access-token-file": "/nowhere", "relay": "https://r.example"}, "access token file /nowhere cannot be read"),
    ],
)
def test_what_cannot_be_is_refused(home: Path, given: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError, match=says):
        build_plan(settings_of(home, given))


def test_an_embedded_relay_is_shown_no_access_token(home: Path) -> None:
    assert build_plan(settings_of(home, HOOKSCOPE_ACCESS_TOKEN="t")).dialling.access_token == ""
    given = settings_of(home, {"relay": "https://r.example"}, HOOKSCOPE_ACCESS_TOKEN="t")
    assert build_plan(given).dialling.access_token == "t"


def test_a_public_url_over_plain_http_needs_the_users_word(home: Path) -> None:
    with pytest.raises(RefusedForSafety, match="plain http"):
        build_plan(settings_of(home, {"public-url": "http://relay.example.org"}))
    build_plan(settings_of(home, {"public-url": "http://relay.example.org", "allow-plain-relay": True}))


def test_a_public_address_and_a_relay_exclude_each_other(home: Path) -> None:
    with pytest.raises(InputError, match="--public is for the embedded relay"):
        build_plan(settings_of(home, {"public": "auto", "relay": "https://relay.example.org"}))
