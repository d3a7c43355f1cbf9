"""Appending 64 deliveries with their attempts to the capture store on disk, in one commit;
the figure is that of all."""

from __future__ import annotations

import itertools
import os
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hookscope.model.capture import Attempt
from hookscope.model.verdict import Recognition
from hookscope.store.append import append_group
from hookscope.store.entry import Entry, Group
from hookscope.store.inserts import LogPlace
from hookscope.store.schema import APPLICATION, MIGRATIONS
from hookscope_relay.delivery import Answer, Delivery, new_delivery_id
from hookscope_relay.sqlite_files import open_database

GROUP = 64


def entry(delivery: Delivery, answer: Answer, number: int, event_id: str) -> Entry:
    fresh = replace(delivery, id=new_delivery_id(time.time(), os.urandom(10)))
    attempt = Attempt(
        number=0, origin="live", handler_url="http://127.0.0.1:3000/hook", started_at=0.0, elapsed_ms=1.0, answer=answer
    )
    known = Recognition(provider="github", event_id=event_id, event_type="push")
    place = LogPlace("endpoint", "epoch", number, number - 1)
    return Entry(delivery=fresh, place=place, origin="live", attempt=attempt, recognition=known)


@pytest.mark.parametrize("event", ["each its own", "one for all"])
def test_append(benchmark: Any, tmp_path: Path, delivery: Delivery, answer: Answer, event: str) -> None:
    connection = open_database(tmp_path / "captures.db", MIGRATIONS, application=APPLICATION)
    numbers = itertools.count(1)

    def next_group() -> tuple[tuple[Group], dict[str, Any]]:
        chosen = itertools.islice(numbers, GROUP)
        made = [entry(delivery, answer, one, "one" if event == "one for all" else f"event-{one}") for one in chosen]
        return (Group(made),), {}

    def append(group: Group) -> None:
        connection.execute("BEGIN IMMEDIATE")
        append_group(connection, group, lambda _: Recognition()).note()
        connection.execute("COMMIT")

    benchmark.pedantic(append, setup=next_group, rounds=100, warmup_rounds=20)
    connection.close()
