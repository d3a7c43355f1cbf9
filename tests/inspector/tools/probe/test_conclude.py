from __future__ import annotations

from dataclasses import replace

import pytest

from factories import NOW, make_delivery
from hookscope.model.capture import Attempt, Capture
from hookscope.model.finding import Finding
from hookscope.model.secret import Secret
from hookscope.tools.probe.conclude import MEANINGS, conclude
from hookscope.tools.probe.plan import Situation
from hookscope.tools.probe.probe import Probe, ProbeOutcome
from hookscope_relay.delivery import Answer


def attempt(status, headers=()):
    answer = Answer(status=status, headers=headers)
    return Attempt(number=1, origin="probe", handler_url="http://localhost:1", started_at=NOW, answer=answer)


def outcome(name, status, note="", headers=()):
    return ProbeOutcome(Probe(name=name, title=name, tells=""), attempt(status, headers), note)


SITUATION = Situation(capture=Capture(delivery=make_delivery(), attempts=(attempt(401),)))


def proofs(*outcomes):
    return [(conclusion.proof, conclusion.probes) for conclusion in conclude(SITUATION, outcomes)]


@pytest.mark.parametrize("name", MEANINGS)
def test_a_probe_that_is_accepted_proves_its_cause(name):
    found = conclude(SITUATION, (outcome("again", 401), outcome(name, 200)))
    assert (found[0].proof, found[0].probes) == ("proved", (name,))
    assert MEANINGS[name].accepted in found[0].text
    assert found[0].hint


def test_what_makes_no_difference_is_ruled_out_together():
    found = proofs(outcome("again", 401), outcome("other-slash", 401), outcome("content-type", 401))
    assert found == [("ruled-out", ("again",)), ("ruled-out", ("other-slash", "content-type"))]


def test_another_refusal_is_left_open():
    assert proofs(outcome("again", 401), outcome("preserved-host", 404))[0] == ("open", ("preserved-host",))


def test_a_fault_that_has_passed_ends_the_comparison():
    assert proofs(outcome("again", 200), outcome("other-slash", 200)) == [("proved", ("again",))]


def test_a_fresh_signature_that_is_accepted_tells_of_the_old_one():
    (found,) = conclude(SITUATION, (outcome("again", 200, "signed with …"),))
    assert "its own signature" in found.text


def test_a_varying_answer_is_left_open():
    assert proofs(outcome("again", 500)) == [("open", ("again",))]


def test_allowed_methods_without_post_prove_a_wrong_route():
    options = outcome("options", 204, headers=(("Allow", "GET, HEAD"),))
    found = conclude(SITUATION, (outcome("again", 405), options))
    assert found[0].proof == "proved"
    assert found[0].text == "the path takes GET, HEAD, and not POST"
    assert proofs(outcome("again", 401), outcome("options", 404))[0][0] == "open"


def test_what_passes_unchanged_after_the_probes_proves_nothing():
    found = conclude(SITUATION, (outcome("again", 401), outcome("content-type", 200), outcome("control", 200)))
    assert ("open", ("again", "control")) in [(conclusion.proof, conclusion.probes) for conclusion in found]
    assert not any(conclusion.proof == "proved" for conclusion in found)
    kept = conclude(SITUATION, (outcome("again", 401), outcome("content-type", 200), outcome("control", 401)))
    assert (kept[0].proof, kept[0].probes) == ("proved", ("content-type",))


KEPT, OTHER = Secret("notion", "default", "kept"), Secret("notion", "NOTION_TOKEN", "other")
DISAGREES = Finding(
    code="signature.handler-disagrees",
    severity="error",
    cause="handler-check-disagrees",
    layer="handler",
    title="t",
    hint="h",
)


def refused(*in_env):
    """What is concluded where nothing makes a difference to a signature that is refused."""
    situation = replace(SITUATION, secrets=(KEPT,), in_env=in_env)
    again = replace(outcome("again", 401, "signed"), finding=DISAGREES)
    return [
        one
        for one in conclude(situation, (again, outcome("re-serialised", 401), outcome("preserved-host", 401)))
        if one.proof == "left"
    ]


@pytest.mark.parametrize(
    ("in_env", "hint"),
    [
        ((), "hookscope secret list --dotenv .env"),
        ((OTHER,), f".env has NOTION_TOKEN ({OTHER.fingerprint}), which is another one"),
        ((Secret("notion", "HOOK", "kept"),), f".env has it as HOOK ({KEPT.fingerprint})"),
    ],
)
def test_elimination_leaves_another_secret_and_says_what_to_compare(in_env, hint):
    (left,) = refused(*in_env)
    assert KEPT.fingerprint in left.text
    assert hint in left.hint
    assert "kept" not in left.hint


@pytest.mark.parametrize(
    "outcomes",
    [
        (outcome("again", 401), outcome("re-serialised", 401)),
        (replace(outcome("again", 401, "signed"), finding=DISAGREES), outcome("preserved-host", 401)),
        (replace(outcome("again", 401, "signed"), finding=DISAGREES), outcome("re-serialised", 403)),
        (replace(outcome("again", 401, "signed"), finding=DISAGREES), outcome("re-serialised", 200)),
    ],
)
def test_nothing_is_left_over_where_a_cause_is_open_or_proved(outcomes):
    assert "left" not in {one.proof for one in conclude(replace(SITUATION, secrets=(KEPT,)), outcomes)}
