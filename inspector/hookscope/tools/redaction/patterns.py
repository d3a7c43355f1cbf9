"""A user's patterns, held to a time: those that could take longer than their text is long run in a process of their
own, which can be ended.

Python's engine goes back and tries again; a pattern such as `(a+)+$` doubles its time with every letter and cannot be
interrupted from within. A pattern without repetition, or with a short one, is run here; any other is handed to a child
that answers within `LIMIT_S`, or is ended, and the pattern is refused.
"""

from __future__ import annotations

import contextlib
import json
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

from hookscope_relay.errors import InputError

LIMIT_S = 2.0
# A match of at most so many characters costs a text no more than that, for each of its places.
SHORT = 200
_LOOK_S = 0.05
# A repetition (not of the marks of a group), and one of a group, which may match in many ways.
_ESCAPED = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]])*\]|\(\?(?:P<\w+>|:)", re.DOTALL)
_REPEAT = re.compile(r"[*+?{]")
_REPEATED_GROUP = re.compile(r"\)[*+?{]")
_CHILD = """
import json, re, sys
pattern = re.compile(json.loads(sys.stdin.readline()))
name = "secret" if "secret" in pattern.groupindex else 0
for line in sys.stdin:
    print(json.dumps([match.span(name) for match in pattern.finditer(json.loads(line))]), flush=True)
"""

Span = tuple[int, int]


class TimedPattern:
    """A regular expression of a user's; `InputError` for text that is none."""

    def __init__(self, text: str) -> None:
        self.text = text
        try:
            self._pattern = re.compile(text)
            least, most = _width(text)
        except (re.error, OverflowError, RecursionError) as error:
            raise InputError(
                f"[redaction] patterns: {text!r} is not a regular expression ({error})", "correct it"
            ) from None
        self._least = least
        plain = _ESCAPED.sub(lambda match: "(" if match[0][0] == "(" else "x", text)
        self._is_quick = most <= SHORT and len(_REPEAT.findall(plain)) <= 1 and not _REPEATED_GROUP.search(plain)
        self._child: subprocess.Popen[str] | None = None
        self._until = 0.0
        self._turn = threading.Lock()

    def spans(self, text: str) -> Iterator[Span]:
        """Where the group `secret` lies in the text, or the whole match; `InputError` where that takes too long."""
        if len(text) < self._least:
            return
        if self._is_quick:
            name = "secret" if "secret" in self._pattern.groupindex else 0
            found = [match.span(name) for match in self._pattern.finditer(text)]
        else:
            found = self._asked(text)
        yield from ((start, end) for start, end in found if 0 <= start < end)

    def _asked(self, text: str) -> list[Span]:
        with self._turn:
            child = self._child or self._start()
            assert child.stdin is not None
            assert child.stdout is not None
            self._until = time.monotonic() + LIMIT_S
            try:
                child.stdin.write(json.dumps(text) + "\n")
                child.stdin.flush()
                answer = child.stdout.readline()
            except OSError:
                answer = ""
            self._until = 0.0
            if not answer:
                self._child = None
                _end(child)
                raise InputError(
                    f"[redaction] patterns: {self.text!r} takes more than {LIMIT_S:g} s on {len(text):,} characters",
                    "write it without repetitions within or beside repetitions",
                )
            return [(start, end) for start, end in json.loads(answer)]

    def _start(self) -> subprocess.Popen[str]:
        child = subprocess.Popen(  # noqa: S603  # our own interpreter, our own words
            [sys.executable, "-I", "-c", _CHILD],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="ascii",
        )
        assert child.stdin is not None
        child.stdin.write(json.dumps(self.text) + "\n")
        self._child = child
        threading.Thread(target=self._watch, args=(child,), daemon=True).start()
        return child

    def _watch(self, child: subprocess.Popen[str]) -> None:
        """End the child when its time is up; it ends by itself with its input, when we do."""
        while child.poll() is None:
            if 0 < self._until < time.monotonic():
                child.kill()
            time.sleep(_LOOK_S)  # the limit moves with each piece of work, so no single wait has it

    def __del__(self) -> None:
        if (child := getattr(self, "_child", None)) is not None:
            _end(child)


def _end(child: subprocess.Popen[str]) -> None:
    """End a child and let go of its pipes, whatever is left in them."""
    child.kill()
    child.wait()
    for pipe in (child.stdin, child.stdout):
        with contextlib.suppress(OSError):
            assert pipe is not None
            pipe.close()


def _width(text: str) -> tuple[int, int]:
    """How long a match is at least and at most."""
    from re import _parser  # type: ignore[attr-defined]  # what `re` itself reads a pattern with

    least, most = _parser.parse(text).getwidth()
    return int(least), int(most)
