"""The requests of a face are plain values, and a session serves each of them."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from hookscope.model import session_requests
from hookscope.model.capture import Attempt
from hookscope.model.finding import Explained
from hookscope.model.session_requests import Desk, MarkCapture, Replay, Replayed, SessionRequest
from hookscope_relay.delivery import Answer

REQUESTS = [
    kind
    for kind in vars(session_requests).values()
    if isinstance(kind, type) and issubclass(kind, SessionRequest) and kind is not SessionRequest
]


@pytest.mark.parametrize("kind", REQUESTS)
def test_a_request_is_a_frozen_value(kind: type) -> None:
    assert dataclasses.is_dataclass(kind)
    assert kind.__dataclass_params__.frozen  # type: ignore[attr-defined]


def test_every_service_of_the_desk_is_asked_for_by_one_request() -> None:
    services = {name for name in vars(Desk) if not name.startswith("_")}
    asked = [set(kind.serve.__code__.co_names) & services for kind in REQUESTS]
    assert all(len(names) == 1 for names in asked)
    assert set.union(*asked) == services


def test_equal_requests_are_equal() -> None:
    assert Replay(name="7") == Replay(name="7")
    assert MarkCapture(name="7") == MarkCapture(name="7", on=True) != MarkCapture(name="7", on=False)


class EveryDesk:
    """Any service, which tells its name and what it was given."""

    def __getattr__(self, name: str) -> Any:
        async def serve(*given: object) -> tuple[str, tuple[object, ...]]:
            return name, given

        return serve


@pytest.mark.parametrize("kind", REQUESTS)
async def test_a_request_gives_its_service_itself_or_all_it_holds(kind: type) -> None:
    needed = {
        one.name: f"the {one.name}"
        for one in dataclasses.fields(kind)
        if one.default is dataclasses.MISSING and one.default_factory is dataclasses.MISSING
    }
    request = kind(**needed)
    answer = await request.serve(EveryDesk())
    name, given = answer or ("", ())
    if answer is not None:
        assert name in vars(Desk)
        assert given in ((request,), tuple(getattr(request, one.name) for one in dataclasses.fields(kind)))


@pytest.mark.parametrize(("status", "passed"), [(200, True), (500, False)])
def test_a_replay_passed_where_the_handler_accepted_it(status: int, passed: bool) -> None:
    attempt = Attempt(number=1, origin="replay", handler_url="", started_at=0.0, answer=Answer(status=status))
    assert Replayed(number=1, attempt=attempt, explained=Explained(None, ())).passed is passed
