from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from hookscope.api.process import Processes

needs_proc = pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="this system has no /proc")
CALLS = "import socket,sys; s=socket.create_connection(('127.0.0.1',int(sys.argv[1]))); print(s.getsockname()[1],flush=True); sys.stdin.read()"


@needs_proc
def test_a_connection_is_known_by_its_process() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        command = [sys.executable, "-c", CALLS, str(port)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
            assert child.stdout is not None
            near = int(child.stdout.readline())
            processes = Processes()
            assert processes.of(near, port) == child.pid
            with socket.create_connection(("127.0.0.1", port)) as own:
                assert processes.of(own.getsockname()[1], port) == 0, "it looks at all processes twice a second only"
            assert child.stdin is not None
            child.stdin.close()
    assert processes.of(near, port) == 0


@needs_proc
def test_our_own_connection_is_ours() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as own:
        assert Processes().of(own.getsockname()[1], server.getsockname()[1]) == os.getpid()


def test_a_system_that_does_not_show_it_gives_none(tmp_path: Path) -> None:
    assert Processes(tmp_path / "none").of(1, 2) == 0
