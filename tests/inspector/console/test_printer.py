"""Printing beside the event loop."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from hookscope.console.printer import WAITING_BYTES, Printer, printing
from hookscope.model.errors import Disconnected
from hookscope.model.events import Event, Noticed, Refused, weight
from hookscope_relay.errors import CannotWrite

WITHIN_S = 10.0


def notice(number: int) -> Noticed:
    return Noticed(at=number, level="info", text=str(number))


class Face:
    """Prints nowhere; raises what it is told to at the event that it is told to."""

    def __init__(self, error: Exception | None = None, at: int = 0) -> None:
        self.seen: list[float] = []
        self._error = error
        self._at = at

    def __call__(self, event: Event) -> None:
        if self._error is not None and event.at == self._at:
            raise self._error
        self.seen.append(event.at)


def test_events_are_printed_in_order_and_all_of_them_at_the_end() -> None:
    face = Face()
    with printing(face) as printer:
        for number in range(2000):
            printer(notice(number))
    assert face.seen == list(range(2000))


def test_what_was_printed_is_flushed_once_for_all_that_waited() -> None:
    face, prints, flushed = Face(), threading.Event(), []

    def waits(event: Event) -> None:
        assert prints.wait(WITHIN_S)
        face(event)

    with printing(waits, lambda: flushed.append(len(face.seen))) as printer:
        for number in range(100):
            printer(notice(number))
        prints.set()
    assert flushed[-1] == 100
    assert len(flushed) <= 3


def test_a_face_that_waits_for_its_reader_holds_up_nobody() -> None:
    reads = threading.Event()

    def face(_: Event) -> None:
        assert reads.wait(WITHIN_S)

    printer = Printer(face)
    started = time.monotonic()
    for number in range(1000):
        printer(notice(number))
    assert time.monotonic() - started < 1.0
    assert not printer.close(0.05)
    reads.set()
    assert printer.close(WITHIN_S)


@pytest.mark.parametrize(
    ("error", "raised", "says"),
    [
        (BrokenPipeError(errno.EPIPE, "Broken pipe"), BrokenPipeError, "Broken pipe"),
        (RuntimeError("a bug"), RuntimeError, "a bug"),
    ],
)
def test_what_breaks_the_output_ends_the_session_once_and_is_raised(
    error: Exception, raised: type[Exception], says: str
) -> None:
    broken: list[str] = []
    face = Face(error, at=1)
    with pytest.raises(raised, match=says), printing(face) as printer:
        printer.broke = lambda: broken.append("broke")
        for number in range(5):
            printer(notice(number))
    assert face.seen == [0]
    assert broken == ["broke"]


def test_what_ended_the_session_is_more_than_what_broke_the_output() -> None:
    with pytest.raises(Disconnected), printing(Face(BrokenPipeError(), at=1)) as printer:
        printer(notice(1))
        raise Disconnected("the connection is lost")


FULL = """
import sys
from hookscope.model.events import Noticed
from hookscope.console.plain import PlainFace
from hookscope.console.printer import printing
from hookscope_relay.errors import CannotWrite
try:
    with printing(PlainFace(errors=sys.stdout)) as printer:
        printer(Noticed(at=0, level="info", text="a"))
except CannotWrite as error:
    print(error, file=sys.stderr)
    sys.exit(error.exit_code)
"""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full device here")
def test_a_full_disk_is_told_without_a_complaint_at_exit() -> None:
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(
            [sys.executable, "-c", FULL], stdout=full, stderr=subprocess.PIPE, encoding="utf-8", check=False
        )
    assert ended.returncode == CannotWrite.exit_code
    assert ended.stderr.splitlines() == [
        f"the output cannot be written ({os.strerror(errno.ENOSPC)}); make room, or send it elsewhere"
    ]


STOPPED = """
from hookscope.model.events import Noticed
from hookscope.console.plain import PlainFace
from hookscope.console.printer import printing
import sys
with printing(PlainFace(errors=sys.stdout)) as printer:
    for number in range(5000):
        printer(Noticed(at=0, level="info", text="a" * 100))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="another kind of pipe")
def test_an_output_that_nobody_reads_does_not_keep_the_process_from_ending() -> None:
    reader, writer = os.pipe()
    try:
        ended = subprocess.run([sys.executable, "-c", STOPPED], stdout=writer, timeout=WITHIN_S, check=False)
        assert ended.returncode == 0
    finally:
        os.close(reader)
        os.close(writer)


def test_a_flood_of_long_events_waits_for_its_reader_before_it_fills_the_memory() -> None:
    reads = threading.Event()

    def face(_: Event) -> None:
        assert reads.wait(WITHIN_S)

    printer = Printer(face)
    long = Refused(at=0, problem="x", method="POST", target="/" + "t" * 1_000_000, size=0)
    came = threading.Semaphore(0)

    def flood() -> None:
        for _ in range(WAITING_BYTES // weight(long) + 2):
            printer(long)
            came.release()

    flooding = threading.Thread(target=flood, daemon=True)
    flooding.start()
    for _ in range(WAITING_BYTES // weight(long) + 1):
        assert came.acquire(timeout=WITHIN_S)
    assert not came.acquire(timeout=0.2)
    reads.set()
    assert came.acquire(timeout=WITHIN_S)
    flooding.join(WITHIN_S)
    assert printer.close(WITHIN_S)
