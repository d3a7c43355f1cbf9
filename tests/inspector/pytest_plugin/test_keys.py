from __future__ import annotations

from typing import Any

import pytest

from hookscope.model.secret import Secret
from hookscope.providers.registry import load_providers
from hookscope.pytest_plugin.keys import given_secrets, key_for
from hookscope.signatures.sign import make_test_key
from hookscope_relay.errors import InputError

KNOWN = load_providers().names


def scheme_of(name: str) -> Any:
    provider = load_providers().demand(name)
    assert provider is not None
    return provider.schemes[0]


@pytest.mark.parametrize(
    ("given", "values"),
    [
        ("a", [b"a"]),
        (b"a", [b"a"]),
        (["a", "b"], [b"a", b"b"]),
        (("a",), [b"a"]),
        ({"notion": "a", "stripe": "b"}, [b"a"]),
        ({"notion": ["a", "c"]}, [b"a", b"c"]),
        ({"stripe": "b"}, []),
        (None, [b"from environment"]),
    ],
)
def test_secrets_are_given_in_many_ways(given: Any, values: list[bytes]) -> None:
    environ = {
        "HOOKSCOPE_SECRET_NOTION": "from environment",
        "HOOKSCOPE_SECRET_STRIPE": "x",
        "HOOKSCOPE_SECRET_FILE": "y",
    }
    assert [secret.value for secret in given_secrets(given, "notion", environ, KNOWN)] == values


@pytest.mark.parametrize("given", ["", b"", [""], [3], {"notion": ""}])
def test_an_empty_secret_is_a_mistake(given: Any) -> None:
    with pytest.raises(InputError, match="empty or no text"):
        given_secrets(given, "notion", {}, KNOWN)


def test_the_first_secret_signs() -> None:
    key = key_for("notion", scheme_of("notion"), [Secret("notion", "", "a"), Secret("notion", "", "b")])
    assert key is not None
    assert (key.private.value, key.public.value) == (b"a", b"a")


def test_without_a_secret_nothing_signs() -> None:
    assert key_for("notion", scheme_of("notion"), []) is None


def test_a_test_key_is_made_once_for_all_tests() -> None:
    first, second = (key_for("discord", scheme_of("discord"), []) for _ in range(2))
    assert first is second
    assert first is not None
    assert b"PRIVATE" not in first.public.value
    assert "must trust delivery.public_key" in first.note


def test_a_private_key_of_the_test_signs() -> None:
    private, public = make_test_key("discord", scheme_of("discord"))
    key = key_for("discord", scheme_of("discord"), [public, private])
    assert key is not None
    assert (key.private, key.public.value) == (private, public.value)


def test_a_private_key_of_another_kind_is_refused() -> None:
    secret = Secret("discord", "", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")
    with pytest.raises(InputError, match="the secret is no private ed25519 key"):
        key_for("discord", scheme_of("discord"), [secret])
