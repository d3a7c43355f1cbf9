from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from hookscope.session.sweep import DOOR, sweep

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="doors are named pipes there, which leave nothing")


def socket_at(folder: Path, *, listens: bool, stack: ExitStack) -> None:
    folder.mkdir(mode=0o700)
    door = stack.enter_context(socket.socket(socket.AF_UNIX))
    door.bind(str(folder / DOOR))
    if listens:
        door.listen(1)
    os.utime(folder / DOOR, (0, 0))


def left(folder: Path, stack: ExitStack) -> None:
    socket_at(folder, listens=False, stack=stack)


def open_door(folder: Path, stack: ExitStack) -> None:
    socket_at(folder, listens=True, stack=stack)


def full_door(folder: Path, stack: ExitStack) -> None:
    """A session that is stopped: nobody takes in who knocks, and no more may wait."""
    open_door(folder, stack)
    for _ in range(4):
        stack.enter_context(knock := socket.socket(socket.AF_UNIX)).setblocking(False)
        knock.connect_ex(str(folder / DOOR))


def just_made(folder: Path, stack: ExitStack) -> None:
    left(folder, stack)
    os.utime(folder / DOOR)


def with_more_in_it(folder: Path, stack: ExitStack) -> None:
    left(folder, stack)
    (folder / "body.json").write_text("{}")


def open_to_others(folder: Path, stack: ExitStack) -> None:
    left(folder, stack)
    folder.chmod(0o755)


def a_file_called_door(folder: Path, stack: ExitStack) -> None:
    folder.mkdir(mode=0o700)
    (folder / DOOR).touch()
    os.utime(folder / DOOR, (0, 0))


def a_link_to_one(folder: Path, stack: ExitStack) -> None:
    elsewhere = folder.with_name("elsewhere")
    left(elsewhere, stack)
    folder.symlink_to(elsewhere)


@pytest.mark.parametrize(
    ("make", "goes"),
    [
        (left, True),
        (open_door, False),
        (full_door, False),
        (just_made, False),
        (with_more_in_it, False),
        (open_to_others, False),
        (a_file_called_door, False),
        (a_link_to_one, False),
    ],
)
def test_only_what_a_killed_session_left_goes(
    tmp_path: Path, make: Callable[[Path, ExitStack], None], goes: bool
) -> None:
    folder = tmp_path / "hookscope-a"
    with ExitStack() as stack:
        make(folder, stack)
        assert sweep(tmp_path) == int(goes)
        assert folder.exists() is not goes


def test_a_directory_that_is_not_there_is_none_to_sweep(tmp_path: Path) -> None:
    assert sweep(tmp_path / "none") == 0
