from __future__ import annotations

from dataclasses import replace

import pytest

from factories import NOW, make_delivery
from hookscope.model.capture import Attempt, Capture, Failure
from hookscope.model.errors import RefusedForSafety
from hookscope.model.stream_note import StreamNote
from hookscope.tools.redaction.placeholders import Placeholders
from hookscope.tools.redaction.redactor import Redactor
from hookscope.tools.save.make import make_fixture
from hookscope_relay.delivery import Answer

REDACTOR = Redactor(Placeholders(b"k"))
ATTEMPT = Attempt(number=1, origin="live", handler_url="http://127.0.0.1/", started_at=NOW)


def test_attempts_and_the_url_are_left_out() -> None:
    capture = Capture(delivery=make_delivery(url="https://relay.example/e/x"), attempts=(ATTEMPT,), provider="notion")
    fixture = make_fixture(capture, None)
    assert (fixture.attempts, fixture.delivery.url, fixture.provider) == ((), "", "notion")
    assert make_fixture(capture, None, keep_url=True).delivery == capture.delivery


ANSWERED = replace(ATTEMPT, answer=Answer(status=200, headers=(("Set-Cookie", "a=secret"),), body=b'{"ok":1}'))
LARGE = StreamNote(size=5_000_000)


@pytest.mark.parametrize(
    ("attempts", "kept"),
    [
        ((ANSWERED, replace(ANSWERED, number=2, origin="replay", answer=Answer(status=500))), 200),
        ((replace(ANSWERED, origin="replay"),), 200),
        ((), None),
        ((ATTEMPT,), None),
        ((replace(ATTEMPT, failure=Failure(kind="refused", detail="x")),), None),
        ((replace(ANSWERED, answered_by="inspector"),), None),
        ((replace(ANSWERED, stream=LARGE),), None),
        ((replace(ANSWERED, answer=Answer(status=200, headers=(("Content-Encoding", "zip"),), body=b"x")),), None),
    ],
    ids=["the sender's", "a replay's", "none", "unknown", "a failure", "ours", "not whole", "cannot be searched"],
)
def test_the_recorded_answer_stays_without_place_and_time(attempts: tuple[Attempt, ...], kept: int | None) -> None:
    capture = Capture(delivery=make_delivery(), attempts=attempts)
    found = make_fixture(capture, REDACTOR, answer=True).attempts
    assert [one.answer.status for one in found if one.answer] == ([] if kept is None else [kept])
    for one in found:
        assert (one.handler_url, one.started_at, one.elapsed_ms) == ("", capture.delivery.received_at, 0.0)
        assert one.answer is not None
        assert "secret" not in dict(one.answer.headers)["Set-Cookie"]


def test_without_a_redactor_every_byte_stays() -> None:
    delivery = make_delivery(url="", headers=(("Authorization", "Bearer abc"),), body=b'{"password":"\xff"}')
    assert make_fixture(Capture(delivery=delivery), None).delivery == delivery


def test_with_one_the_secrets_go() -> None:
    delivery = make_delivery(url="", headers=(("Authorization", "Bearer abc"),))
    assert make_fixture(Capture(delivery=delivery), REDACTOR).redacted == ("header:Authorization",)


def test_a_body_that_cannot_be_searched_is_refused() -> None:
    delivery = make_delivery(headers=(("Content-Encoding", "zip"),), body=b"x")
    with pytest.raises(RefusedForSafety, match="--keep-bytes"):
        make_fixture(Capture(delivery=delivery), REDACTOR)
