from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from factories import NOW, make_delivery
from held import begun
from hookscope.model.capture import Attempt, Capture, Origin
from hookscope.model.session_requests import Replay, Replayed
from hookscope.tools.compare.answers import Comparison
from hookscope.tools.compare.run import Recorded, compare_many, recorded_of
from hookscope.tools.replay.many import Due
from hookscope_relay.delivery import Answer
from hookscope_relay.errors import InputError


def answered(body: str, origin: Origin = "live", number: int = 1) -> Attempt:
    made = replace(begun(origin, "http://h/", NOW), number=number)
    return replace(made, answer=Answer(status=200, headers=(("Content-Type", "application/json"),), body=body.encode()))


UNKNOWN = begun("live", "http://h/", NOW)


@pytest.mark.parametrize(
    ("attempts", "redacted", "recorded"),
    [
        ((), (), None),
        ((UNKNOWN,), (), None),
        ((answered("1"), answered("2", "replay", 2)), (), Recorded(answered("1"))),
        ((answered("2", "replay"), answered("1", "live", 2)), (), Recorded(answered("1", "live", 2))),
        ((answered("2", "check"), answered("1", "fixture", 2)), (), Recorded(answered("1", "fixture", 2))),
        (
            (answered("1"),),
            ("body:/x", "attempts[0].answer.body:/a#/b", "attempts[0].answer.header:X-A", "attempts[0].answer.form:n"),
            Recorded(answered("1"), ("body/a", "headers.x-a", "form.n")),
        ),
    ],
)
def test_the_recorded_answer_is_what_the_sender_got(
    attempts: tuple[Attempt, ...], redacted: tuple[str, ...], recorded: Recorded | None
) -> None:
    assert recorded_of(Capture(delivery=make_delivery(), attempts=attempts, redacted=redacted)) == recorded


async def test_what_varies_by_itself_is_no_difference() -> None:
    counter = itertools.count()

    async def replay(wanted: Replay) -> Replayed:
        if wanted.name == "4":
            raise InputError("it cannot be sent", "mend it")
        ok = "true" if wanted.name == "1" else "false"
        return Replayed(1, answered(f'{{"id": {next(counter)}, "ok": {ok}}}'), None)  # type: ignore[arg-type]  # unread

    was = Recorded(answered('{"id": 77, "ok": true}'))
    found: list[Comparison] = []
    dues = [Due(name, 0.0, "file" if name == "1" else "") for name in "1234"]
    await compare_many(dues, [was, was, None, was], Replay(name=""), replay, found.append)
    assert [(one.label, one.state) for one in found] == [
        ("file", "same"),
        ("#2", "different"),
        ("#3", "nothing recorded"),
        ("#4", "failed"),
    ]
    assert found[0].varying == ("/id",)
    assert [(one.place, one.left, one.right) for one in found[1].differences] == [("/ok", "true", "false")]
