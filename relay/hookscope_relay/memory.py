"""Memory that goes back to the system when it is no longer used."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable

# mallopt(3).
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
LARGE = 1024 * 1024
KEPT = 16 * 1024 * 1024


def give_back_large_blocks() -> None:
    """Let every block of 1 MiB or more be a mapping of its own, which returns to the system the moment it is freed.

    glibc begins so, but raises the size with each larger block that it frees, up to 32 MiB; bodies then leave holes
    that stay with the process. Smaller ones, such as the pieces of a body, are used again: to fetch each from the
    system, page by page, costs more than all else that is done with it. So up to 16 MiB stay at the heap's end. Other
    allocators are left as they are.
    """
    _of_glibc("mallopt")(_M_MMAP_THRESHOLD, LARGE)
    _of_glibc("mallopt")(_M_TRIM_THRESHOLD, KEPT)


def give_back_free_memory() -> None:
    """Return whole pages that nothing uses, also between others; takes milliseconds,
    so not on an event loop (malloc_trim(3))."""
    _of_glibc("malloc_trim")(0)


def _of_glibc(name: str) -> Callable[..., object]:
    """The function, or one that does nothing where the C library has none of that name."""
    library = ctypes.CDLL(None) if sys.platform == "linux" else None
    return getattr(library, name, lambda *_: None)
