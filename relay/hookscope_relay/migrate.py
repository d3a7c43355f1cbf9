"""Moves a relay's log from its SQLite file to NATS servers: endpoints as they are, and their deliveries in order.

It may be broken off and run again: what is there already is passed over.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from hookscope_relay.errors import CannotWrite, InputError, LogUnavailable
from hookscope_relay.log import schema
from hookscope_relay.log.protocol import EndpointRecord, Log, Record, Upload
from hookscope_relay.log.sqlite import SqliteLog
from hookscope_relay.settings import NatsSettings, Retention
from hookscope_relay.storage import need_nats

AT_ONCE = 64


class Moved(NamedTuple):
    """What was moved, and what was there already."""

    endpoints: int
    deliveries: int
    passed_over: int


class _Found(NamedTuple):
    """The endpoints of a database, and which of them have had deliveries."""

    records: tuple[EndpointRecord, ...]
    holders: tuple[str, ...]


async def migrate(
    database: Path, settings: NatsSettings, retention: Retention, told: Callable[[Moved], object]
) -> Moved:
    """Move everything; `told` hears how far it is after every endpoint. Raises `HookscopeError`."""
    if not database.exists():
        raise InputError(f"{database} is no relay's database: there is no such file", "name it with --database")
    need_nats()
    from hookscope_relay.log.nats.log import NatsLog  # noqa: PLC0415

    source = await SqliteLog.open(database)
    try:
        target = await NatsLog.open(settings, retention)
        try:
            return await _move(source, _look(database), target, told)
        except LogUnavailable as error:
            raise CannotWrite(f"the log cannot be moved on ({error})", "run the command again: it goes on") from None
        finally:
            await target.close()
    finally:
        await source.close()


async def _move(source: Log, found: _Found, target: Log, told: Callable[[Moved], object]) -> Moved:
    moved = Moved(0, 0, 0)
    for record in found.records:
        await target.keep_endpoint(record)
        moved = moved._replace(endpoints=moved.endpoints + 1)
    for endpoint in found.holders:
        known = await _ids(target, endpoint)
        after = 0
        while records := await source.read(endpoint, after, AT_ONCE):
            new = [record for record in records if record.delivery_id not in known]
            # They come in in the order in which they are begun, and are waited for together.
            for kept in [await _begin(source, target, endpoint, record) for record in new]:
                if error := await kept:
                    raise error
            moved = moved._replace(
                deliveries=moved.deliveries + len(new), passed_over=moved.passed_over + len(records) - len(new)
            )
            after = records[-1].seq
        told(moved)
    return moved


async def _ids(log: Log, endpoint: str) -> set[str]:
    """The deliveries that a log has of an endpoint."""
    _, newest = await log.ends(endpoint)
    found: set[str] = set()
    after = 0
    while after < newest and (records := await log.read(endpoint, after, 256)):
        found |= {record.delivery_id for record in records}
        after = records[-1].seq
    return found


async def _begin(source: Log, target: Log, endpoint: str, record: Record) -> asyncio.Future[Exception | None]:
    """Begin to keep a delivery, whose further pieces are kept then; what comes of it."""
    kept: asyncio.Future[Exception | None] = asyncio.get_running_loop().create_future()
    upload: Upload | None = None
    if record.pieces > len(record.inline):
        upload = target.upload()
        for number in range(len(record.inline), record.pieces):
            await upload.add(await source.piece(endpoint, record.seq, number))
        await upload.wait()
    target.begin(
        endpoint,
        record.delivery_id,
        record.inline,
        at=record.at,
        owed=record.owed,
        kept=kept.set_result,
        count=record.pieces,
        size=record.size,
        upload=upload,
    )
    return kept


def _look(database: Path) -> _Found:
    with closing(sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        places = schema.select_places(connection)
        return _Found(
            tuple(schema.select_endpoints(connection).values()),
            tuple(sorted(endpoint for endpoint, place in places.items() if place.kept)),
        )
