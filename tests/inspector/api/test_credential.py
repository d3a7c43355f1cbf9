from __future__ import annotations

import base64

import pytest

from hookscope.api.credential import kind_of, read_credential, secret_values, token_kinds
from hookscope.model.secret import fingerprint
from hookscope_relay.delivery import Headers

GOOD = "ntn_" + "4f" * 23


def auth(value: str) -> Headers:
    return (("Authorization", value.encode("utf-8").decode("latin-1")),)


@pytest.mark.parametrize(
    ("value", "fault", "kind"),
    [
        (f"Bearer {GOOD}", "", "notion-token"),
        (f"bearer {GOOD}", "", "notion-token"),
        (f'Bearer "{GOOD}"', "quoted", "notion-token"),
        (f"Bearer '{GOOD}'", "quoted", "notion-token"),
        (f"Bearer “{GOOD}”", "quoted", "notion-token"),
        (f"Bearer {GOOD}\\n", "newline", "notion-token"),
        (f"Bearer {GOOD}%0A", "newline", "notion-token"),
        (f"Bearer Bearer {GOOD}", "twice", "notion-token"),
        (f"Bearer b'{GOOD}'", "bytes", "notion-token"),
        (f"Bearer {GOOD[:20]} {GOOD[20:]}", "space", "notion-token"),
        (f"Bearer {GOOD[:30]}", "cut", "notion-token"),
        (f"Bearer {GOOD[:8]}…{GOOD[-4:]}", "masked", "notion-token"),
        ("Bearer ntn_****************************", "masked", "notion-token"),
        (f"Bearer {GOOD}\u200b", "invisible", "notion-token"),
        ("Bearer ${NOTION_TOKEN}", "unexpanded", ""),
        ("Bearer $NOTION_TOKEN", "unexpanded", ""),
        ("Bearer {{ notion_token }}", "unexpanded", ""),
        ("Bearer %NOTION_TOKEN%", "unexpanded", ""),
        ("Bearer NOTION_TOKEN", "variable", ""),
        ("Bearer process.env.NOTION_TOKEN", "variable", ""),
        ("Bearer undefined", "nothing", ""),
        ("Bearer None", "nothing", ""),
        ("Bearer [object Promise]", "nothing", ""),
        ("Bearer <your-token>", "placeholder", ""),
        ("Bearer YOUR_TOKEN_HERE", "variable", ""),
        ("Bearer your-api-key", "placeholder", ""),
        ("Bearer", "empty", ""),
        ("Bearer ", "empty", ""),
        ("Bearer sk_live_" + "a1" * 20, "", "stripe-key"),
        ("Bearer xoxb-" + "1" * 50, "", "slack-bot-token"),
        ("Bearer some-unknown-thing-1234567890", "", ""),
    ],
)
def test_the_form_of_a_token_is_read(value: str, fault: str, kind: str) -> None:
    found = read_credential(auth(value), "/")
    assert found is not None
    assert (found.fault, found.kind, found.place) == (fault, kind, "Authorization")


def test_only_the_ends_of_a_token_are_shown() -> None:
    found = read_credential(auth(f"Bearer {GOOD}"), "/")
    assert found is not None
    assert (found.scheme, found.shown, found.digest) == ("Bearer", "ntn_…4f4f", fingerprint(GOOD.encode()))
    assert found.words == f"Bearer ntn_…4f4f (fingerprint {fingerprint(GOOD.encode())})"
    short = read_credential(auth("Bearer hunter2"), "/")
    assert short is not None
    assert short.shown == "…"


@pytest.mark.parametrize("value", [f"abcd1234efgh5678 {GOOD}", f"{GOOD} x", f"x9{'z' * 30} y"])
def test_what_stands_first_is_no_scheme_unless_it_looks_like_one(value: str) -> None:
    found = read_credential(auth(value), "/")
    assert found is not None
    assert found.scheme == ""
    assert value.partition(" ")[0] not in found.words


def test_the_same_token_has_the_same_fingerprint_whatever_its_form() -> None:
    forms = (f"Bearer {GOOD}", f'Bearer "{GOOD}"', f"Bearer Bearer {GOOD}", GOOD)
    assert len({found.digest for form in forms if (found := read_credential(auth(form), "/"))}) == 1


def test_basic_credentials_show_whose_key_they_hold() -> None:
    key = "sk_test_" + "b2" * 20
    found = read_credential(auth("Basic " + base64.b64encode(f"{key}:".encode()).decode()), "/")
    assert found is not None
    assert (found.kind, found.digest) == ("stripe-key", fingerprint(key.encode()))
    assert key in secret_values(auth("Basic " + base64.b64encode(f"{key}:".encode()).decode()), "/")


def test_other_headers_and_the_query_carry_tokens_too() -> None:
    token = "shpat_" + "ab" * 16
    found = read_credential((("X-Shopify-Access-Token", token),), "/")
    assert found is not None
    assert (found.place, found.kind, found.fault) == ("X-Shopify-Access-Token", "shopify-token", "")
    found = read_credential((), "/x?a=1&access_token=" + token)
    assert found is not None
    assert found.place == "query:access_token"
    assert read_credential((("Accept", "x"),), "/x?page=2") is None


def test_every_kind_has_words_and_a_pattern_that_finds_its_own() -> None:
    assert len(token_kinds()) >= 40
    assert kind_of("whsec_abc") == "webhook-signing-secret"
    assert kind_of("sk-ant-abc") == "anthropic-key"
    assert kind_of("nothing") == ""
