from typing import Any

import pytest

from factories import NOW, make_key
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
