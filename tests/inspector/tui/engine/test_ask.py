from __future__ import annotations

from typing import Any

from textual.message import Message

from hookscope.model.session_requests import Backlog, Pause
from hookscope.tui.engine.ask import Answered, ask
from hookscope_relay.errors import InputError


def test_an_answer_or_an_error_comes_back_as_a_message(world: Any) -> None:
    posted: list[Message] = []

    def post(message: Message) -> bool:
        posted.append(message)
        return True

    ask(world.engine, Backlog(), post)
    world.engine.error = InputError("the session has ended")
    ask(world.engine, Pause(), post)
    answered, refused = posted
    assert isinstance(answered, Answered)
    assert isinstance(refused, Answered)
    assert (answered.request, answered.value, answered.error) == (Backlog(), ["1", "2"], None)
    assert (refused.value, refused.error) == (None, world.engine.error)
