from __future__ import annotations

import pytest

from hookscope.api.credential import FAULTS as FOUND
from hookscope.api.directory import known_apis
from hookscope.api.token import FAULTS, FIXES, describe_kind, fault_of, fix_of
from hookscope.model.call import Credential


def test_every_fault_has_its_words_and_its_fix() -> None:
    names = {name for name, _ in FOUND} | {"cut"}
    assert names | {"scheme"} == set(FAULTS)
    assert names == set(FIXES)


@pytest.mark.parametrize(
    ("api", "scheme", "fault"),
    [
        ("notion", "Bearer", ""),
        ("notion", "Token", "scheme"),
        ("notion", "", "scheme"),
        ("notion", "Bearer:", "scheme"),
        ("github", "token", ""),
        ("linear", "", ""),
        ("stripe", "Basic", ""),
    ],
)
def test_each_api_takes_its_own_schemes(api: str, scheme: str, fault: str) -> None:
    assert fault_of(Credential(place="Authorization", scheme=scheme), known_apis()[api]) == fault


def test_the_fix_of_a_scheme_names_the_apis_own() -> None:
    assert fix_of("scheme", known_apis()["notion"]) == "Send `Authorization: Bearer TOKEN`"
    assert "or the token alone" in fix_of("scheme", known_apis()["linear"])
    assert fix_of("quoted", known_apis()["notion"]) == FIXES["quoted"]


@pytest.mark.parametrize(
    ("api", "kind", "words"),
    [
        ("notion", "notion-token", ""),
        ("notion", "", ""),
        ("notion", "stripe-key", "a secret key of Stripe, another provider's"),
        (
            "stripe",
            "webhook-signing-secret",
            "a webhook's signing secret of Stripe or Svix, which is for verifying deliveries and opens nothing",
        ),
        ("stripe", "stripe-publishable-key", "a publishable key of Stripe, which is for browsers"),
        (
            "google",
            "google-refresh-token",
            "a refresh token of Google, which is exchanged for a token and opens nothing itself",
        ),
    ],
)
def test_a_kind_that_opens_something_else_is_named(api: str, kind: str, words: str) -> None:
    known = known_apis()[api]
    assert describe_kind(Credential(place="Authorization", kind=kind), known, known.title) == words


def test_what_was_found_wrong_with_a_credential_stays_its_fault() -> None:
    assert (
        fault_of(Credential(place="Authorization", scheme="Token", fault="quoted"), known_apis()["notion"]) == "quoted"
    )
