"""What processes cost, read from /proc."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from contest.accounts import TICKS, forget_peaks, machine_busy_s, memory_mb, parse_stat, read_stat, tree, usage

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")

LINE = "77 ({name}) S 42 77 77 0 -1 4194304 100 0 0 0 {user} {system} {waited} 0 20 0 1 0 38604 3133440 365"


@pytest.mark.parametrize("name", ["python", "tmux: server", "a) S 1 (b", "))"])
def test_a_stat_line_is_read_whatever_the_program_is_called(name):
    stat = parse_stat(LINE.format(name=name, user=2 * TICKS, system=TICKS, waited=TICKS))
    assert (stat.parent, stat.user, stat.system) == (42, 3.0, 1.0)


def test_a_process_that_is_gone_costs_nothing():
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    assert read_stat(process.pid) is None
    assert usage([process.pid]).total == 0
    assert memory_mb([process.pid]) == 0


BUSY = "import time\nend = time.process_time() + 0.3\nwhile time.process_time() < end: pass\n"
PARENT = f"""
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", {BUSY + "print('done', flush=True); input()"!r}], stdin=subprocess.PIPE)
input()
child.communicate(b"\\n")
"""


def test_what_a_process_started_counts_with_it():
    before = machine_busy_s()
    with subprocess.Popen([sys.executable, "-c", PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stdout.readline() == b"done\n"
        pids = tree([process.pid])
        assert len(pids) == 2
        assert usage(pids).total >= 0.3
        assert usage(pids).main == pytest.approx(usage(pids).total, abs=0.05)
        assert usage([process.pid]).total < usage(pids).total - 0.25
        assert memory_mb(pids) > memory_mb([process.pid]) > 1
        process.communicate(b"\n")
    assert machine_busy_s() - before >= 0.29


def test_a_peak_is_counted_from_when_it_was_forgotten():
    program = "x = bytearray(60_000_000)\nx = None\nprint('done', flush=True)\ninput()"
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.readline()
        assert memory_mb([process.pid], "VmHWM") > 60
        forget_peaks([process.pid])
        assert memory_mb([process.pid], "VmHWM") < 60
        process.communicate(b"\n")
