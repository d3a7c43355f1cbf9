"""The user's own editor, on a temporary file that nobody else can read."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from hookscope.config.executable import located
from hookscope_relay.errors import CannotWrite, InputError

FALLBACK = "notepad" if os.name == "nt" else "vi"


def editor_of(environ: Mapping[str, str]) -> list[str]:
    """The editor's command and its arguments: `$VISUAL`, else `$EDITOR`, else the system's usual one."""
    text = environ.get("VISUAL") or environ.get("EDITOR") or FALLBACK
    try:
        return shlex.split(text, posix=os.name == "posix") or [FALLBACK]
    except ValueError:
        raise InputError(f"$EDITOR {text[:60]!r} has an open quote", "correct it") from None


def edit_outside(
    text: bytes,
    environ: Mapping[str, str],
    suspended: Callable[[], AbstractContextManager[None]] = nullcontext,
    name: str = "delivery.http",
) -> bytes:
    """The text as the user's editor leaves it; the terminal is the editor's while `suspended` is entered.

    `InputError` where the editor cannot be run or reports a failure, `CannotWrite` where the file cannot be.
    """
    command = editor_of(environ)
    try:
        with tempfile.TemporaryDirectory(prefix="hookscope-") as directory:
            path = Path(directory) / name
            path.write_bytes(text)
            with suspended():
                code = subprocess.run([*located(command), str(path)], check=False).returncode  # noqa: S603  # the user's own editor
            edited = path.read_bytes()
    except FileNotFoundError:
        raise InputError(f"the editor {command[0]!r} cannot be run", "set EDITOR to one that can") from None
    except OSError as error:
        raise CannotWrite(f"the draft cannot be handed to {command[0]!r} ({error.strerror})", "free space") from None
    if code != 0:
        raise InputError(f"the editor {command[0]!r} ended with exit code {code}", "nothing was taken over")
    return edited
