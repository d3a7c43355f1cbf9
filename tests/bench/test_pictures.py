"""The pictures' deliveries and the recorded session: what anybody who looks at them is told."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from hookscope.model.capture_file import from_mapping

ROOT = Path(__file__).resolve().parent.parent.parent
SCREENS = ROOT / "docs/screens"
NAMESPACES = {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}


def test_the_recorded_deliveries_are_captures_of_real_answers() -> None:
    captures = [from_mapping(one) for one in json.loads((ROOT / "bench/deliveries.json").read_text("utf-8"))]
    outcomes = [one.attempts[0].answer.status if one.attempts[0].answer else "refused" for one in captures]
    assert outcomes == [301, 200, 403, "refused", 200, 200, 301]
    assert all((one.delivery.url or "").startswith("https://relay.example.com/") for one in captures)


def test_the_recorded_session_is_an_asciicast() -> None:
    head, *pieces = [json.loads(line) for line in (SCREENS / "demo.cast").read_text("utf-8").splitlines()]
    assert (head["version"], head["width"], head["height"]) == (2, 100, 30)
    assert pieces[0][0] < 1
    assert [piece[0] for piece in pieces] == sorted(piece[0] for piece in pieces)
    assert {piece[1] for piece in pieces} == {"o"}
    assert "redirect.login" in "".join(piece[2] for piece in pieces)


@pytest.mark.parametrize("picture", sorted(path.name for path in SCREENS.glob("*.svg")))
def test_a_picture_runs_nothing_and_fetches_nothing(picture: str) -> None:
    text = (SCREENS / picture).read_text("utf-8")
    assert "<script" not in text
    assert not re.search(r"@import|(?:href|src)=|url\((?!#|['\"]?#)", text)
