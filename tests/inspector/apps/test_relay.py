"""From the settings of `relay` to a running relay."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hookscope.apps.relay import build_settings
from hookscope.commands.relay import COMMAND
from hookscope.config.settings import Settings, resolve
from hookscope.model.errors import RefusedForSafety
from hookscope_relay.errors import HookscopeError, InputError
from hookscope_relay.settings import PUBLIC_RATES, Limits, NatsSettings, Retention


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


def test_the_limits_of_a_public_relay_are_the_defaults(home: Path) -> None:
    built = build_settings(settings_of(home, {}))
    assert (built.limits, built.rates, built.retention) == (Limits(), PUBLIC_RATES, Retention())
    assert built.metrics_bind is None


@pytest.mark.parametrize(
    ("text", "parsed"),
    [("127.0.0.1:9420", ("127.0.0.1", 9420)), ("[::1]:0", ("::1", 0)), ("0.0.0.0:65535", ("0.0.0.0", 65535))],
)
def test_metrics_may_have_a_listener_of_their_own(home: Path, text: str, parsed: tuple[str, int]) -> None:
    assert build_settings(settings_of(home, {"metrics-bind": text})).metrics_bind == parsed


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"metrics-bind": "9420"}, "not an address and a port"),
        ({"metrics-bind": "a:b"}, "not an address and a port"),
        ({"metrics-bind": "127.0.0.1:70000"}, "not an address and a port"),
    ],
)
def test_an_address_for_metrics_that_makes_no_sense_is_refused(home: Path, given: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError, match=says):
        build_settings(settings_of(home, given))


@pytest.mark.parametrize("option", ["keep-bytes", "trusted-proxy", "metrics-bind", "allow-browsers"])
def test_what_widens_trust_is_not_read_from_a_project(home: Path, option: str) -> None:
    (home / "hookscope.toml").write_text(f'[relay]\n{option} = "1"\n')
    with pytest.raises(RefusedForSafety):
        settings_of(home, {})


def test_the_servers_of_a_shared_log_and_what_they_are_met_with(home: Path) -> None:
    assert build_settings(settings_of(home, {})).nats is None
    built = build_settings(settings_of(home, {"store": "nats://a:4222,nats://b:4222", "nats-creds": "relay.creds"}))
    assert built.database is None
    assert built.nats == NatsSettings(
        servers=("nats://a:4222", "nats://b:4222"),
        journal=home / "relay-journal.db",
        credentials=Path("relay.creds"),
        replicas=3,
    )
    given = {"store": "a", "nats-ca": "ca", "nats-cert": "c", "nats-key": "k", "nats-monitor": ["http://a:8222"]}
    nats = build_settings(settings_of(home, given, HOOKSCOPE_JOURNAL="j.db", HOOKSCOPE_ACCEPT_LAZY_SYNC="yes")).nats
    assert (nats.servers, nats.ca, nats.cert, nats.key) == (("nats://a",), Path("ca"), Path("c"), Path("k"))
    assert (nats.monitors, nats.journal, nats.accept_lazy_sync) == (("http://a:8222",), Path("j.db"), True)


def test_a_password_for_the_store_comes_by_the_environment_only(home: Path) -> None:
    secret = "nats://relay:secret@a:4222"
    with pytest.raises(InputError, match="can be read by every user of this machine") as refused:
        build_settings(settings_of(home, {"store": secret}))
    assert "secret" not in str(refused.value)
    built = build_settings(settings_of(home, {}, HOOKSCOPE_STORE=secret))
    assert built.nats.servers == (secret,)
    assert "secret" not in repr(built)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"store": "nats://a", "memory": True}, "--memory and --store name two places"),
        ({"store": "nats://a", "database": "x.db"}, "--database and --store name two places"),
        ({"store": "redis://a"}, "is no place for a log"),
        ({"store": "nats://a", "nats-key": "k"}, "--nats-key was given without --nats-cert"),
        ({"store": "nats://a", "nats-replicas": 0}, "a number from 1 to 5"),
    ],
)
def test_a_store_that_makes_no_sense_is_told_so(home: Path, given: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError, match=says):
        build_settings(settings_of(home, given))
