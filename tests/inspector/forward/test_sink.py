"""What becomes of an answer while it arrives."""

from __future__ import annotations

import asyncio

import pytest

from hookscope.forward.sink import HELD_BYTES, KEPT_BYTES, KEPT_IN_ALL, WHOLE_BYTES, AnswerSoFar, SinkClosed
from hookscope_relay.delivery import Answer, Headers

EVENTS = [("Content-Type", "Text/Event-Stream; charset=utf-8")]


class Sender:
    """A sink that keeps what it is given."""

    def __init__(self, is_open: bool = True) -> None:
        self.gone: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.is_open = is_open
        self.given: list[object] = []

    @property
    def has_begun(self) -> bool:
        return any(isinstance(one, Answer) for one in self.given)

    def interim(self, answer: Answer) -> None:
        self.given.append(answer.status)

    def begin(self, head: Answer) -> None:
        self.given.append(head)

    def put(self, data: bytes) -> None:
        self.given.append(data)

    async def room(self, size: int) -> None:
        if self.gone.done():
            raise BrokenPipeError

    def end(self, trailers: Headers = ()) -> None:
        self.given.append(trailers)

    def abort(self, reason: str) -> None:
        self.given.append(reason)

    async def take(self) -> bytes | None:
        return None


def head(headers: list[tuple[str, str]] | None = None) -> Answer:
    return Answer(status=200, reason="Fine", headers=tuple(headers or ()))


STREAMED = [
    # Its stated length, its headers, its parts; whether it is passed on before its end.
    (5, [], [b"hello"], False),
    (WHOLE_BYTES, [], [b"x" * WHOLE_BYTES], False),
    (WHOLE_BYTES + 1, [], [], True),
    (None, [], [b"hello"], False),
    (None, [], [b"x" * HELD_BYTES, b"y"], True),
    (None, EVENTS, [], True),
    (5, EVENTS, [], False),
]


@pytest.mark.parametrize(("length", "headers", "parts", "streamed"), STREAMED)
async def test_which_answers_are_passed_on(
    length: int | None, headers: list[tuple[str, str]], parts: list[bytes], streamed: bool
) -> None:
    sender = Sender()
    so_far = AnswerSoFar(sender)
    so_far.begin(head(headers), length, 10**6)
    for part in parts:
        await so_far.add(part)
    so_far.close()
    assert (so_far.is_streamed, sender.has_begun) == (streamed, streamed)
    assert [one for one in sender.given if isinstance(one, bytes)] == (parts if streamed else [])
    assert so_far.answer == Answer(status=200, reason="Fine", headers=tuple(headers), body=b"".join(parts))
    assert (so_far.note() is not None) == streamed


async def test_what_does_not_end_soon_is_passed_on() -> None:
    begun = asyncio.Event()
    sender = Sender()
    so_far = AnswerSoFar(sender, lambda ends: begun.set() if ends else None)
    so_far.begin(head(), None, 100)
    await so_far.add(b"one")
    await asyncio.wait_for(begun.wait(), 5)
    await so_far.add(b"two")
    so_far.end(())
    assert sender.given[1:] == [b"one", b"two", ()]


@pytest.mark.parametrize("sink", ["none", "closed"])
async def test_without_a_sink_all_is_kept(sink: str) -> None:
    sender = Sender(is_open=False)
    so_far = AnswerSoFar(None if sink == "none" else sender)
    so_far.begin(head(EVENTS), None, 100)
    await so_far.add(b"x" * (KEPT_BYTES + 1))
    so_far.end((("X", "1"),))
    assert (len(so_far.answer.body), so_far.is_streamed, sender.given) == (KEPT_BYTES + 1, False, [])
    note = so_far.note()
    assert note is not None
    assert (note.trailers, note.is_streamed) == ((("X", "1"),), False)


@pytest.mark.parametrize(("length", "most", "kept"), [(None, 10**7, KEPT_BYTES), (2_000_000, 10**7, 2_000_000)])
async def test_so_much_is_kept_of_what_is_passed_on(length: int | None, most: int, kept: int) -> None:
    so_far = AnswerSoFar(Sender())
    so_far.begin(head(EVENTS), length, most)
    for _ in range(40):
        await so_far.add(b"x" * 50_000)
    assert (len(so_far.answer.body), so_far.size) == (kept, 2_000_000)


async def test_trailers_and_interim_answers_pass() -> None:
    sender = Sender()
    so_far = AnswerSoFar(sender)
    for _ in range(20):
        so_far.note_interim(Answer(status=103, headers=(("Link", "</a>"),)))
    so_far.begin(head(), None, 100)
    await so_far.add(b"ok")
    so_far.end((("X-Sum", "1"),))
    assert sender.given[:16] == [103] * 16
    assert sender.given[17:] == [b"ok", (("X-Sum", "1"),)]
    note = so_far.note()
    assert note is not None
    assert (len(note.interims), note.trailers, note.size) == (16, (("X-Sum", "1"),), 2)


async def test_an_answer_without_a_framing_of_its_own_goes_in_chunks() -> None:
    sender = Sender()
    so_far = AnswerSoFar(sender)
    so_far.protocol = "HTTP/2"
    so_far.begin(head(EVENTS), None, 100, unframed=True)
    assert sender.given == [Answer(status=200, reason="Fine", headers=(*EVENTS, ("Transfer-Encoding", "chunked")))]
    assert so_far.answer.headers == tuple(EVENTS)
    note = so_far.note()
    assert note is not None
    assert note.protocol == "HTTP/2"


async def test_nobody_takes_any_more() -> None:
    sender = Sender()
    so_far = AnswerSoFar(sender)
    so_far.begin(head(EVENTS), None, 100)
    assert so_far.gone == ""
    sender.gone.set_result("sender-gone")
    with pytest.raises(SinkClosed):
        await so_far.add(b"x")
    assert so_far.gone == "sender-gone"
    so_far.abort("closed")
    assert sender.given[-1] == "closed"


async def test_many_at_a_time_keep_no_more_than_one_bound_and_go_on_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(AnswerSoFar, "kept_in_all", 0)
    size = 8 * 1024 * 1024
    part = bytes(1024 * 1024)
    senders = [Sender() for _ in range(KEPT_IN_ALL // size + 4)]
    answers = [AnswerSoFar(sender) for sender in senders]
    for so_far in answers:
        so_far.begin(head(), size, size)
        for _ in range(size // len(part)):
            await so_far.add(part)
        assert AnswerSoFar.kept_in_all <= KEPT_IN_ALL
    kept = [len(so_far.answer.body) for so_far in answers]
    assert sum(kept) <= KEPT_IN_ALL
    assert kept[0] == size
    assert kept[-1] < size
    for so_far, sender in zip(answers, senders, strict=True):
        so_far.close()
        note = so_far.note()
        assert note is not None
        assert note.size == size
        assert sum(len(one) for one in sender.given if isinstance(one, bytes)) == size
    assert AnswerSoFar.kept_in_all == 0
