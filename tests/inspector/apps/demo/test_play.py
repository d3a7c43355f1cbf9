from __future__ import annotations

from pathlib import Path

import pytest

from hookscope.apps.demo.handler import TOKEN
from hookscope.apps.demo.play import build_plan


def test_the_plan_touches_nothing_of_the_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOOKSCOPE_HOME", str(tmp_path / "user"))
    monkeypatch.setenv("HOOKSCOPE_SECRET_GITHUB", "the user's own")
    plan = build_plan(tmp_path / "demo", "http://127.0.0.1:1")
    ours = {name: value for name, value in plan.environ.items() if name.startswith("HOOKSCOPE_")}
    assert ours == {"HOOKSCOPE_HOME": str(tmp_path / "demo"), "HOOKSCOPE_SECRET_NOTION": TOKEN}
    assert plan.places.captures.is_relative_to(tmp_path / "demo")
    assert (plan.dialling.relay, plan.dialling.mode) == ("", "handler")
    assert not (tmp_path / "user").exists()
