"""One session at the relay, without I/O."""

from __future__ import annotations

import pytest

from hookscope_relay.delivery import Answer
from hookscope_relay.errors import WireError
from hookscope_relay.limits import Room
from hookscope_relay.log.protocol import Record
from hookscope_relay.session import MOST_NOTICES, Replied, Session
from hookscope_relay.wire import (
    WINDOW_BYTES,
    WINDOW_DELIVERIES,
    Deliver,
    Gap,
    Piece,
    Reply,
    Role,
    Settled,
    Welcome,
    decode,
)


def make_session(position: int = 0, max_answer: int = 100) -> Session:
    return Session(b"s" * 16, "endpoint", "handler", 1.0, position, max_answer)


def make_record(seq: int, prev: int | None = None, pieces: int = 1, size: int = 4) -> Record:
    return Record(seq, seq - 1 if prev is None else prev, f"id{seq}", 1.0, False, pieces, size, (b"head",))


def reply(seq: int = 1, size: int = 2, status: int = 200) -> Reply:
    return Reply(seq=seq, status=status, reason="OK", headers=(("X", "1"),), size=size)


def settled(seq: int) -> Settled:
    return Settled(seq=seq, how="expired", status=504, by="relay", waited_ms=9)


def sent(session: Session) -> list[tuple[object, bytes]]:
    frames = [decode(message) for message in (*session.notices, *session.later)]
    session.notices.clear()
    session.later.clear()
    return [frame for frame in frames if frame is not None]


def kinds(session: Session) -> list[type]:
    return [type(frame) for frame, _ in sent(session)]


def waiting_for_a_reply(max_answer: int = 100) -> Session:
    session = make_session(max_answer=max_answer)
    session.deliver(make_record(1), left_ms=1000, answer=True)
    session.notices.clear()
    return session


def test_a_deliver_says_what_the_record_says():
    session = make_session()
    session.deliver(make_record(1), left_ms=700, answer=True)
    head = Deliver(seq=1, prev=0, id="id1", pieces=1, lengths=(4,), left_ms=700, answer=True, owed=False)
    assert sent(session) == [(head, b"head")]
    assert session.position == 1


@pytest.mark.parametrize(
    ("position", "prev", "gap"), [(0, 0, None), (3, 3, None), (3, 5, Gap(after=3, until=5, reason="expired"))]
)
def test_what_the_log_lost_is_declared_before_the_next_deliver(position, prev, gap):
    session = make_session(position)
    session.deliver(make_record(prev + 1, prev), left_ms=0, answer=False)
    frames = [frame for frame, _ in sent(session)]
    assert frames[:-1] == ([gap] if gap else [])
    assert isinstance(frames[-1], Deliver)


def test_settled_never_goes_before_its_deliver():
    session = make_session()
    session.settle(settled(2))
    assert sent(session) == []
    session.deliver(make_record(1), left_ms=0, answer=False)
    session.deliver(make_record(2), left_ms=0, answer=False)
    assert kinds(session) == [Deliver, Deliver, Settled]


def test_settled_goes_at_once_for_what_was_delivered():
    session = waiting_for_a_reply()
    session.settle(settled(1))
    assert kinds(session) == [Settled]
    assert session.receive(reply(), b"ok") is None


def test_the_window_is_64_unanswered_deliveries():
    session = make_session()
    for seq in range(1, WINDOW_DELIVERIES + 1):
        assert session.has_room()
        session.deliver(make_record(seq), left_ms=1, answer=True)
    assert not session.has_room()
    assert session.take_turn(records_waiting=True) == "nothing"
    session.settle(settled(1))
    assert session.take_turn(records_waiting=True) == "record"


def test_what_needs_no_answer_takes_no_room():
    session = make_session()
    for seq in range(1, WINDOW_DELIVERIES + 10):
        session.deliver(make_record(seq), left_ms=0, answer=False)
    assert session.has_room()


def test_large_deliveries_on_their_way_fill_the_window():
    session = make_session()
    session.deliver(make_record(1, pieces=2, size=WINDOW_BYTES), left_ms=0, answer=False)
    assert session.take_turn(records_waiting=True) == "piece"
    session.piece(b"rest")
    assert session.has_room()


def test_pieces_and_new_records_alternate():
    session = make_session()
    session.deliver(make_record(1, pieces=4), left_ms=0, answer=False)
    turns = []
    for seq in (2, 3, 4):
        turns.append(session.take_turn(records_waiting=True))
        session.piece(b"x")
        turns.append(session.take_turn(records_waiting=True))
        session.deliver(make_record(seq), left_ms=0, answer=False)
    assert turns == ["piece", "record"] * 3
    assert session.take_turn(records_waiting=False) == "nothing"


def test_two_large_deliveries_take_turns_piece_by_piece():
    session = make_session()
    session.deliver(make_record(1, pieces=3), left_ms=0, answer=False)
    session.deliver(make_record(2, pieces=3), left_ms=0, answer=False)
    session.notices.clear()
    wanted = []
    while (want := session.wants_piece()) is not None:
        wanted.append(want)
        session.piece(b"x")
    assert wanted == [(1, 1), (2, 1), (1, 2), (2, 2)]
    assert [(frame.seq, frame.number, frame.last) for frame, _ in sent(session)] == [
        (1, 1, False),
        (2, 1, False),
        (1, 2, True),
        (2, 2, True),
    ]


def test_a_piece_that_the_log_lost_drops_the_delivery_and_says_so():
    session = make_session()
    session.deliver(make_record(7, 0, pieces=3), left_ms=0, answer=False)
    session.notices.clear()
    session.piece(None)
    assert sent(session) == [(Gap(after=6, until=7, reason="expired"), b"")]
    assert session.wants_piece() is None
    assert session.has_room()


@pytest.mark.parametrize(("role", "told"), [("watching", []), ("answering", [(Role(role="answering"), b"")])])
def test_a_session_is_told_of_a_change_of_role_only(role, told):
    session = make_session()
    session.assume(role)
    assert sent(session) == told


def test_a_whole_reply_is_returned_once():
    session = waiting_for_a_reply()
    answer = Answer(status=200, reason="OK", headers=(("X", "1"),), body=b"ok")
    assert session.receive(reply(), b"ok") == Replied(1, answer, "")
    assert session.receive(reply(), b"ok") is None


def test_a_reply_in_pieces_is_returned_whole():
    session = waiting_for_a_reply()
    assert session.receive(reply(size=6), b"ab") is None
    assert session.receive(Piece(seq=1, number=1, last=False), b"cd") is None
    replied = session.receive(Piece(seq=1, number=2, last=True), b"ef")
    assert replied is not None
    assert replied.answer.body == b"abcdef"


DROPPED = {
    "a reply to what was never delivered": (reply(seq=9), b"ok"),
    "a piece of no reply": (Piece(seq=1, number=1, last=True), b"x"),
}


@pytest.mark.parametrize("frame", DROPPED.values(), ids=DROPPED)
def test_what_nobody_waits_for_is_dropped(frame):
    assert waiting_for_a_reply().receive(*frame) is None


BROKEN = {
    "a relay's frame": [(Role(role="watching"), b"")],
    "a settled": [(settled(1), b"")],
    "a welcome": [
        (
            Welcome(url="u", epoch="e", after=0, newest=0, role="watching", deadline_ms=1, max_body=1, max_answer=1),
            b"",
        )
    ],
    "an answer beyond the limit": [(reply(size=101), b"")],
    "a second reply": [(reply(size=4), b"ab"), (reply(size=4), b"ab")],
    "a piece too far": [(reply(size=4), b"ab"), (Piece(seq=1, number=2, last=True), b"cd")],
    "a piece that is last too early": [(reply(size=4), b"ab"), (Piece(seq=1, number=1, last=True), b"c")],
    "a piece that is not said to be last": [(reply(size=4), b"ab"), (Piece(seq=1, number=1, last=False), b"cd")],
    "more than the size": [(reply(size=4), b"ab"), (Piece(seq=1, number=1, last=True), b"cde")],
    "more and more": [(reply(size=4), b"ab"), (Piece(seq=1, number=1, last=False), b"cdef")],
}


@pytest.mark.parametrize("frames", BROKEN.values(), ids=BROKEN)
def test_what_an_inspector_may_not_send_is_refused(frames):
    session = waiting_for_a_reply()
    with pytest.raises(WireError):
        for frame, raw in frames:
            session.receive(frame, raw)


def test_a_gap_is_declared_once_and_moves_the_reader_on():
    session = make_session(position=3)
    session.skip(2)
    session.skip(7)
    session.skip(7)
    assert sent(session) == [(Gap(after=3, until=7, reason="expired"), b"")]
    session.deliver(make_record(8), left_ms=0, answer=False)
    assert kinds(session) == [Deliver]


def test_replies_in_pieces_share_one_room():
    room = Room(each=100, total=150)
    sessions = [make_session(max_answer=100), Session(b"t" * 16, "endpoint", "handler", 1.0, 0, 100)]
    for session in sessions:
        session.replies = room
        for seq in (1, 2):
            session.deliver(make_record(seq), left_ms=1000, answer=True)
    first, second = sessions
    assert first.receive(reply(1, size=100), b"x") is None
    refused = first.receive(reply(2, size=100), b"x")
    assert isinstance(refused, Replied)
    assert (refused.by, refused.answer.status, first.unanswered) == ("relay", 503, {1: "id1"})
    assert isinstance(second.receive(reply(1, size=100), b"x"), Replied)
    assert second.receive(reply(2, size=50), b"x") is None
    assert room.taken == 150
    first.end()
    second.settle(settled(2))
    assert room.taken == 0


def test_a_reply_that_is_whole_at_once_needs_no_room():
    session = waiting_for_a_reply()
    session.replies = Room(1, 1)
    assert isinstance(session.receive(reply(size=2), b"ok"), Replied)


def test_what_was_settled_ahead_is_bounded():
    session = make_session()
    for seq in range(1, MOST_NOTICES + 100):
        session.settle(settled(seq))
    assert len(session._settled_ahead) == MOST_NOTICES
