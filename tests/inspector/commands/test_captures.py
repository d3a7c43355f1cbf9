from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from factories import make_delivery
from hookscope.commands.captures import accepted_path, hold_apart, note_doubled, open_captures, where_accepted
from hookscope.config.settings import resolve
from hookscope.model.capture import Attempt, Capture
from hookscope.model.handler import parse_handler
from hookscope_relay.delivery import Answer
from hookscope_relay.errors import DamagedFile


def test_the_captures_of_the_users_home_are_opened(tmp_path: Path) -> None:
    settings = resolve((), {}, {"HOOKSCOPE_HOME": str(tmp_path)}, "list")
    delivery = make_delivery()
    with open_captures(settings) as store:
        assert store.count() == 0
        asyncio.run(store.keep(delivery, origin="live"))
    with open_captures(settings) as store:
        assert store.find("last").delivery == delivery


def test_a_damaged_file_is_told_and_left_as_it_was(tmp_path: Path) -> None:
    settings = resolve((), {}, {"HOOKSCOPE_HOME": str(tmp_path)}, "list")
    path = settings.places.captures
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"not a database at all" * 100)
    with pytest.raises(DamagedFile), open_captures(settings):
        pass
    assert path.read_bytes() == b"not a database at all" * 100


def test_captures_of_files_are_held_apart_and_gone_in_the_end() -> None:
    delivery = make_delivery()
    with hold_apart((Capture(delivery=delivery),)) as store:
        assert store.find("1").delivery == delivery
        assert store.path.exists()
    assert not store.path.exists()


@pytest.mark.parametrize("id", ["", "last", "2", "x" * 1000, "01m5v0000000000000000000aa"])
def test_captures_of_files_are_numbered_in_order_whatever_their_ids(id: str) -> None:
    bodies = [b"1", b"2", b"1"]
    captures = tuple(Capture(delivery=make_delivery(id=id, body=body), provider="notion") for body in bodies)
    with hold_apart(captures) as store:
        assert [store.find(str(number)).delivery.body for number in (1, 2, 3)] == bodies
        assert store.find("3").provider == "notion"


def test_checks_and_samples_begin_at_the_last_path_that_was_accepted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = resolve((), {}, {"HOOKSCOPE_HOME": str(tmp_path)}, "check")
    handler = parse_handler("3000")
    assert accepted_path(settings, handler) == ""
    outcomes = ((1, "/old", 200), (2, "/webhooks", 200), (3, "/", 200), (4, "//x", 200), (5, "/no", 404))
    with open_captures(settings) as store:
        for index, path, status in outcomes:
            delivery = make_delivery(id=f"01j{index:023d}", target=path)
            attempt = Attempt(number=1, origin="live", handler_url=handler.origin + path, started_at=0.0)
            asyncio.run(store.keep(delivery, origin="live", attempt=attempt))
            asyncio.run(store.end_attempt(delivery.id, 1, answer=Answer(status=status), elapsed_ms=1.0))
    assert accepted_path(settings, handler) == "/webhooks"
    assert accepted_path(settings, parse_handler("4000")) == ""
    assert where_accepted(settings, handler).path == "/webhooks"
    assert "at /webhooks, where it accepted a delivery" in capsys.readouterr().err


def test_a_path_that_stands_twice_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    capture = Capture(delivery=make_delivery(target="/webhooks/notion"))
    note_doubled(parse_handler("3000/webhooks"), capture)
    assert "/webhooks stands twice in /webhooks/webhooks/notion: the path of --to goes" in capsys.readouterr().err
    note_doubled(parse_handler("3000"), capture)
    assert capsys.readouterr().err == ""
