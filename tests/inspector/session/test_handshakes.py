"""What a handshake's token becomes, and what is shown of it."""

from __future__ import annotations

from typing import Any

import pytest

from factories import make_delivery
from hookscope.model.verdict import Recognition
from hookscope.session.handshakes import see_handshake

NOTION = make_delivery(body=b'{"verification_token":"secret_abc"}')
TOKEN = Recognition(provider="notion", handshake="verification-token")


class FakeExplainer:
    """Knows the secrets that it is given."""

    def __init__(self, *known: str) -> None:
        self.known = list(known)

    def knows_secret(self, provider: str, token: str) -> bool:
        return token in self.known

    def has_secret(self, provider: str) -> bool:
        return bool(self.known)

    def keep_secret(self, provider: str, token: str) -> str:
        state = "candidate" if self.known else "kept"
        self.known.append(token)
        return state


@pytest.mark.parametrize(
    ("known", "keeps", "state"),
    [
        ((), False, "asked"),
        ((), True, "kept"),
        (("other",), False, "candidate"),
        (("other",), True, "candidate"),
        (("secret_abc",), False, "kept"),
    ],
)
def test_a_token_is_kept_where_it_may_be_and_asked_for_otherwise(
    known: tuple[str, ...], keeps: bool, state: str
) -> None:
    explainer: Any = FakeExplainer(*known)
    seen = see_handshake(NOTION, TOKEN, 7, explainer, keeps=keeps)
    assert seen is not None
    assert (seen.kept, seen.token, seen.instruction, seen.number) == (state, "secret_abc", "", 7)
    assert ("secret_abc" in explainer.known) is (keeps or state == "kept")


def test_any_other_delivery_is_none() -> None:
    explainer: Any = FakeExplainer()
    assert see_handshake(NOTION, Recognition(provider="notion"), 1, explainer, keeps=True) is None
    assert explainer.known == []
