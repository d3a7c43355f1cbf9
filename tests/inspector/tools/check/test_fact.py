from __future__ import annotations

from typing import Any

import pytest

from checking_bench import hang_up, say
from hookscope.model.capture import Failure
from hookscope.tools.check.fact import Fact, HandlerReply, ask, inapplicable
from hookscope_relay.delivery import Answer


@pytest.mark.parametrize(
    ("reply", "accepted", "refused", "broke"),
    [
        (say(204), True, False, False),
        (say(302), False, False, False),
        (say(401), False, True, False),
        (say(503), False, False, True),
        (hang_up(), False, False, True),
        (HandlerReply(), False, False, True),
    ],
)
def test_a_reply_is_accepted_refused_or_broken(reply, accepted, refused, broke):
    assert (reply.accepted, reply.refused, reply.broke) == (accepted, refused, broke)


def test_what_a_handler_said_is_inert():
    assert "\x1b" not in HandlerReply(answer=Answer(status=500, reason="\x1b[2J")).said
    assert "\x1b" not in HandlerReply(failure=Failure(kind="bad-response", detail="\x1b]0;x\x07")).said
    assert HandlerReply().said == "no answer"


def test_a_failure_that_follows_from_another_is_no_fault():
    values: dict[str, Any] = {"name": "a", "group": "g", "line": "l"}
    assert Fact(**values, state="failed").is_fault
    assert not Fact(**values, state="failed", because="b").is_fault
    assert not Fact(**values, state="warning").is_fault


def test_what_does_not_apply_is_skipped():
    assert (inapplicable("x").state, inapplicable("x").applies) == ("skipped", False)


def test_asking_sends_one_and_gives_its_reply():
    steps = ask("a delivery")  # type: ignore[arg-type]
    assert next(steps) == ("a delivery",)
    with pytest.raises(StopIteration) as end:
        steps.send((say(200),))
    assert end.value.value.status == 200
