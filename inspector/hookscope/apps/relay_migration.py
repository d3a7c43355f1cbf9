"""From the settings of `relay migrate` to a log on NATS servers."""

from __future__ import annotations

import json
from pathlib import Path

from hookscope.apps.relay import nats_settings
from hookscope.apps.relay_limits import read_retention
from hookscope.config.settings import Settings
from hookscope_relay.errors import InputError
from hookscope_relay.event_loop import run
from hookscope_relay.migrate import Moved, migrate


def move(settings: Settings) -> int:
    """Move the log of the relay's database to the servers of `--store`, and say what was moved."""
    store = nats_settings(settings)
    if store is None:
        raise InputError("migrate needs to know where to", "give --store nats://HOST:PORT")
    database = Path(settings.text("database") or settings.places.state / "relay.db")
    as_json = settings.flag("json")
    moved = run(migrate(database, store, read_retention(settings), lambda moved: _say(as_json, "moving", moved)))
    _say(as_json, "moved", moved)
    return 0


def _say(as_json: bool, state: str, moved: Moved) -> None:
    if as_json:
        print(json.dumps({"type": state, **moved._asdict()}), flush=True)
    else:
        counts = f"{moved.endpoints} endpoints, {moved.deliveries} deliveries, {moved.passed_over} were there already"
        print(f"hookscope relay {state}: {counts}", flush=True)
