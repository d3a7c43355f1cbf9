"""The trip of a delivery through the inspector is what `ARCHITECTURE.md` has it to be, and no longer than was agreed."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

import hookscope
from hookscope.model.events import Diagnosed
from raw_http import OK, RawServer
from relays import relaying
from sessions import Session, make_plan

HOUSE = str(Path(str(hookscope.__file__)).parent) + "/"
MAP = Path(__file__).parents[2] / "ARCHITECTURE.md"
MOST = {"down": 8, "back": 5}
# What the loop itself calls: a socket has something to read, and the reader of messages goes on.
ROOTS = {"tunnel/link", "tunnel/client", "forward/quick"}


def listed() -> dict[str, list[str]]:
    """The files of each paragraph of the block `trip`."""
    found = re.search(r"^```trip\n(.*?)^```", MAP.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert found
    rows = (row.split(":") for row in re.split(r"\n(?=\w)", found[1].strip()))
    return {name: [file.strip() for file in files.split(",")] for name, files in rows}


class Trip:
    """Which files are entered, in order, and which were on the stack when the request and its answer left."""

    def __init__(self) -> None:
        self.entered: list[str] = []
        self.request: list[str] = []
        self.answer: list[str] = []

    def look(self, frame: FrameType, event: str, _: Any) -> None:
        """For `sys.setprofile`. What the loop begins besides, such as a commit's end, is no part of it."""
        if event != "call" or self.answer or not (file := name_of(frame)):
            return
        stack = on_stack(frame)
        if stack[0] in ROOTS and file not in self.entered:
            self.entered.append(file)
        if frame.f_code.co_name == "start" and file == "forward/quick":
            self.request = stack
        elif frame.f_code.co_name == "send_soon":
            self.answer = stack


def name_of(frame: FrameType) -> str:
    file = frame.f_code.co_filename
    return file.removeprefix(HOUSE).removesuffix(".py") if file.startswith(HOUSE) else ""


def on_stack(frame: FrameType | None) -> list[str]:
    """The files of the frames that wait for this one, the first one first."""
    names = []
    while frame is not None:
        names.append(name_of(frame))
        frame = frame.f_back
    return list(dict.fromkeys(name for name in reversed(names) if name))


@pytest.fixture
async def trip(tmp_path: Path) -> Trip:
    """Of a delivery for a handler to which a connection is open."""
    trip = Trip()
    async with relaying() as relay, RawServer(OK) as handler:
        session = Session(make_plan(tmp_path, relay.origin, f"http://127.0.0.1:{handler.port}"))
        async with session.running():
            await session.post()
            await session.until(Diagnosed)
            before = sys.getprofile()
            sys.setprofile(trip.look)
            try:
                assert b"200" in (await session.post()).split(b"\r\n")[0]
            finally:
                sys.setprofile(before)
    return trip


def test_the_map_has_every_file_of_the_trip_and_no_other(trip: Trip) -> None:
    files = listed()
    down, back = files["down"], files["back"]
    assert [file for file in trip.entered if file in down] == down
    assert [file for file in down if file in trip.request] == trip.request
    assert trip.answer == back
    assert set(trip.entered) <= {*down, *back, *files["asked"]}
    assert {name: len(files[name]) for name in MOST} == MOST
