"""The relay's settings."""

from __future__ import annotations

import dataclasses

import pytest

from hookscope_relay.errors import InputError
from hookscope_relay.settings import PUBLIC_RATES, Limits, Rates, RelaySettings, Retention, check_numbers


def test_an_access_token_is_not_shown():
    assert "s3cret" not in repr(RelaySettings(access_token="s3cret"))


def test_a_relay_is_for_this_machine_unless_told_otherwise():
    settings = RelaySettings()
    assert (settings.bind, settings.port, settings.public_url) == ("127.0.0.1", 7420, "")
    assert (settings.trusted_proxies, settings.allowed_hosts, settings.allow_browsers) == ((), (), False)


@pytest.mark.parametrize("value", [RelaySettings(), Limits()], ids=["settings", "limits"])
def test_settings_do_not_change(value):
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(value, dataclasses.fields(value)[0].name, 1)


@pytest.mark.parametrize("field", dataclasses.fields(Limits), ids=lambda field: field.name)
def test_each_limit_is_positive(field):
    assert getattr(Limits(), field.name) > 0


@pytest.mark.parametrize("field", dataclasses.fields(Rates), ids=lambda field: field.name)
def test_only_a_public_relay_limits_rates_unasked(field):
    assert getattr(RelaySettings().rates, field.name) == 0
    assert getattr(PUBLIC_RATES, field.name) > 0


def test_what_is_let_in_at_all_finds_room():
    limits = Limits()
    assert limits.body_bytes <= limits.endpoint_bytes <= limits.bytes
    assert limits.answer_bytes <= limits.session_reply_bytes <= limits.reply_bytes


SENSELESS = {
    "a port that is none": ({"port": 65536}, "port 65536 is none"),
    "no patience": ({"deadline_s": 0.0}, "a deadline of 0 s"),
    "labels before no name": ({"subdomains": True}, "it is not given"),
    "labels before an address": ({"subdomains": True, "public_url": "https://10.0.0.1"}, "a host name alone"),
    "labels before a path": ({"subdomains": True, "public_url": "https://a.example/b"}, "a host name alone"),
    "no room for a body": ({"limits": Limits(body_bytes=0)}, "--max-body 0 makes no sense"),
    "no log": ({"retention": Retention(age_s=0)}, "would keep nothing"),
    "a rate below none": ({"limits": Limits(min_rate=-1)}, "--min-rate -1 is no rate"),
}


@pytest.mark.parametrize(("changes", "says"), SENSELESS.values(), ids=SENSELESS)
def test_a_number_that_makes_no_sense_is_said(changes, says):
    with pytest.raises(InputError, match=says):
        check_numbers(RelaySettings(**changes))


def test_what_a_relay_is_by_itself_makes_sense():
    check_numbers(RelaySettings())
    check_numbers(RelaySettings(subdomains=True, public_url="https://relay.example:8443"))
