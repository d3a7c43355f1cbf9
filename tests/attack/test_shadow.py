"""A hostile repository has modules that are named like ours and Python's: none is loaded by a process that we start."""

from __future__ import annotations

import asyncio
import shlex
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from hookscope.apps.web.server import ScreenServer
from hookscope.session.transform import Transform, parse_transform

HOSTILE = "open({mark!r}, 'w'); raise SystemExit"
NAMES = ("msgspec.py", "asyncio.py", "textual.py", "hookscope/__init__.py")


@pytest.fixture
def mark(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    repository, mark = tmp_path / "repo", tmp_path / "ran"
    for name in NAMES:
        file = repository / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(HOSTILE.format(mark=str(mark)))
    monkeypatch.chdir(repository)
    return mark


def test_the_process_of_a_transform_loads_nothing_of_the_folder_that_we_are_in(mark: Path, tmp_path: Path) -> None:
    ours = tmp_path / "ours"
    ours.mkdir()
    (ours / "mine.py").write_text("def same(delivery): return delivery\n")

    async def start() -> None:
        async with AsyncExitStack() as stack:
            one = Transform(parse_transform("mine:same", ours), tmp_path / "state" / "log", None, None)  # type: ignore[arg-type]
            stack.push_async_callback(one.close)
            await one.start()

    asyncio.run(start())
    assert not mark.exists()


def test_a_tab_of_the_web_screen_loads_nothing_of_the_folder_that_we_are_in(mark: Path) -> None:
    words = shlex.split(ScreenServer(8000, port_fixed=False).command)

    async def run() -> None:
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(*words, stdin=pipe, stdout=pipe, stderr=pipe)
        await asyncio.wait_for(process.communicate(b""), 60)

    asyncio.run(run())
    assert not mark.exists()
