"""The process in which a user's function changes deliveries: it reads them one after the other, and writes what became
of each. What the function prints goes to standard error.

    python -m hookscope.session.transform_child MODULE:FUNCTION FOLDER
"""

from __future__ import annotations

import importlib
import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from hookscope_relay.delivery import Delivery

LENGTH = 4


class Changed(msgspec.Struct, frozen=True):
    """What became of a delivery: as the function gave it back, None where it left it out, or why it could not."""

    delivery: Delivery | None = None
    error: str = ""


def read_frame(source: BinaryIO) -> bytes:
    """The next frame; empty where there is none."""
    size = source.read(LENGTH)
    return source.read(int.from_bytes(size, "big")) if len(size) == LENGTH else b""


def frame(value: object) -> bytes:
    """A value as a frame."""
    data = msgspec.msgpack.encode(value)
    return len(data).to_bytes(LENGTH, "big") + data


def load(name: str, folder: str) -> Callable[[Delivery], Any]:
    """The function MODULE:FUNCTION, looked for in a folder first."""
    module, _, function = name.partition(":")
    sys.path.insert(0, folder)
    found = getattr(importlib.import_module(module), function)
    if not callable(found):
        raise TypeError(f"{name} is no function")
    return found  # type: ignore[no-any-return]  # what it takes and gives back shows when it is called


def told(error: BaseException) -> str:
    """The last line of an error's traceback, and where in the user's code it was raised."""
    last = traceback.extract_tb(error.__traceback__)[-1:]
    line = " ".join(traceback.format_exception_only(error)[-1].split())
    return f"{line} ({Path(last[0].filename).name}:{last[0].lineno})" if last else line


def change(function: Callable[[Delivery], Any], delivery: Delivery) -> Changed:
    """What the function makes of a delivery."""
    try:
        result = function(delivery)
    except Exception as error:  # whatever the user's code raises
        return Changed(error=told(error))
    if result is not None and not isinstance(result, Delivery):
        return Changed(error=f"it gave back {type(result).__name__}, and not a delivery or None")
    return Changed(result)


def main(name: str, folder: str) -> int:
    """Serve until there is nothing more to read."""
    out, source = os.fdopen(os.dup(1), "wb", buffering=0), sys.stdin.buffer
    os.dup2(2, 1)
    try:
        function = load(name, folder)
    except Exception as error:  # whatever the user's module raises
        out.write(frame(Changed(error=told(error))))
        return 1
    out.write(frame(Changed()))
    while data := read_frame(source):
        changed = change(function, msgspec.msgpack.decode(data, type=Delivery))
        try:
            answer = frame(changed)
        except Exception as error:  # such as a header that is no text
            answer = frame(Changed(error=told(error)))
        out.write(answer)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
