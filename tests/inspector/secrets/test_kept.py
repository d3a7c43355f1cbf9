from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest

from hookscope.config.settings import Places
from hookscope.model.errors import RefusedForSafety
from hookscope.secrets.kept import forget_secret, keep_secret, load_secrets, provider_of_variable
from hookscope_relay.errors import DamagedFile, InputError

KNOWN = ("aws-sns", "notion", "stripe", "cloudflare", "cloudflare-stream")


@pytest.fixture
def places(tmp_path):
    return Places(config=tmp_path, data=tmp_path / "data", state=tmp_path)


def shown(secrets) -> list[tuple[str, str, bytes]]:
    return [(secret.provider, secret.name, secret.value) for secret in secrets]


@pytest.mark.parametrize(
    ("ending", "provider", "name"),
    [
        ("NOTION", "notion", "default"),
        ("STRIPE_STAGING", "stripe", "staging"),
        ("AWS_SNS", "aws-sns", "default"),
        ("CLOUDFLARE_STREAM", "cloudflare-stream", "default"),
        ("CLOUDFLARE_OLD", "cloudflare", "old"),
        ("MY_OWN", "my-own", "default"),
    ],
)
def test_a_variable_names_provider_and_secret(ending, provider, name):
    assert provider_of_variable(ending, KNOWN) == (provider, name)


def test_the_environment_comes_before_what_was_kept(places):
    keep_secret(places, "notion", "kept")
    environ = {"HOOKSCOPE_SECRET_NOTION": "of environment", "HOOKSCOPE_SECRET_FILE": "f", "OTHER": "x"}
    assert shown(load_secrets(environ, places)) == [
        ("notion", "default", b"of environment"),
        ("notion", "default", b"kept"),
    ]


def test_a_kept_secret_survives_to_the_byte(places):
    for number, value in enumerate(('a"b\\c', "caf\u00e9 \U0001f600", "x\x7fy\ttab", " space ")):
        keep_secret(places, "notion", value, name=f"n{number}")
        assert value.encode() in [secret.value for secret in load_secrets({}, places)]


def test_the_file_is_the_owners_alone(places):
    keep_secret(places, "notion", "x")
    path = places.data / "secrets.toml"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    path.chmod(0o644)
    with pytest.raises(RefusedForSafety, match="chmod 600"):
        load_secrets({}, places)


def test_a_candidate_stands_beside_the_first(places):
    assert keep_secret(places, "notion", "one", candidate=True).name == "default"
    assert keep_secret(places, "notion", "two", candidate=True).name == "candidate"
    assert keep_secret(places, "notion", "three", candidate=True).name == "candidate-2"
    assert keep_secret(places, "notion", "two", candidate=True).name == "candidate"
    assert [secret.value for secret in load_secrets({}, places)] == [b"one", b"two", b"three"]


def test_another_value_of_the_same_name_needs_replace(places):
    keep_secret(places, "notion", "one")
    assert keep_secret(places, "notion", "one").name == "default"
    with pytest.raises(InputError, match="--replace"):
        keep_secret(places, "notion", "two")
    assert keep_secret(places, "notion", "two", replace=True).value == b"two"


def test_forgetting_says_whether_there_was_one(places):
    keep_secret(places, "notion", "one")
    assert forget_secret(places, "notion")
    assert not forget_secret(places, "notion")
    assert load_secrets({}, places) == ()


@pytest.mark.parametrize(
    ("provider", "value", "name"),
    [("notion", "", "default"), ("notion", b"\xff", "default"), ("notion", "x", "a b"), ("", "x", "default")],
)
def test_nonsense_is_not_kept(places, provider, value, name):
    with pytest.raises(InputError):
        keep_secret(places, provider, value, name=name)


def test_a_damaged_file_is_named(places):
    places.data.mkdir()
    path = places.data / "secrets.toml"
    path.write_text("notion = [")
    path.chmod(0o600)
    with pytest.raises(DamagedFile, match=r"secrets\.toml"):
        load_secrets({}, places)


def test_a_projects_dotenv_is_read_when_asked(places, tmp_path):
    path = tmp_path / ".env"
    path.write_text(
        "# comment\nexport HOOKSCOPE_SECRET_NOTION='secret_a'\nSTRIPE_WEBHOOK_SECRET=whsec_b # live\n"
        "STRIPE_API_KEY=sk\nSOMETHING_WEBHOOK_SECRET=c\n"
    )
    assert shown(load_secrets({}, places, path)) == [
        ("notion", "default", b"secret_a"),
        ("stripe", ".env", b"whsec_b"),
    ]
    with pytest.raises(InputError, match="nowhere"):
        load_secrets({}, places, tmp_path / "nowhere")


class Ring:
    """A keyring that works, as the library's modules look."""

    def __init__(self) -> None:
        self.held: dict[tuple[str, str], str] = {}

    def get_keyring(self) -> object:
        return self

    def set_password(self, service: str, name: str, value: str) -> None:
        self.held[service, name] = value

    def get_password(self, service: str, name: str) -> str | None:
        return self.held.get((service, name))

    def delete_password(self, service: str, name: str) -> None:
        del self.held[service, name]


def test_where_there_is_a_keyring_the_file_holds_only_names(places, monkeypatch):
    ring = Ring()
    monkeypatch.setitem(sys.modules, "keyring", ring)
    keep_secret(places, "notion", "secret_a")
    assert "secret_a" not in (places.data / "secrets.toml").read_text()
    assert shown(load_secrets({}, places)) == [("notion", "default", b"secret_a")]
    assert forget_secret(places, "notion")
    assert ring.held == {}


def test_a_keyring_that_keeps_nothing_is_as_good_as_none(places, monkeypatch):
    null = type("Keyring", (), {"__module__": "keyring.backends.null"})
    monkeypatch.setitem(sys.modules, "keyring", SimpleNamespace(get_keyring=null))
    keep_secret(places, "notion", "secret_a")
    assert "secret_a" in (places.data / "secrets.toml").read_text()
