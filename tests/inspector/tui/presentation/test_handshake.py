from __future__ import annotations

import pytest

from hookscope.model.events import HandshakeSeen, HandshakeState
from hookscope.tui.presentation.handshake import handshake_document, provider_name

TOKEN = "secret_" + "a1B2" * 12


def seen(kept: HandshakeState = "asked", **changes: str) -> HandshakeSeen:
    return HandshakeSeen(at=0.0, id="a", number=3, **({"provider": "notion", "token": TOKEN, "kept": kept} | changes))  # type: ignore[arg-type]


def test_the_token_stands_alone_with_what_to_do_with_it() -> None:
    lines = handshake_document(seen(), 70).text(70).splitlines()
    assert TOKEN in [text.strip() for text in lines]
    assert "In Notion, open the subscription and paste this under Verify." in lines


@pytest.mark.parametrize(
    ("kept", "text"),
    [
        ("asked", "Keep it as Notion's signing secret"),
        ("kept", "It is kept as Notion's signing secret"),
        ("candidate", "replaces nothing"),
    ],
)
def test_the_question_depends_on_what_is_known(kept: HandshakeState, text: str) -> None:
    assert text in handshake_document(seen(kept), 100).text(100)


def test_a_narrow_screen_shows_the_whole_token() -> None:
    text = handshake_document(seen(), 30).text(30)
    assert TOKEN in "".join(part.strip() for part in text.splitlines())


def test_a_provider_that_we_have_no_words_for_is_named() -> None:
    assert "Acme sent its verification token" in handshake_document(seen(provider="acme"), 60).text()
    assert provider_name("\x1b") == "␛"


def test_a_hostile_token_is_inert() -> None:
    text = handshake_document(seen(token="\x1b]52;c;eA==\x07"), 60).text()
    assert text.replace("\n", "").isprintable()
