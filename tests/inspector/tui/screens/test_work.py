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
        assert main.job is None
        main.work_on(Job("saving", 2, done=2), lambda: None)
        await world.shows(pilot, "saving: 2 went well")
        main.work_on(Job("comparing", 2, done=2), lambda: None, quiet=True)
        await world.until(pilot, lambda: main.job is None)
        assert "comparing:" not in world.text(pilot.app)


async def test_who_quits_does_not_wait_for_long_work(world: Any) -> None:
    job, over = Job("replaying", 9), threading.Event()
    async with world.app().run_test(size=(80, 24)) as pilot:
        await world.shows(pilot, "connected")
        main = pilot.app.main
        main.work_on(job, lambda: over.wait(20) and None)
        await world.shows(pilot, "replaying ")
        await pilot.press("q")
    assert job.cancelled
    assert not over.is_set()
    over.set()
    main.later(main.say, "nobody hears this")
