"""The `hookscope` command: reads the command line, resolves the settings, runs one command,
turns errors into exit codes."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import re
import sys
from _thread import interrupt_main
from collections.abc import Sequence
from typing import TYPE_CHECKING

from hookscope.text.safe import safe_text
from hookscope_relay.errors import CannotWrite, HookscopeError

if TYPE_CHECKING:
    from sys import UnraisableHookArgs

# `hookscope 3000`, `hookscope localhost:3000/path`, `hookscope http://localhost:3000`: what `listen` takes, and no
# command's name.
HANDLER = re.compile(r"[0-9]{1,5}(/.*)?|https?://.+|[A-Za-z0-9.\-\[\]:]+:[0-9]{1,5}(/.*)?")
# The question of the completion scripts (hookscope.commands.complete).
ASKED = "__complete"
OUR_BUG = 3
INTERRUPTED = 130
AGAIN_S = 0.01
DISK_ERRORS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS})


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the process's exit code."""
    _print_whatever_comes()
    if arguments is None:  # the process is ours
        sys.unraisablehook = _interrupt_again
    try:
        code = run(sys.argv[1:] if arguments is None else arguments)
        sys.stdout.flush()
        return code
    except HookscopeError as error:
        # An error may quote what a relay or a file said: no byte of it may act on the terminal.
        _tell(f"hookscope: {safe_text(str(error))}")
        return error.exit_code
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of our output went away (`| head`).
        _forget_output()
        return 0
    except Exception as error:
        if isinstance(error, OSError) and error.errno in DISK_ERRORS:
            _forget_output()
            _tell(f"hookscope: something cannot be written ({error.strerror}); make room, or write it elsewhere")
            return CannotWrite.exit_code
        if os.environ.get("HOOKSCOPE_DEBUG"):
            raise
        _tell(
            f"hookscope: a bug of ours: {type(error).__name__}: {safe_text(str(error))}; set HOOKSCOPE_DEBUG=1 and"
            " report it"
        )
        return OUR_BUG


def _print_whatever_comes() -> None:
    """Marks and arrows that an output's encoding lacks (a Windows code page, LC_ALL=C) become question marks,
    and no error."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _interrupt_again(ignored: UnraisableHookArgs) -> None:
    """Ctrl-C may fall into a callback of the interpreter's own (a module's lock that is let go of while it loads),
    which swallows it: it is given once more."""
    if ignored.exc_type is KeyboardInterrupt:
        import threading  # costs time that `--help` has not

        threading.Timer(AGAIN_S, interrupt_main).start()
    else:
        sys.__unraisablehook__(ignored)


def _forget_output() -> None:
    """What could not be written is still in the buffer: Python must not try it again at exit, and complain."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _tell(text: str) -> None:
    """Print to standard error; where that cannot be written (its disk is full),
    the exit code still says what happened."""
    with contextlib.suppress(OSError):
        print(text, file=sys.stderr)


def run(arguments: Sequence[str]) -> int:
    """Run the command line; errors propagate. A handler in the place of a command is listened for."""
    # Loaded here, so that Ctrl-C in the meantime ends in `main` and not in a traceback.
    from hookscope.commands.parser import short_page, version_line
    from hookscope.commands.perform import perform

    if list(arguments[:1]) == [ASKED]:
        from hookscope.commands.complete import answer

        print(answer(arguments[1:]), end="")
        return 0
    if not arguments:
        print(short_page(), end="")
        return 0
    if list(arguments) == ["--version"]:  # no command need be loaded for it
        print(version_line())
        return 0
    if arguments[0] == "help":
        arguments = [*arguments[1:2], "--help"]
    if HANDLER.fullmatch(arguments[0]):
        arguments = ["listen", *arguments]
    return perform(arguments, lambda note: _tell(f"hookscope: {safe_text(note)}"))


if __name__ == "__main__":
    sys.exit(main())
