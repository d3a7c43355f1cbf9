from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from factories import NOW
from held import begun, delivery
from hookscope.apps import until
from hookscope.apps.until import Until, until_of
from hookscope.config.settings import Settings
from hookscope.store.captures import CaptureStore
from hookscope.tools.filters.language import FilterError
from hookscope_relay.delivery import Answer
from hookscope_relay.errors import InputError


class Session:
    """A session as far as it is ended; one delivery arrives as soon as somebody waits."""

    def __init__(self) -> None:
        self.exit_code = -1
        self.told: list[str] = []

    def stop(self, exit_code: int) -> None:
        self.exit_code = exit_code

    def notice(self, level: str, text: str) -> None:
        self.told.append(f"{level}: {text}")


async def arrive(path: Path, index: int, status: int) -> None:
    store = CaptureStore.open(path)
    made = delivery(index)
    await store.keep(made, origin="live")
    number = await store.begin_attempt(made.id, begun("live", "http://h/", NOW))
    await store.end_attempt(made.id, number, elapsed_ms=1.0, answer=Answer(status=status))
    await store.keep_findings(made.id, number, None, [])
    store.close()


@pytest.mark.parametrize(
    ("status", "within_s", "exit_code", "told"),
    [
        (200, 20.0, 0, []),
        (403, 20.0, 1, ["error: #1 came for status:2xx, and ended otherwise"]),
        (None, 0.0, 13, ["error: status:2xx: none of what was awaited came within 0 s"]),
    ],
)
async def test_the_session_ends_as_what_is_awaited_did(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    status: int | None,
    within_s: float,
    exit_code: int,
    told: list[str],
) -> None:
    captures = tmp_path / "captures.db"
    session: Any = Session()
    asked = 0

    async def sleep(_: float) -> None:
        nonlocal asked
        asked += 1
        if asked == 1 and status is not None:
            await arrive(captures, 1, status)

    monkeypatch.setattr("hookscope.apps.until.asyncio.sleep", sleep)
    await Until("status:2xx", 1, within_s).end(session, captures)
    assert (session.exit_code, session.told) == (exit_code, told)


@pytest.mark.parametrize(
    ("given", "error"), [({"until": "staus:2xx"}, FilterError), ({"until": "status:2xx", "count": 0}, InputError)]
)
def test_what_makes_no_sense_is_told_before_anything_starts(given: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        until_of(Settings({"count": 1, "timeout": None} | given, {}, {}, {}))


@pytest.mark.parametrize(("source", "waits_s"), [("flag", 5.0), ("project", 60.0), ("environment", 60.0)])
def test_it_waits_as_long_as_the_line_says_and_not_as_a_file_lets_a_handler_take(
    monkeypatch: pytest.MonkeyPatch, source: Any, waits_s: float
) -> None:
    made: list[tuple[str, int, float]] = []
    monkeypatch.setattr(until, "Until", lambda *parts: made.append(parts))
    until_of(Settings({"until": "a", "count": 1, "timeout": 5.0}, {}, {}, {}, {"timeout": source}))
    assert made == [("a", 1, waits_s)]
