from __future__ import annotations

import threading
from typing import Any

from hookscope.tui.engine.job import Job


async def test_what_goes_wrong_in_long_work_is_told_and_the_screen_goes_on(world: Any) -> None:
    async with world.app().run_test(size=(120, 24), notifications=True) as pilot:
        await world.shows(pilot, "connected")
        main = pilot.app.main

        def fail() -> None:
            raise ValueError("[red]x\x1b")

        main.work_on(Job("saving", 1), fail)
        await world.shows(pilot, "a bug of ours: ValueError: [red]x␛")
        assert main.background.job is None
        main.work_on(Job("saving", 2, done=2), lambda: None)
        await world.shows(pilot, "saving: 2 went well")
        main.work_on(Job("comparing", 2, done=2), lambda: None, quiet=True)
        await world.until(pilot, lambda: main.background.job is None)
        assert "comparing:" not in world.text(pilot.app)


async def test_who_quits_does_not_wait_for_long_work(world: Any) -> None:
    job, over = Job("replaying", 9), threading.Event()
    async with world.app().run_test(size=(80, 24), notifications=True) as pilot:
        await world.shows(pilot, "connected")
        main = pilot.app.main
        main.work_on(job, lambda: over.wait(20) and None)
        await world.shows(pilot, "replaying ")
        main.work_on(Job("saving", 1), lambda: None)
        await world.tells(pilot, "other work is under way")
        await pilot.press("q")
    assert job.cancelled
    assert not over.is_set()
    over.set()
    main.background.later(main.say, "nobody hears this")


async def test_a_look_waits_for_the_one_under_way_and_those_between_are_left_out(world: Any) -> None:
    async with world.app().run_test(size=(80, 24)) as pilot:
        background = pilot.app.main.background
        shown: list[str] = []
        go_on = threading.Event()
        background.look("test", lambda: "first" if go_on.wait(20) else "", shown.append)
        background.look("test", lambda: "second", shown.append)
        background.look("test", lambda: "third", shown.append)
        background.look("other", lambda: "at once", shown.append)
        await world.until(pilot, lambda: shown == ["at once"])
        go_on.set()
        await world.until(pilot, lambda: shown == ["at once", "first", "third"])


async def test_what_goes_wrong_in_a_look_is_told(world: Any) -> None:
    def fail() -> None:
        raise OSError("no such thing")

    async with world.app().run_test(size=(80, 24), notifications=True) as pilot:
        pilot.app.main.background.look("test", fail, lambda _: None)
        await world.tells(pilot, "a bug of ours: OSError: no such thing")
