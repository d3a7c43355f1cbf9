"""A hostile relay: it fills no memory, ends no session and spoils no database."""

from __future__ import annotations

import math
import os
import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from factories import make_delivery, open_sealed
from hookscope import cli
from hookscope.store.captures import CaptureStore
from hookscope.tunnel.frames import MAX_UNFINISHED, MAX_UNFINISHED_BYTES, InspectorSession
from hookscope_relay.errors import SealError, WireError
from hookscope_relay.keys.endpoint_key import EndpointKey, KeyRing
from hookscope_relay.keys.seal import Sealer
from hookscope_relay.wire import MAX_RAW, Deliver, Gap, Piece, Welcome, encode

RAW = bytes(MAX_RAW)


def welcomed() -> InspectorSession:
    session = InspectorSession()
    welcome = Welcome(
        url="http://evil/x",
        epoch="ab" * 8,
        after=0,
        newest=0,
        role="answering",
        deadline_ms=25_000,
        max_body=(1 << 53) - 1,
        max_answer=1 << 20,
    )
    session.receive(encode(welcome))
    return session


def deliver(seq: int, pieces: int) -> bytes:
    return encode(Deliver(seq=seq, prev=seq - 1, id=f"{seq:026d}", pieces=pieces, lengths=(MAX_RAW,)), RAW)


def held(session: InspectorSession) -> int:
    return sum(partial.size for partial in session._partials.values())


def test_deliveries_without_end_stay_within_our_own_bound() -> None:
    session = welcomed()
    with pytest.raises(WireError, match="more unfinished deliveries"):
        for seq in range(1, 3000):
            session.receive(deliver(seq, 100))
            assert held(session) <= MAX_UNFINISHED * MAX_RAW


def test_one_delivery_beyond_any_size_is_passed_over_and_nothing_of_it_is_kept() -> None:
    session = welcomed()
    gap = session.receive(deliver(1, 4096))
    assert isinstance(gap, Gap)
    assert (gap.after, gap.until) == (0, 1)
    for number in range(1, 50):
        assert session.receive(encode(Piece(seq=1, number=number, last=False), RAW)) is None
    assert held(session) == 0


def test_many_large_ones_at_a_time_end_the_connection_before_they_fill_the_memory() -> None:
    session = welcomed()
    with pytest.raises(WireError, match="more unfinished deliveries"):
        for number in range(200):
            for seq in range(1, 6):
                frame = deliver(seq, 160) if not number else encode(Piece(seq=seq, number=number, last=False), RAW)
                session.receive(frame)
                assert held(session) <= MAX_UNFINISHED_BYTES + MAX_RAW


IMPOSSIBLE: dict[str, dict[str, Any]] = {
    "a time beyond any calendar": {"received_at": 1e300},
    "no time": {"received_at": math.nan},
    "an endless time": {"received_at": math.inf},
    "a time before any calendar": {"received_at": -1e12},
    "another host": {"target": "http://169.254.169.254/latest"},
    "no slash": {"target": "x"},
    "a space": {"target": "/a b HTTP/1.1"},
    "a line break in the target": {"target": "/a\r\nX: y"},
    "a character beyond latin-1": {"target": "/\u20ac"},
    "a line break in the method": {"method": "GET / HTTP/1.1\r\nX: "},
    "no method": {"method": ""},
    "a line break in a header's name": {"headers": (("X\r\nY", "z"),)},
    "a line break in a header": {"headers": (("X", "a\r\nY: b"),)},
    "a header beyond latin-1": {"headers": (("X", "\u20ac"),)},
    "a header without a name": {"headers": (("", "x"),)},
    "a line break in the address": {"remote": "1.2.3.4\r\nX-Injected: 1"},
    "a scheme that is none": {"scheme": "http\r\nX: 1"},
    "a version that is none": {"http_version": "\x1b[2J9"},
    "a URL that acts on a terminal": {"url": "\x1b[31m://x"},
}


@pytest.mark.parametrize("change", IMPOSSIBLE.values(), ids=IMPOSSIBLE)
def test_what_no_request_can_be_does_not_open_and_so_is_declared_lost(change: dict[str, Any]) -> None:
    keys = KeyRing(EndpointKey(os.urandom(32)))
    public = keys.current.seal
    delivery = replace(make_delivery(), **change)
    pieces = Sealer().seal(delivery, keys.current.id, public, 0.0)
    with pytest.raises(SealError, match="is no request"):
        open_sealed(pieces, delivery.id, keys.current.id, keys.sealing)


SPOILT = {
    "a time": "UPDATE captures SET received_at = 1e300",
    "a time of an attempt": "UPDATE attempts SET started_at = -1e300",
    "headers": "UPDATE heads SET headers = '[1'",
    "headers of another form": "UPDATE heads SET headers = '{}'",
    "a method that is a number": "UPDATE captures SET method = 5",
    "a body that is text": "UPDATE bodies SET data = 'text'",
}
UNREADABLE = ("headers", "headers of another form", "a body that is text")


@pytest.mark.parametrize("what", SPOILT)
def test_a_spoilt_database_is_read_or_refused_in_one_sentence(
    what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import asyncio

    monkeypatch.setenv("HOOKSCOPE_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    store = CaptureStore.open(tmp_path / "captures.db")
    asyncio.run(store.keep(make_delivery(body=b"x"), origin="live"))
    store.close()
    database = sqlite3.connect(tmp_path / "captures.db")
    database.execute(SPOILT[what])
    database.commit()
    database.close()
    for command in (["list"], ["list", "--json"], ["show", "1"], ["show", "1", "--json"], ["report", "1"]):
        code = cli.main(command)
        out, err = capsys.readouterr()
        assert code == 0 or (code == 9 and what in UNREADABLE), (command, err)
        assert "a bug of ours" not in err
        assert "Traceback" not in out + err
