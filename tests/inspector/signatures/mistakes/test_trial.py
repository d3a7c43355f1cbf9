from __future__ import annotations

import time

import pytest

from hookscope.model.secret import Secret
from hookscope.providers.facts import Facts
from hookscope.providers.registry import load_providers
from hookscope.signatures.material import Material
from hookscope.signatures.mistakes.budget import Budget, Meter
from hookscope.signatures.mistakes.of_headers import read_leniently
from hookscope.signatures.mistakes.trial import Trial
from vectors.hand_signed import PLAIN_BODY, ROWS, Made, delivery

ROW = next(row for row in ROWS if row.name == "github")


def ask(made: Made, judged: str = "github") -> Trial:
    """A question about a delivery of GitHub's, of which a scheme was judged."""
    provider = load_providers().demand("github")
    scheme = provider.scheme("github")
    facts = Facts(delivery(ROW, PLAIN_BODY, made))
    meter = Meter(Budget(), time.monotonic, None, time.monotonic())
    secret = Secret("github", "", ROW.value)
    return Trial(
        provider, scheme, secret, (), Material(facts), read_leniently(scheme, facts), meter, provider.scheme(judged)
    )


def test_a_right_signature_of_the_judged_scheme_holds():
    question = ask(Made())
    question.as_it_is()
    assert (question.meter.holds, question.is_settled, question.meter.found) == (True, False, [])


def test_a_right_signature_of_another_scheme_settles_only_its_own_question():
    question = ask(Made(), "github-sha1")
    question.as_it_is()
    assert (question.meter.holds, question.is_settled, question.meter.found) == (False, True, [])


@pytest.mark.parametrize(
    ("made", "phase", "mistake"),
    [
        (Made(written=lambda raw: raw.hex().upper()), "as_it_is", "encoding-case"),
        (Made(shaped=lambda stamp, text: f"sha256={text[:40]}"), "as_it_is", "signature-truncated"),
        (Made(key=b" " + ROW.value.encode()), "single", "secret-whitespace"),
        (Made(algorithm="sha512"), "single", "algorithm-other"),
        (Made(algorithm="sha512", key=ROW.value.encode() + b"\n"), "likely_pairs", "algorithm-other"),
        (Made(key=ROW.value.encode() + b"x"), "cut_secret", "secret-truncated"),
    ],
)
def test_a_phase_finds_its_mistakes(made, phase, mistake):
    question = ask(made)
    getattr(question, phase)()
    assert mistake in {name for faults in question.meter.found for name, _ in faults}


def test_what_was_tried_in_vain_is_ruled_out():
    question = ask(Made(key=b"quite another"))
    question.single()
    assert question.meter.found == []
    assert question.meter.forms["the secret"] > 50
