from __future__ import annotations

import subprocess
import sys

import pytest

# A freed block of 30 MB teaches glibc to keep such blocks on its heap, which does not shrink while the last one is in
# use.
LARGE = """
from hookscope_relay.memory import give_back_large_blocks
if {given_back}:
    give_back_large_blocks()
bytearray(30 << 20)
blocks = [b"x" * (1 << 20) for _ in range(100)]
del blocks[:-1]
with open("/proc/self/status") as status:
    print(next(int(line.split()[1]) for line in status if line.startswith("VmRSS")) // 1024)
"""

SMALL = """
from hookscope_relay.memory import give_back_free_memory
pieces = [b"x" * 60_000 for _ in range(2000)]
last = b"x" * 60_000
pieces.clear()
if {given_back}:
    give_back_free_memory()
with open("/proc/self/status") as status:
    print(next(int(line.split()[1]) for line in status if line.startswith("VmRSS")) // 1024)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc, and the allocator is glibc's")
@pytest.mark.parametrize("child", [LARGE, SMALL])
def test_what_was_freed_goes_back(child: str) -> None:
    kept, given_back = (
        int(subprocess.run([sys.executable, "-c", child.format(given_back=given)], capture_output=True).stdout)
        for given in (False, True)
    )
    assert given_back + 50 < kept
