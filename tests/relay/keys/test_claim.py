from typing import Any

import pytest

from factories import NOW, make_key, make_ring
from hookscope_relay.keys.claim import ClaimRefused, build_claim, check_claim, parse_claim

KEY = make_key()
ORIGIN = "https://relay.example"
TARGET = f"/-/session/{KEY.id}?after=new"
SESSION, NONCE = bytes(16), b"n" * 16


def claim_text(**changes):
    values: dict[str, Any] = {
        "key": KEY,
        "origin": ORIGIN,
        "target": TARGET,
        "session": SESSION,
        "now": NOW,
        "nonce": NONCE,
    }
    return build_claim(**values | changes)


def check(text, **changes):
    values: dict[str, Any] = {"endpoint": KEY.id, "origin": ORIGIN, "target": TARGET, "now": NOW}
    check_claim(parse_claim(text), **values | changes)


def test_a_claim_by_the_owner_holds():
    check(claim_text())
    check(claim_text(), now=NOW + 60)


def test_its_form_never_changes():
    assert claim_text().startswith('Hookscope v="1", key="')
    assert f'time="{int(NOW)}"' in claim_text()


@pytest.mark.parametrize(
    ("made", "checked", "problem"),
    [
        ({"key": make_key(2)}, {}, "claim-key"),
        ({}, {"endpoint": make_key(2).id}, "claim-key"),
        ({"now": NOW - 62}, {}, "claim-clock"),
        ({"now": NOW + 62}, {}, "claim-clock"),
        ({"origin": "https://other.example"}, {}, "claim-signature"),
        ({"target": TARGET + "&mode=watch"}, {}, "claim-signature"),
    ],
)
def test_a_claim_that_does_not_hold_says_which_check_failed(made, checked, problem):
    with pytest.raises(ClaimRefused) as caught:
        check(claim_text(**made), **checked)
    assert caught.value.problem == problem


def altered(name):
    text = claim_text()
    return {
        "another scheme": text.replace("Hookscope ", "Bearer "),
        "another version": text.replace('v="1"', 'v="2"'),
        "no signature": text.rpartition(",")[0],
        "a repeated parameter": text + ', v="1"',
        "a cut signature": text[:-2] + '"',
        "padding": text.replace('", sig', '=", sig'),
        "time that is no number": text.replace(f'time="{int(NOW)}"', 'time="now"'),
        "no quotes": text.replace('"', ""),
        "a rotation that is none": text + ', from="x"',
        "empty": "",
        "very long": text + ', x="' + "a" * 3000 + '"',
    }[name]


@pytest.mark.parametrize(
    "name",
    [
        "another scheme",
        "another version",
        "no signature",
        "a repeated parameter",
        "a cut signature",
        "padding",
        "time that is no number",
        "no quotes",
        "a rotation that is none",
        "empty",
        "very long",
    ],
)
def test_a_claim_of_another_form_is_malformed(name):
    with pytest.raises(ClaimRefused) as caught:
        parse_claim(altered(name))
    assert caught.value.problem == "claim-malformed"


def test_an_altered_time_breaks_the_signature():
    with pytest.raises(ClaimRefused) as caught:
        check(claim_text().replace(str(int(NOW)), str(int(NOW) + 1)))
    assert caught.value.problem == "claim-signature"


def test_an_unknown_parameter_is_ignored():
    check(claim_text() + ', future="yes"')


def test_a_key_that_the_endpoint_was_handed_to_claims_it():
    ring = make_ring().rotated(bytes([2]) * 32)
    assert parse_claim(claim_text()).generation == 0
    assert parse_claim(claim_text(key=ring.current)).generation == 1
    check(claim_text(key=ring.current))
    with pytest.raises(ClaimRefused, match="claim-key"):
        check(claim_text(key=ring.current), endpoint=make_key(3).id)


def test_a_key_to_seal_to_that_everybody_can_open_is_malformed():
    class Weak:
        public, signing, id, first, generation = KEY.public, KEY.signing, KEY.id, KEY.first, KEY.generation
        seal = bytes(32)

    with pytest.raises(ClaimRefused, match="claim-malformed"):
        check(claim_text(key=Weak()))
