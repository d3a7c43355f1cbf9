from __future__ import annotations

import pytest

from hookscope.providers.registry import load_providers
from hookscope.tools.redaction.names import comparable, holds_emails, is_one_secret, is_secret, is_secret_header


@pytest.mark.parametrize(
    "name",
    [
        "password",
        "apiKey",
        "Api-Key",
        "api_key",
        "user[access_token]",
        "a.b.clientSecret",
        "PIN",
        "tokens",
        "x-auth-token",
    ],
)
def test_names_of_secrets(name: str) -> None:
    assert is_secret(name)


@pytest.mark.parametrize(
    "name", ["", "id", "key", "pinned", "token_type", "next_page_token", "tokenized", "signature", "[]", "."]
)
def test_names_of_other_things(name: str) -> None:
    assert not is_secret(name)


def test_a_plural_names_several_secrets_but_no_number() -> None:
    assert is_secret("total_tokens")
    assert not is_one_secret("total_tokens")


@pytest.mark.parametrize(
    "name", ["email", "customer_email", "From", "reply-to", "emails", "userEmailAddress", "sender"]
)
def test_names_of_fields_with_addresses(name: str) -> None:
    assert holds_emails(name)
    assert not holds_emails("text")


@pytest.mark.parametrize(
    "name", ["Authorization", "X-Api-Key", "X-Gitlab-Token", "DD-API-KEY", "X-CSRF-Token", "cf-webhook-auth"]
)
def test_headers_with_credentials(name: str) -> None:
    assert is_secret_header(name)


def test_no_signature_header_of_a_provider_counts_as_a_credential() -> None:
    providers = load_providers()
    signed = {
        header
        for name in providers.names
        for scheme in providers.get(name).schemes
        if scheme.kind in ("hmac", "ed25519", "ecdsa", "rsa", "hash")
        for header in scheme.headers
    }
    # Teams signs in `Authorization`, which is never left to chance.
    assert {header for header in signed if is_secret_header(header)} <= {"Authorization", "authorization"}


def test_a_hostile_name_costs_little() -> None:
    assert comparable("[" * 10_000_000) == ""
