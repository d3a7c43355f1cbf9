from __future__ import annotations

import stat
import sys
from pathlib import Path

import pytest

from hookscope.config.settings import Places, places
from hookscope.model.secret import Secret
from hookscope.providers.registry import load_providers
from hookscope.secrets.signing_key import find_key, load_or_make_key, make_up_key
from hookscope.signatures.verification import verify
from hookscope.tools.samples.build import scheme_of
from hookscope.tools.samples.load import first_event
from hookscope_relay.errors import CannotWrite, InputError
from sample_table import NOW, PROVIDERS, built

NOTION = PROVIDERS.demand("notion")
SECRET = Secret("notion", "", "secret_x")
DISCORD = load_providers().demand("discord")
assert DISCORD is not None
SCHEME = DISCORD.schemes[0]


def test_a_key_pair_is_made_once_and_kept(tmp_path: Path) -> None:
    where = places({"HOOKSCOPE_HOME": str(tmp_path)})
    first = load_or_make_key(where, "discord", SCHEME)
    again = load_or_make_key(where, "discord", SCHEME)
    assert first == again
    assert b"PRIVATE KEY" in first.private.value
    assert b"PUBLIC KEY" in first.public_file.read_bytes()
    if sys.platform != "win32":
        files = list((tmp_path / "test-keys").iterdir())
        assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_a_directory_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "test-keys").write_text("in the way")
    with pytest.raises(CannotWrite, match="test key"):
        load_or_make_key(places({"HOOKSCOPE_HOME": str(tmp_path)}), "discord", SCHEME)


@pytest.fixture
def home(tmp_path: Path) -> Places:
    return places({"HOOKSCOPE_HOME": str(tmp_path)})


def test_a_configured_secret_signs(home: Places) -> None:
    key = find_key(NOTION, NOTION.schemes[0], [Secret("stripe", "default", "no"), SECRET], home)
    assert (key.secret, key.public) == (SECRET, SECRET)
    assert SECRET.fingerprint in key.note
    assert "secret_x" not in key.note


def test_a_secret_that_fits_the_scheme_comes_first(home: Places) -> None:
    svix = PROVIDERS.demand("svix")
    right = Secret("svix", "right", "whsec_" + "eHh4" * 8)
    assert find_key(svix, svix.schemes[0], [Secret("svix", "wrong", "!"), right], home).secret == right


def test_a_candidate_from_a_handshake_does_not_sign(home: Places) -> None:
    with pytest.raises(InputError, match="no verification token of Notion is configured"):
        find_key(NOTION, NOTION.schemes[0], [Secret("notion", "candidate", "secret_x")], home)


def test_without_a_secret_the_ways_to_give_one_are_named(home: Places) -> None:
    aws = PROVIDERS.demand("microsoft-graph")
    with pytest.raises(
        InputError, match="hookscope secret set microsoft-graph`, or set HOOKSCOPE_SECRET_MICROSOFT_GRAPH"
    ):
        find_key(aws, aws.schemes[0], [], home)


@pytest.mark.parametrize("name", ["discord", "telnyx", "sendgrid", "wise", "paypal", "aws-sns", "plaid"])
def test_a_test_key_signs_where_only_the_provider_has_the_key_and_its_public_half_is_named(
    home: Places, name: str
) -> None:
    provider = PROVIDERS.demand(name)
    sample = first_event(provider)
    key = find_key(provider, scheme_of(sample, provider), [], home)
    again = find_key(provider, scheme_of(sample, provider), [], home)
    assert key.secret == again.secret
    assert ".pub.pem" in key.note
    assert ("will refuse it" in key.note) == (name in ("paypal", "aws-sns", "plaid"))
    delivery = built(provider, sample, secret=key.secret)
    assert verify(delivery, provider, [key.public], NOW, params={"webhook_id": "WH-1"}).state == "verified"


def test_discords_public_key_is_shown_as_discord_shows_it(home: Places) -> None:
    discord = PROVIDERS.demand("discord")
    key = find_key(discord, discord.schemes[0], [], home)
    shown = key.note.rpartition(": ")[2]
    assert len(bytes.fromhex(shown)) == 32


def test_a_private_key_of_the_users_own_is_taken(home: Places) -> None:
    discord = PROVIDERS.demand("discord")
    test_key = find_key(discord, discord.schemes[0], [], home).secret
    own = Secret("discord", "own", test_key.value)
    assert find_key(discord, discord.schemes[0], [own], home).secret == own


def test_a_made_up_secret_has_the_providers_form() -> None:
    key = make_up_key(NOTION)
    assert key.secret.value.startswith(b"secret_")
    assert "made up" in key.note
