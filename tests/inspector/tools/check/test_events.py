from __future__ import annotations

import json

import pytest

from checking_bench import correct, drive, hang_up, make_kit, say
from hookscope.tools.check.events import percentile
from hookscope.tools.check.table import BY_NAME, proceed

KIT = make_kit()
GOOD = correct(KIT)


def judge(name, handle, kit=KIT):
    return drive(proceed(BY_NAME[name], kit), handle)[0]


def parses(delivery):
    """As the correct one, but whatever is no JSON breaks it."""
    try:
        json.loads(delivery.body)
    except ValueError:
        return say(500)
    return GOOD(delivery)


# The check, a handler, and what is said of it.
CASES = (
    ("malformed-json", GOOD, "passed"),
    ("malformed-json", parses, "failed"),
    ("malformed-json", lambda _: say(200), "warning"),
    ("empty-body", parses, "failed"),
    ("empty-body", lambda _: say(200), "warning"),
    ("empty-body", lambda _: hang_up(), "failed"),
    ("content-type", GOOD, "passed"),
    ("content-type", lambda _: say(415), "passed"),
    ("content-type", lambda _: say(500), "failed"),
    ("large-body", GOOD, "passed"),
    ("large-body", lambda _: say(413), "warning"),
    ("large-body", lambda _: hang_up(), "failed"),
    ("methods", GOOD, "passed"),
    ("methods", lambda delivery: say(500 if delivery.method == "GET" else 200), "failed"),
    ("unknown-event", GOOD, "passed"),
    ("unknown-event", lambda delivery: say(400 if b"hookscope" in delivery.body else 200), "failed"),
    ("slash", GOOD, "passed"),
    ("slash", lambda delivery: say(200 if delivery.target == "/hook/" else 404), "failed"),
    ("slash", lambda _: say(308, headers=(("Location", "/elsewhere"),)), "failed"),
    ("slash", lambda delivery: say(500 if delivery.target == "/hook/" else 200), "warning"),
    ("burst", GOOD, "passed"),
    ("burst", lambda _: say(200, elapsed_ms=11_000), "warning"),
    ("burst", lambda _: say(503), "failed"),
    ("speed", GOOD, "passed"),
    ("speed", lambda _: say(200, elapsed_ms=6_000), "warning"),
    ("speed", lambda _: say(200, elapsed_ms=11_000), "failed"),
    ("same-event-twice", GOOD, "passed"),
)


@pytest.mark.parametrize(("name", "handle", "state"), CASES)
def test_a_handler_is_judged_by_what_it_answers(name, handle, state):
    judgement = judge(name, handle)
    assert judgement.state == state
    assert judgement.evidence
    assert bool(judgement.hint) == (state != "passed")


def test_the_second_of_two_equal_deliveries_must_be_accepted_too():
    replies = iter((say(200), say(500)))
    judgement = judge("same-event-twice", lambda _: next(replies))
    assert (judgement.state, judgement.evidence) == ("failed", ("first HTTP 200, then HTTP 500",))


def test_a_slow_handler_is_not_asked_more_often_than_needed():
    asked = []
    judge("speed", lambda delivery: asked.append(delivery) or say(200, elapsed_ms=20_000))
    assert len(asked) == 5


def test_the_large_body_is_a_megabyte_and_signed():
    seen = []
    judge("large-body", lambda delivery: seen.append(delivery) or GOOD(delivery))
    assert abs(len(seen[0].body) - (1 << 20)) < 100


def test_p95_is_the_value_that_19_of_20_stay_within():
    assert percentile(list(range(1, 21)), 0.95) == 19
    assert percentile([7.0], 0.95) == 7.0


def test_a_handler_at_the_root_has_no_other_spelling():
    kit = make_kit(target="/")
    judgement = judge("slash", correct(kit), kit)
    assert (judgement.state, len(judgement.evidence)) == ("passed", 1)
