"""The events of another process's session, read from the store."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from factories import make_delivery
from hookscope.model.capture import Attempt
from hookscope.model.events import Attempted, Captured, Diagnosed
from hookscope.model.finding import Finding
from hookscope.session.follow import Follow
from hookscope.store.captures import CaptureStore
from hookscope.store.updates import ExplainedRow
from hookscope_relay.delivery import Answer

HERE = "this endpoint"
FINDING = Finding(code="a.b", severity="error", cause="c", layer="handler", title="it fails", hint="")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "captures.db"


@pytest.fixture
def writer(path: Path) -> Iterator[CaptureStore]:
    """The other session's."""
    store = CaptureStore.open(path)
    yield store
    store.close()


@pytest.fixture
def reader(path: Path, writer: CaptureStore) -> Iterator[CaptureStore]:
    store = CaptureStore.open(path)
    yield store
    store.close()


async def keep(store: CaptureStore, name: str, endpoint: str = HERE, **changes: Any) -> None:
    await store.keep(make_delivery(id=name), endpoint=endpoint, origin="live", is_waiting=True, **changes)


async def attempt(store: CaptureStore, name: str, status: int) -> int:
    begun = Attempt(number=0, origin="live", handler_url="http://h/x", started_at=1.0)
    number = await store.begin_attempt(name, begun)
    await store.end_attempt(name, number, elapsed_ms=2.0, answer=Answer(status=status, reason=""))
    return number


async def explain(store: CaptureStore, name: str, number: int) -> None:
    row = ExplainedRow(store.capture_number(name), number, None, (FINDING,), is_first=True)
    await store.keep_explained([row], synced=False)


def told(follow: Follow) -> list[tuple[Any, ...]]:
    found: list[tuple[Any, ...]] = []
    for event in follow.look():
        match event:
            case Captured():
                found.append(("captured", event.number, event.target))
            case Attempted():
                found.append(("attempted", event.number, event.attempt, event.status))
            case Diagnosed():
                found.append(("diagnosed", event.number, event.attempt, *(one.code for one in event.findings)))
    return found


async def test_what_comes_is_told_step_by_step_and_once(writer: CaptureStore, reader: CaptureStore) -> None:
    await keep(writer, "before")
    follow = Follow(reader, HERE)
    assert told(follow) == []
    await keep(writer, "one")
    await keep(writer, "elsewhere", endpoint="another")
    assert told(follow) == [("captured", 2, "/webhooks/notion")]
    number = await attempt(writer, "one", 500)
    assert told(follow) == [("attempted", 2, 1, 500)]
    await explain(writer, "one", number)
    assert told(follow)[-1] == ("diagnosed", 2, 1, "a.b")
    assert told(follow) == []
    assert follow.captured == 1


async def test_what_ended_before_it_was_looked_at_is_told_in_order(writer: CaptureStore, reader: CaptureStore) -> None:
    follow = Follow(reader, HERE)
    for name in ("one", "two"):
        await keep(writer, name)
        await attempt(writer, name, 200)
    first = told(follow)
    assert [step for step in first if step[0] != "diagnosed"] == [
        ("captured", 1, "/webhooks/notion"),
        ("attempted", 1, 1, 200),
        ("captured", 2, "/webhooks/notion"),
        ("attempted", 2, 1, 200),
    ]


async def test_a_replay_of_what_was_there_is_told(writer: CaptureStore, reader: CaptureStore) -> None:
    await keep(writer, "before")
    await attempt(writer, "before", 500)
    follow = Follow(reader, HERE)
    follow.look()
    await attempt(writer, "before", 200)
    assert ("attempted", 1, 2, 200) in told(follow)


async def test_what_was_cleared_is_no_trouble(writer: CaptureStore, reader: CaptureStore) -> None:
    follow = Follow(reader, HERE)
    await keep(writer, "one")
    assert len(told(follow)) == 1
    await writer.clear(None)
    assert told(follow) == []
    await keep(writer, "two")
    assert told(follow) == [("captured", 2, "/webhooks/notion")]
