from __future__ import annotations

import pytest

from factories import NOW, make_delivery
from hookscope.model.capture import Attempt, Capture
from hookscope.model.errors import RefusedForSafety
from hookscope.tools.redaction.placeholders import Placeholders
from hookscope.tools.redaction.redactor import Redactor
from hookscope.tools.save.make import make_fixture

REDACTOR = Redactor(Placeholders(b"k"))
ATTEMPT = Attempt(number=1, origin="live", handler_url="http://127.0.0.1/", started_at=NOW)


def test_attempts_and_the_url_are_left_out() -> None:
    capture = Capture(delivery=make_delivery(url="https://relay.example/e/x"), attempts=(ATTEMPT,), provider="notion")
    fixture = make_fixture(capture, None)
    assert (fixture.attempts, fixture.delivery.url, fixture.provider) == ((), "", "notion")
    assert make_fixture(capture, None, keep_url=True).delivery == capture.delivery


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
