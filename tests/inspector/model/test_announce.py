import pytest

from factories import NOW, make_delivery
from hookscope.model.announce import attempted, captured, gap, refused, settled
from hookscope.model.capture import Attempt, Failure
from hookscope.model.verdict import Recognition
from hookscope_relay import wire
from hookscope_relay.delivery import Answer

DELIVERY = make_delivery()


@pytest.mark.parametrize(
    ("origin", "owed", "missed"), [("live", False, False), ("backlog", True, False), ("backlog", False, True)]
)
def test_backlog_that_is_not_owed_was_missed(origin, owed, missed):
    event = captured(DELIVERY, 7, Recognition(provider="notion", event_type="page.created"), origin, owed=owed, at=NOW)
    assert (event.number, event.provider, event.bytes, event.missed) == (7, "notion", len(DELIVERY.body), missed)


@pytest.mark.parametrize(
    ("outcome", "status", "failure"),
    [({"answer": Answer(status=418)}, 418, ""), ({"failure": Failure(kind="refused", detail="why")}, None, "refused")],
)
def test_an_attempt_ended_with_a_status_or_a_failure(outcome, status, failure):
    attempt = Attempt(number=2, origin="live", handler_url="http://x/", started_at=NOW, elapsed_ms=3.5, **outcome)
    event = attempted(DELIVERY, 7, attempt, NOW)
    assert (event.attempt, event.status, event.failure, event.elapsed_ms) == (2, status, failure, 3.5)


@pytest.mark.parametrize(("status", "said"), [(0, None), (504, 504)])
def test_a_wait_that_ended_without_a_status_has_none(status, said):
    frame = wire.Settled(seq=1, how="expired", status=status, by="relay", waited_ms=25000)
    assert settled(frame, "id", NOW).status == said


def test_what_is_gone_and_what_was_turned_away_is_passed_on():
    gone = gap(wire.Gap(after=3, until=7, reason="age"), NOW)
    assert (gone.at, gone.after, gone.until, gone.reason) == (NOW, 3, 7, "age")
    away = refused(wire.Refused(problem="rate-limited", method="POST", target="/a", size=5), NOW)
    assert (away.at, away.problem, away.method, away.target, away.size) == (NOW, "rate-limited", "POST", "/a", 5)
