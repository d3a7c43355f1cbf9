from __future__ import annotations

from pathlib import Path

import pytest

from hookscope.apps.welcome import at_home, farewell, secrets_in_words, welcome
from hookscope.model.secret import Secret
from sessions import make_plan


def test_the_beginning_says_where_captures_are_which_secrets_are_known_and_how_to_stop(tmp_path: Path) -> None:
    plan = make_plan(tmp_path, "http://127.0.0.1:1", environ={"HOOKSCOPE_SECRET_NOTION": "sekret"})
    told = dict(welcome(plan))
    assert list(told) == ["Captures", "Secrets", "Stop"]
    assert str(plan.places.captures) in told["Captures"]
    assert told["Secrets"] == f"notion ({Secret('', '', 'sekret').fingerprint})"
    assert "sekret" not in str(told)
    assert "Ctrl-C" in told["Stop"]


def test_without_a_secret_it_says_how_to_give_one() -> None:
    assert "`hookscope secret set PROVIDER`" in secrets_in_words(())


def test_many_secrets_are_counted_and_hostile_names_are_inert() -> None:
    said = secrets_in_words([Secret("a\x1b[2J", f"n{number}", f"{number}") for number in range(9)])
    assert said.endswith(" and 3 more")
    assert "\x1b" not in said


@pytest.mark.parametrize(("captured", "says"), [(2, "`hookscope show last`"), (0, "0 captured in this session")])
def test_the_end_says_how_to_see_them_again(captured: int, says: str) -> None:
    said = farewell(captured, Path("/elsewhere/captures.db"))
    assert says in said
    assert ("/elsewhere/captures.db" in said) == bool(captured)


def test_a_path_below_the_home_is_short() -> None:
    assert at_home(Path.home() / "a/b.db") == "~/a/b.db"
    assert at_home(Path("/elsewhere/b.db")) == "/elsewhere/b.db"
