from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from factories import make_delivery
from hookscope.model.secret import Secret
from hookscope.providers.registry import load_providers
from hookscope.signatures.asymmetric import new_private_pem
from hookscope.signatures.mistakes.budget import Budget
from hookscope.signatures.mistakes.explain import explain
from hookscope.signatures.mistakes.fixes import FIXES
from hookscope.signatures.sign import make_test_key, sign
from vectors.hand_made_mistakes import pairs, single
from vectors.hand_signed import ROWS
from vectors.mistake_cases import NOW, PARAMS, Maker, cases, makers
from vectors.reading import load_vectors, to_delivery

PROVIDERS = load_providers()
VECTORS = load_vectors()
MAKERS = {maker.provider.name: maker for maker in makers()}
C = TypeVar("C")
QUICK = ("notion", "stripe", "slack", "github", "standardwebhooks", "square", "twilio", "adyen", "hubspot", "box")


def ids(verdict) -> list[str]:
    return [mistake.id for mistake in verdict.mistakes]


def test_forty_providers_can_be_measured():
    assert len(MAKERS) >= 40


def dealt(name: str, names: tuple[str, ...], found: Iterable[C], is_shared: Callable[[C], bool]) -> list[C]:
    """Every second of a provider's cases; those that no scheme changes (`is_shared`) are dealt out among the providers,
    in turn. `bench/signatures.py` holds all of them, at every provider."""
    found, place = list(found), names.index(name)
    shared, own = [case for case in found if is_shared(case)], [case for case in found if not is_shared(case)]
    return [*own[place % 2 :: 2], *shared[place :: 2 * len(names)]]


def searched(name: str, names: tuple[str, ...], wanted: set[str], delivery, provider, secret, now, others, **more):
    """The verdict, bound by number alone (a slow machine finds the same).

    What nothing explains is searched to the end for the first provider only: pairs of mistakes are the same for all.
    """
    for candidates in (2_000, 20_000) if name != names[0] else (20_000,):
        budget = Budget(candidates=candidates)
        verdict = explain(delivery, provider, [secret], now, others, budget=budget, clock=lambda: 0.0, **more)
        if wanted & set(ids(verdict)):
            break
    return verdict


@pytest.mark.parametrize("name", QUICK)
def test_the_right_mistake_is_named_and_no_wrong_one(name):
    named, wrong, total = 0, [], 0
    for case in dealt(name, QUICK, cases(MAKERS[name]), lambda case: case.mistake == "body-reserialized"):
        parts = (case.delivery, case.provider, case.secret, case.now, case.others)
        mistakes = searched(name, QUICK, {case.mistake}, *parts, params=PARAMS).mistakes
        found = [mistake.id for mistake in mistakes]
        assert all(mistake.fix == FIXES[mistake.id] and 0 < mistake.confidence < 1 for mistake in mistakes)
        total += 1
        named += case.mistake in found
        wrong += [(case.mistake, case.what, found)] if found and case.mistake not in found else []
    assert named / total >= 0.98
    assert wrong == []


@pytest.mark.parametrize(
    ("name", "mistake"),
    [
        ("notion-2", "body-reserialized"),
        ("synthetic/notion-2", "body-reserialized"),
        ("synthetic/notion-4", "secret-whitespace"),
        ("synthetic/notion-5", "body-changed"),
        ("shopify-4", "encoding-hex-base64"),
        ("github-3", "body-reserialized"),
        ("jira-2", "body-newline-removed"),
        ("wise-2", "body-trimmed"),
        ("openai-2", "timestamp-stale"),
        ("sendgrid-2", "body-newline-added"),
        ("airtable-3", "secret-base64-decoded"),
        ("line-2", "header-malformed"),
    ],
)
def test_a_published_failure_is_explained(name, mistake):
    vector = VECTORS[name]
    found = PROVIDERS.resolve(vector.get("scheme", vector["provider"]))
    delivery = to_delivery(vector)
    verdict = explain(delivery, found, [Secret(found.name, "", vector["secret"])], delivery.received_at)
    assert ids(verdict)[0] == mistake


def made(name: str, **parts: object):
    maker: Maker = MAKERS[name]
    return maker, maker.made(maker.sample(), **parts)


@pytest.mark.parametrize(
    ("name", "parts", "expected"),
    [
        ("notion", {"body": b'{"a": 1}', "key": b"wrong"}, ["body-changed"]),
        ("github", {"key": MAKERS["github"].secret.value + b"\n", "body": MAKERS["github"].sample().body + b"\n"},
         ["secret-whitespace", "body-newline-added"]),
        ("slack", {"template": "v0:{body}", "key": b'"' + MAKERS["slack"].secret.value + b'"'},
         ["secret-quoted", "timestamp-left-out"]),
        ("square", {"url": "http://hooks.example.com/in/webhooks/?b=2&a=1"}, ["url-scheme", "url-trailing-slash"]),
        ("standardwebhooks", {"template": "{body}.{id}"}, ["timestamp-left-out", "message-order"]),
    ],
)  # fmt: skip
def test_two_mistakes_together_are_both_named(name, parts, expected):
    maker, delivery = made(name, **parts)
    verdict = explain(delivery, maker.provider, [maker.secret], NOW)
    assert set(expected) <= set(ids(verdict))


def test_a_cut_secret_is_completed_by_one_or_two_characters():
    maker, delivery = made("github")
    for cut in (1, 2):
        short = Secret("github", "", maker.secret.value[:-cut])
        assert ids(explain(delivery, maker.provider, [short], NOW)) == ["secret-truncated"]


def test_what_is_not_explained_says_what_was_ruled_out():
    maker, delivery = made("github", key=b"quite another")
    verdict = explain(delivery, maker.provider, [maker.secret], NOW)
    assert ids(verdict) == ["body-changed"]
    assert any(entry.startswith("the secret, in ") for entry in verdict.ruled_out)
    assert any(entry.startswith("the body, in ") for entry in verdict.ruled_out)


def test_the_search_keeps_to_its_number_of_candidates():
    maker, delivery = made("github", key=b"quite another")
    verdict = explain(delivery, maker.provider, [maker.secret], NOW, budget=Budget(candidates=50))
    assert verdict.ruled_out[-1] == "the search stopped at its limit, after 50 candidates"


def test_what_was_found_counts_though_the_search_ends_there():
    maker, delivery = made("github", key=maker_key("github") + b"\n")
    verdict = explain(delivery, maker.provider, [maker.secret], NOW, budget=Budget(candidates=20))
    assert ids(verdict) == ["secret-whitespace"]


def test_the_search_keeps_to_its_time():
    ticks = iter(range(10**6))
    maker, delivery = made("github", key=b"quite another")
    budget = Budget(seconds=30)
    verdict = explain(delivery, maker.provider, [maker.secret], NOW, budget=budget, clock=lambda: float(next(ticks)))
    assert verdict.ruled_out[-1] == "the search stopped at its limit, after 30 candidates"


def test_the_same_delivery_always_gets_the_same_answer():
    maker, delivery = made("slack", body=b"  {} ", key=maker_key("slack"))
    first, second = (explain(delivery, maker.provider, [maker.secret], NOW, clock=lambda: 0.0) for _ in range(2))
    assert first == second


def maker_key(name: str) -> bytes:
    return MAKERS[name].secret.value


def test_progress_is_told_while_it_takes_long():
    told: list[int] = []
    maker, delivery = made("github", key=b"quite another")
    explain(delivery, maker.provider, [maker.secret], NOW, progress=told.append)
    assert told[0] == 500


def test_a_verified_delivery_has_no_mistakes():
    maker, delivery = made("notion")
    verdict = explain(delivery, maker.provider, [maker.secret], NOW)
    assert (verdict.state, verdict.mistakes) == ("verified", ())


@pytest.mark.parametrize("scheme", ["discord", "sendgrid", "wise", "standardwebhooks-v1a"])
def test_a_private_key_is_no_public_key(scheme):
    found = PROVIDERS.resolve(scheme)
    private, _ = make_test_key(found.name, found.schemes[0])
    delivery = sign(make_delivery(), found, private, NOW)
    verdict = explain(delivery, found, [private], NOW)
    assert (verdict.reason, ids(verdict)) == ("wrong-key-kind", ["key-kind"])


def test_a_key_of_another_curve_is_told_apart():
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    found = PROVIDERS.demand("sendgrid")
    private, _ = make_test_key("sendgrid", found.schemes[0])
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    other = ec.generate_private_key(ec.SECP384R1()).public_key().public_bytes(serialization.Encoding.PEM, form)
    delivery = sign(make_delivery(), found, private, NOW)
    assert ids(explain(delivery, found, [Secret("sendgrid", "", other)], NOW)) == ["key-kind"]


@pytest.mark.parametrize("name", ["discord", "sendgrid", "wise", "telnyx"])
def test_a_changed_body_is_explained_for_public_keys_too(name):
    found = PROVIDERS.demand(name)
    private, public = make_test_key(name, found.schemes[0])
    delivery = sign(make_delivery(body=b'{"a":1,"b":[1,2]}'), found, private, NOW)
    changed = replace(delivery, body=b'{"a": 1, "b": [1, 2]}')
    assert ids(explain(changed, found, [public], NOW))[0] == "body-reserialized"


def test_a_tokens_claims_are_explained():
    found = PROVIDERS.demand("messagebird")
    secret = Secret("messagebird", "", "signing-key")
    delivery = sign(make_delivery(), found, secret, NOW)
    elsewhere = replace(delivery, url=delivery.url.replace("https:", "http:"))
    assert ids(explain(elsewhere, found, [secret], NOW)) == ["url-scheme"]
    longer = replace(delivery, body=delivery.body + b"\n")
    assert ids(explain(longer, found, [secret], NOW))[0] == "body-newline-removed"
    assert ids(explain(delivery, found, [Secret("messagebird", "", "signing-key ")], NOW)) == ["secret-whitespace"]


def test_a_shared_token_is_explained():
    found = PROVIDERS.demand("gitlab")
    delivery = make_delivery(headers=(("X-Gitlab-Token", "token"),))
    assert ids(explain(delivery, found, [Secret("gitlab", "", "token\n")], NOW)) == ["secret-whitespace"]


def test_an_unknown_token_is_another_secret_and_says_nothing_of_the_body():
    delivery = make_delivery(headers=(("X-Gitlab-Token", "quite another"), ("X-Gitlab-Event", "Push Hook")))
    verdict = explain(delivery, PROVIDERS.get("gitlab"), [Secret("gitlab", "default", "the token of ours")], NOW)
    assert ids(verdict) == ["secret-wrong"]
    assert "not the one that is configured" in verdict.mistakes[0].detail
    assert "body was" not in verdict.mistakes[0].detail


def test_another_secret_of_the_same_provider_is_named():
    maker, delivery = made("github", key=b"old-secret")
    old = Secret("github", "old", "old-secret")
    verdict = explain(delivery, maker.provider, [maker.secret], NOW, others=[old])
    assert ids(verdict) == ["secret-of-other"]
    assert "old" in verdict.mistakes[0].detail
    assert "old-secret" not in verdict.mistakes[0].detail


def test_an_unsigned_delivery_is_told_whose_header_it_carries():
    delivery = make_delivery(headers=(("X-Hub-Signature-256", "sha256=00"),))
    verdict = explain(delivery, PROVIDERS.demand("notion"), [], NOW)
    assert (verdict.state, ids(verdict)) == ("unsigned", ["header-of-other-provider"])


def test_notions_automations_are_never_signed():
    body = b'{"source":{"type":"automation","event_id":"e"},"data":{}}'
    verdict = explain(make_delivery(body=body), PROVIDERS.demand("notion"), [], NOW)
    assert ids(verdict) == ["header-missing"]
    assert "automation" in verdict.mistakes[0].detail


def test_a_certificate_that_expired_is_noted_and_trusted():
    vector = VECTORS["aws-sns-1"]
    secret = Secret("aws-sns", "", vector["secret"])
    verdict = explain(to_delivery(vector), PROVIDERS.demand("aws-sns"), [secret], NOW)
    assert verdict.state == "verified"
    assert any("expired on 2022-08-17" in note for note in verdict.notes)


def test_a_milliseconds_timestamp_is_told_from_a_wrong_clock():
    found = PROVIDERS.demand("slack")
    secret = Secret("slack", "", "s")
    delivery = sign(make_delivery(headers=()), found, secret, NOW * 1000)
    assert ids(explain(delivery, found, [secret], NOW)) == ["timestamp-unit", "timestamp-future"]


HOSTILE = st.text(alphabet=st.characters(max_codepoint=255), max_size=120)


@settings(max_examples=40, deadline=None)
@given(
    name=st.sampled_from([one.name for one in PROVIDERS]),
    value=HOSTILE,
    body=st.one_of(st.binary(max_size=200), st.sampled_from([b"[" * 3000, b'{"a":1e999,"b":-0}', b"a=%ff&b=%00"])),
    url=HOSTILE,
    secret=st.binary(min_size=1, max_size=40),
)
def test_hostile_bytes_never_raise(name, value, body, url, secret):
    found = PROVIDERS.demand(name)
    headers = [(header.replace("*", "1"), value) for scheme in found.schemes for header in scheme.headers]
    headers += [(scheme.timestamp.partition(".")[2] or "X", value) for scheme in found.schemes]
    delivery = make_delivery(headers=(*headers, ("Content-Encoding", "gzip"), ("Host", value)), body=body, url=url)
    budget = Budget(candidates=150)
    explain(delivery, found, [Secret(name, "", secret)], NOW, [Secret("x", "", b"\xff")], budget=budget)


def test_a_new_test_key_is_not_the_old_one():
    assert new_private_pem("ed25519") != new_private_pem("ed25519")


HAND_ROWS = {row.name: row for row in ROWS}


BY_HAND = ("stripe", "square", "twitch", "adyen", "openai")


@pytest.mark.parametrize("name", BY_HAND)
def test_mistakes_made_by_hand_are_named_and_no_wrong_one(name):
    row, provider = HAND_ROWS[name], PROVIDERS.demand(name)
    missed = []
    mine = dealt(name, BY_HAND, single(row), lambda case: case.mistakes == {"body-reserialized"})
    for case in (*mine, *pairs(row, 2)):
        others = [Secret(name, "other", value) for value in case.others]
        secret = Secret(name, "", case.secret)
        found = set(ids(searched(name, BY_HAND, case.mistakes, case.delivery, provider, secret, case.now, others)))
        is_named = case.mistakes <= found if case.both else bool(case.mistakes & found)
        missed += [] if is_named else [(case.what, found)]
    assert missed == []


def test_a_mistake_of_any_of_several_secrets_is_found():
    maker, delivery = made("github", key=b"second \n", body=b'{"a": 1}')
    secrets = [Secret("github", str(number), f"unrelated {number}") for number in range(3)]
    secrets.append(Secret("github", "", b"second"))
    _, signed = made("github", key=b"second\n")
    assert ids(explain(signed, maker.provider, secrets, NOW)) == ["secret-whitespace"]
    assert ids(explain(delivery, maker.provider, secrets, NOW))[0] == "body-changed"


def test_a_right_legacy_signature_explains_nothing_of_the_better_one():
    found, secret = PROVIDERS.demand("github"), Secret("github", "", "s")
    legacy = sign(make_delivery(body=b'{"a":1}'), found, secret, NOW, scheme=found.scheme("github-sha1"))
    better = sign(make_delivery(body=b'{"a": 1}'), found, secret, NOW, scheme=found.scheme("github"))
    both = replace(legacy, headers=(*legacy.headers, better.headers[-1]))
    verdict = explain(both, found, [secret], NOW)
    assert (verdict.scheme, ids(verdict)) == ("github", ["body-reserialized"])


def test_zendesks_secret_for_test_deliveries_is_known():
    found = PROVIDERS.demand("zendesk")
    delivery = sign(make_delivery(), found, Secret("zendesk", "", found.secret.known[0]), NOW)
    verdict = explain(delivery, found, [Secret("zendesk", "", "my own secret")], NOW)
    assert ids(verdict) == ["secret-of-other"]
    assert "for test deliveries" in verdict.mistakes[0].detail


def test_paypals_simulator_has_a_webhook_id_of_its_own():
    found = PROVIDERS.demand("paypal")
    private, public = make_test_key("paypal", found.schemes[0])
    delivery = sign(make_delivery(), found, private, NOW, params={"webhook_id": "WEBHOOK_ID"})
    verdict = explain(delivery, found, [public], NOW, params={"webhook_id": "WH-1"})
    assert ids(verdict) == ["parameter-other"]
    assert "WEBHOOK_ID" in verdict.mistakes[0].detail


def test_twilios_hash_of_another_body_is_explained_by_the_body():
    found, secret = PROVIDERS.demand("twilio"), Secret("twilio", "", "token")
    url = "https://x.example/hook?bodySHA256=00"
    unsigned = make_delivery(headers=(), body=b'{"a":1}', target="/hook?bodySHA256=00", url=url)
    delivery = sign(unsigned, found, secret, NOW)
    assert explain(delivery, found, [secret], NOW).state == "verified"
    for body, mistake in ((b'{"a":1}\n', "body-newline-removed"), (b'{"a":2}', "body-changed")):
        assert ids(explain(replace(delivery, body=body), found, [secret], NOW))[0] == mistake


@pytest.mark.parametrize(
    ("provider", "value", "secret", "mistake"),
    [
        ("gitlab", "token-in-full", "token-in", "secret-truncated"),
        ("okta", "Bearer my-secret", "my-secret", "prefix-other"),
        ("okta", "my-secret", "my%2Dsecret", "secret-url-encoded"),
    ],
)
def test_a_shared_tokens_form_is_explained(provider, value, secret, mistake):
    found = PROVIDERS.demand(provider)
    name = "X-Gitlab-Token" if provider == "gitlab" else "Authorization"
    delivery = make_delivery(headers=((name, value),))
    assert ids(explain(delivery, found, [Secret(provider, "", secret)], NOW)) == [mistake]


@pytest.mark.parametrize("name", ["discord", "telnyx", "wise", "sendgrid"])
def test_a_cut_signature_of_a_public_key_is_told(name):
    found = PROVIDERS.demand(name)
    private, public = make_test_key(name, found.schemes[0])
    delivery = sign(make_delivery(), found, private, NOW)
    cut = tuple(
        (key, value[:-8]) if key in found.schemes[0].headers else (key, value) for key, value in delivery.headers
    )
    assert ids(explain(replace(delivery, headers=cut), found, [public], NOW)) == ["signature-truncated"]


def test_a_provider_that_signs_nothing_has_no_mistakes():
    verdict = explain(make_delivery(headers=()), PROVIDERS.demand("zapier"), [], NOW)
    assert (verdict.state, verdict.mistakes, verdict.notes) == ("unsigned", (), ("Zapier signs nothing.",))
