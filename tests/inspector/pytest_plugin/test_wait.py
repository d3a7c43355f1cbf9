"""The fixture, in a test run of its own beside a process that captures."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from factories import NOW
from held import FINDING, begun, delivery
from hookscope.pytest_plugin.wait import Waiter
from hookscope.store.captures import CaptureStore
from hookscope_relay.delivery import Answer

pytest_plugins = ["pytester"]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    return home


@pytest.fixture
def waiter(home: Path) -> Iterator[Waiter]:
    arrive(home, 1, 204)
    waiter = Waiter({"HOOKSCOPE_HOME": str(home)})
    yield waiter
    waiter.close()


def arrive(home: Path, index: int, status: int) -> None:
    async def keep() -> None:
        store = CaptureStore.open(home / "captures.db")
        made = delivery(index)
        await store.keep(made, origin="live")
        number = await store.begin_attempt(made.id, begun("live", "http://h/", NOW))
        await store.end_attempt(made.id, number, elapsed_ms=1.0, answer=Answer(status=status))
        await store.keep_findings(made.id, number, None, [FINDING])
        store.close()

    asyncio.run(keep())


def test_what_came_since_the_test_began_is_given_with_its_attempts(waiter: Waiter, home: Path) -> None:
    arrive(home, 2, 200)
    (capture,) = waiter("status:2xx", timeout="20s")
    assert capture.delivery.id == delivery(2).id
    assert [attempt.answer.status for attempt in capture.attempts if attempt.answer] == [200]


def test_another_outcome_fails_the_test_with_what_was_found(waiter: Waiter, home: Path) -> None:
    arrive(home, 2, 403)
    with pytest.raises(pytest.fail.Exception, match=r"ended otherwise: #2, 403\n.*The slash is missing"):
        waiter("path:/hooks status:2xx", timeout="20s")


def test_what_does_not_come_fails_the_test(waiter: Waiter) -> None:
    with pytest.raises(pytest.fail.Exception, match="none of what was awaited came within 0 s"):
        waiter("status:2xx", timeout="0s")


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"filter": "pth:/x"}, "there is no filter key 'pth'"),
        ({"count": 0}, "count=0 waits for nothing"),
        ({"timeout": "soon"}, "timeout='soon' is no duration"),
        ({"timeout": -1}, "timeout=-1 is no duration"),
        ({"timeout": 0}, "^none of what was awaited came within 0 s"),
        ({"filter": "path:/x", "timeout": 0.0}, "^path:/x: none of what was awaited"),
    ],
)
def test_what_makes_no_sense_is_a_sentence(waiter: Waiter, asked: dict[str, Any], told: str) -> None:
    with pytest.raises(pytest.fail.Exception, match=told) as failed:
        waiter(**asked)
    assert failed.value.__context__ is None and not failed.value.pytrace


def test_it_is_a_fixture_of_every_test(pytester: pytest.Pytester, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOOKSCOPE_HOME", str(home))
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makepyfile(
        """
        def test_it(wait_for_delivery):
            wait_for_delivery("status:2xx", timeout="0s")
        """
    )
    result = pytester.runpytest_inprocess("-p", "hookscope.pytest_plugin.plugin")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*none of what was awaited came within 0 s*"])
