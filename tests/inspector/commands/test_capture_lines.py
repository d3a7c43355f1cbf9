"""The lines that show a capture: what a person reads of it, and that none of its bytes steers a terminal."""

from __future__ import annotations

import pytest

from factories import make_delivery
from hookscope.commands.capture_lines import SHOWN_BYTES, render, render_calls, render_message
from hookscope.model.capture import Capture
from hookscope_relay.delivery import Headers


@pytest.mark.parametrize(
    ("headers", "body", "lines"),
    [
        ((), b"", []),
        ((("X-A", "\x1b[2J"),), b"", ["X-A: ␛[2J"]),
        ((("Content-Type", "application/json"),), b'{"a":1}', ["Content-Type: application/json", "", '{\n  "a": 1\n}']),
        ((), b"plain\x1b[2J", ["", "plain␛[2J"]),
        ((), b"\x00\x01", ["", "00000000  00 01                                             ··"]),
    ],
    ids=["empty", "header", "json", "text", "bytes"],
)
def test_a_message(headers: Headers, body: bytes, lines: list[str]) -> None:
    assert list(render_message(headers, body)) == lines


def test_of_a_long_body_is_said_how_much_is_left() -> None:
    assert list(render_message((), b"x" * (SHOWN_BYTES + 3)))[-1] == "… 3 bytes more; --body writes all of them"


def test_credentials_are_hidden_until_they_are_asked_for() -> None:
    capture = Capture(delivery=make_delivery(headers=(("Authorization", "Bearer s3cret-s3cret"),)), attempts=())
    hidden, whole = ("\n".join(render(7, capture, None, (), reveal=reveal)) for reveal in (False, True))
    assert "s3cret" not in hidden
    assert "`hookscope show 7 --reveal`" in hidden
    assert "Authorization: Bearer s3cret-s3cret" in whole
    assert "--reveal" not in whole


def test_a_delivery_that_caused_no_call_says_what_would_have_let_one_pass() -> None:
    assert list(render_calls(7, (), 0.0)) == [
        "#7 caused no call that passed hookscope: `hookscope listen --api notion` lets them pass"
    ]
