"""A session is ended in order by the first signal, and at once by the second."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import threading

import pytest

from hookscope.apps.signals import SECOND_INTERRUPT, call_soon

# Says when it waits, and again when it was asked to stop; then it stays, or ends, as its argument says.
PROGRAM = """
import asyncio, sys
from hookscope.apps.signals import stop_on_signals

async def main():
    asked = asyncio.Event()
    stop_on_signals(asked.set)
    print("waits", flush=True)
    await asked.wait()
    print("asked", flush=True)
    if sys.argv[1] == "stays":
        await asyncio.sleep(60)

asyncio.run(main())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no signals from process to process there")
@pytest.mark.parametrize(("first", "then", "code"), [("SIGINT", "ends", 0), ("SIGTERM", "stays", SECOND_INTERRUPT)])
def test_the_first_signal_asks_and_the_second_ends(first: str, then: str, code: int) -> None:
    with subprocess.Popen([sys.executable, "-c", PROGRAM, then], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "waits\n"
            process.send_signal(getattr(signal, first))
            assert process.stdout.readline() == "asked\n"
            if then == "stays":
                process.send_signal(signal.SIGINT)
            assert process.wait(10) == code
        finally:
            process.kill()


async def test_a_loop_is_asked_from_another_thread() -> None:
    asked = asyncio.Event()
    threading.Thread(target=call_soon, args=(asyncio.get_running_loop(), asked.set)).start()
    await asyncio.wait_for(asked.wait(), 5)


def test_a_loop_that_is_closed_is_asked_nothing() -> None:
    loop = asyncio.new_event_loop()
    loop.close()
    asked: list[int] = []
    call_soon(loop, lambda: asked.append(1))
    assert asked == []
