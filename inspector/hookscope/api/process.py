"""Which process a connection on this machine comes from, where the system shows it (Linux: `/proc`).

Whoever serves one delivery at a time in each of several processes, as forking servers do, tells by it whose call it is.
"""

from __future__ import annotations

import threading
import time
from pathlib import Path

PROC = Path("/proc")
# A look at every process takes some milliseconds; those that were found before are looked at first.
ALL_EVERY_S = 0.5
ESTABLISHED = "01"


class Processes:
    """Finds processes by their sockets; may be asked from several threads, which wait for each other."""

    def __init__(self, proc: Path = PROC) -> None:
        self._proc = proc
        self._known: dict[int, None] = {}
        self._looked_at = -ALL_EVERY_S
        self._lock = threading.Lock()

    def of(self, port: int, to_port: int) -> int:
        """The process that holds the connection from one port of this machine to another; 0 where it is not known."""
        with self._lock:
            socket = self._socket(port, to_port)
            return self._holder(f"socket:[{socket}]") if socket else 0

    def _socket(self, port: int, to_port: int) -> str:
        """The inode of the connection's near end."""
        for name in ("tcp", "tcp6"):
            try:
                rows = (self._proc / "net" / name).read_text("ascii").splitlines()[1:]
            except (OSError, ValueError):
                continue
            for row in rows:
                _, near, far, state, *_, inode = row.split(None, 10)[:10]
                if state == ESTABLISHED and _port(near) == port and _port(far) == to_port:
                    return inode
        return ""

    def _holder(self, socket: str) -> int:
        for pid in list(reversed(self._known)):
            if self._holds(pid, socket):
                return pid
        if time.monotonic() - self._looked_at < ALL_EVERY_S:
            return 0
        self._looked_at = time.monotonic()
        pids = [int(folder.name) for folder in self._proc.iterdir() if folder.name.isdecimal()]
        found = next((pid for pid in pids if self._holds(pid, socket)), 0)
        if found:
            self._known[found] = None
        return found

    def _holds(self, pid: int, socket: str) -> bool:
        """Whether the process has the socket open; another user's process shows nothing."""
        try:
            return any(_link(link) == socket for link in (self._proc / str(pid) / "fd").iterdir())
        except OSError:
            self._known.pop(pid, None)
            return False


def _port(address: str) -> int:
    return int(address.rpartition(":")[2], 16)


def _link(path: Path) -> str:
    try:
        return str(path.readlink())
    except OSError:
        return ""
