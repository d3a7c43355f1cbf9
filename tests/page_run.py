"""Does what a page of the documentation says, with real processes on loopback, and compares what they print.

What the page calls `https://relay.example.org` is a relay of the test's own, its ports are free ones, its endpoint's id is the one that was made;
times, durations, ids and digests need not be the same.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from page_script import STOP, File, Step, Typed
from raw_http import free_port

WITHIN_S = 20.0
# How long a program that printed something else may still be about to print what is wanted.
QUIET_S = 10.0
ENDPOINT = "k3v7qpm2xdw4hn6ytz5c"
# The ports that pages speak of: handlers, a second handler, our relay's own, a proxy or an API in front.
PORTS = ("3000", "3001", "3002", "4040", "7420", "7421", "8080", "443")
TESTS = Path(__file__).resolve().parent
ROOT = TESTS.parent
LOOKS = ("list", "show", "report", "diagnose", "verify", "wait", "diff", "export")
ANY = "…"

VARIES = tuple(
    (re.compile(pattern), name)
    for pattern, name in (
        (r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?Z?( UTC)?", "TIME"),
        (r"\b\d\d:\d\d:\d\d(\.\d+)?\b", "TIME"),
        (r"\b0[0-7][0-9a-hjkmnp-tv-z]{24}\b", "DELIVERY"),
        (r"\b[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}\b", "UUID"),
        (r"(\w)-[0-9a-f]{4}(?=\.json|[\]: ])", r"\1-ID"),
        (r"([-=_])\1{5,}", "RULE"),
        (r"(?<=\w)\.\.\.$|(?<=\w)\w{0,12}\.\.\.$", "ABBREVIATED"),
        (r"(?<![.\w])\d+(\.\d+)? ?(ms|s|seconds|bytes|B|kB|MB)\b", "AMOUNT"),
        (r"\bin \d+\.\d+s\b", "in AMOUNT"),
        (r"\b(?=[0-9a-f]*\d)[0-9a-f]{8,64}\b", "HEX"),
        # Where a test runs is nobody else's business.
        (r" in this container\b", ""),
        (r" {2,}", "  "),
    )
)


@dataclass(slots=True)
class Outcome:
    """What a command printed, beside what the page shows."""

    step: Typed
    printed: list[str]

    @property
    def fits(self) -> bool:
        return fits(self.step.lines, self.printed)


@dataclass(slots=True)
class Running:
    """A program that goes on in a terminal; `told` is how much of its output the page has shown."""

    pid: int
    output: Path
    told: int = 0


@dataclass(slots=True)
class Desk:
    """A reader's machine: a home, a project, terminals."""

    home: Path
    ports: dict[str, int] = field(default_factory=lambda: {name: free_port() for name in PORTS})
    extra: dict[str, str] = field(default_factory=dict)
    elsewhere: dict[str, str] = field(default_factory=dict)
    terminals: dict[str, Running] = field(default_factory=dict)
    _count: int = 0
    _endpoint: str = ""

    @property
    def project(self) -> Path:
        return self.home / "shop"

    def environ(self) -> dict[str, str]:
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("HOOKSCOPE_", "XDG_", "PYTEST_", "COV"))
        }
        path = os.pathsep.join((str(self.home / "bin"), str(Path(sys.executable).parent), kept.get("PATH", "")))
        return kept | {
            "HOME": str(self.home),
            "PATH": path,
            "HOOKSCOPE_PORT": str(self.ports["7420"]),
            "HOOKSCOPE_API_PORT": str(self.ports["7421"]),
            "COLUMNS": "100",
            "NO_COLOR": "1",
            "TZ": "UTC",
            "LC_ALL": "C.UTF-8",
            "PYTHONUNBUFFERED": "1",
            # As where no other plug-in of pytest is installed.
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "PYTEST_PLUGINS": "hookscope.pytest_plugin.plugin",
            "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
            "PIP_CACHE_DIR": str(Path.home() / ".cache/pip"),
            "PIP_NO_COMPILE": "1",
            **self.extra,
        }

    def real(self, text: str) -> str:
        """A command or a file of the page as it is on this machine."""
        for name, url in self.elsewhere.items():
            text = text.replace(name, url).replace(name.partition("://")[2], url.partition("://")[2])
        if ENDPOINT in text:
            text = text.replace(ENDPOINT, self.endpoint())
        text = re.sub(r"(?<=[ =])/(?=(etc|opt)/)", f"{self.home}/", text)
        return re.sub(r"\b(" + "|".join(PORTS) + r")\b", lambda found: str(self.ports[found[0]]), text)

    def told(self, text: str) -> str:
        """What a program printed, as the page has it."""
        for name, url in self.elsewhere.items():
            text = text.replace(url, name).replace(url.partition("://")[2], name.partition("://")[2])
        for name, port in self.ports.items():
            text = text.replace(str(port), name)
        with contextlib.suppress(AssertionError):
            text = text.replace(self.endpoint(), ENDPOINT)
        return text.replace(str(self.home), "~")

    def endpoint(self) -> str:
        """The id in the URL of the page's endpoint: it is kept, for the key in the file may be rotated."""
        if not self._endpoint:
            self._endpoint = self._find_endpoint()
        return self._endpoint

    def _find_endpoint(self) -> str:
        files = sorted((self.home / ".local/share/hookscope/endpoints").glob("*.key"))
        assert files, "no endpoint has been made yet"
        default = next((file for file in files if file.stem == "default"), files[0])
        return default.read_text("utf-8").split()[1]

    def new_output(self) -> Path:
        self._count += 1
        return self.home / f"output-{self._count}"


class Fork:
    """The server that forks Python programs."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(TESTS / "page_fork.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )
        assert self._read() == "ready"

    def start(self, argv: list[str], desk: Desk, output: Path, extra: dict[str, str]) -> int:
        wanted = {"argv": argv, "cwd": str(desk.project), "environ": desk.environ() | extra, "output": str(output)}
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(wanted) + "\n")
        self._process.stdin.flush()
        return int(self._read())

    def close(self) -> None:
        self._process.terminate()
        self._process.communicate()

    def _read(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()


class Reader:
    """Does the steps of one page."""

    def __init__(self, desk: Desk, fork: Fork) -> None:
        self.desk = desk
        self._fork = fork
        desk.project.mkdir(parents=True, exist_ok=True)

    def start(self, argv: list[str], ready: Callable[[Path], bool], extra: dict[str, str] | None = None) -> None:
        """Start a Python program beside the page, and wait until it is ready."""
        output = self.desk.new_output()
        pid = self._fork.start(argv, self.desk, output, extra or {})
        self.desk.terminals[str(output)] = Running(pid, output)
        self._until(lambda: ready(output), output)

    def do(self, step: Step) -> Outcome | None:
        """Do a step, and say what came of a command."""
        if isinstance(step, File):
            path = self.desk.project / step.name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(self.desk.real(step.text), "utf-8")
        if not isinstance(step, Typed):
            return None
        if step.terminal:
            return self._in_terminal(step)
        return self._done(step)

    def stop_all(self) -> None:
        for name in list(self.desk.terminals):
            self._stop(name)

    def _in_terminal(self, step: Typed) -> Outcome:
        if step.command == STOP:
            running = self.desk.terminals[step.terminal]
            os.killpg(running.pid, signal.SIGINT)
            self._until(lambda: not _lives(running.pid), running.output)
        elif step.command and not step.stays:
            return self._done(step)
        elif step.command:
            self._stop(step.terminal)
            output = self.desk.new_output()
            self.desk.terminals[step.terminal] = Running(self._start(step.command, output), output)
        return self._look(step, self.desk.terminals[step.terminal])

    def _look(self, step: Typed, running: Running) -> Outcome:
        """Wait until what the page shows has come; what differs is looked at until it is quiet."""
        assert step.lines or step.command == STOP, f"line {step.line}: a program that goes on shows what it prints"
        until = time.monotonic() + WITHIN_S
        quiet_since, seen = time.monotonic(), -1
        while True:
            lines = self._lines(running.output)[running.told :]
            count = shortest_fit(step.lines, lines)
            if len(lines) != seen:
                quiet_since, seen = time.monotonic(), len(lines)
            now = time.monotonic()
            differs = seen > 0 and now - quiet_since > QUIET_S
            if count is None and now < until and not differs:
                time.sleep(0.02)
                continue
            shown = lines if count is None else lines[:count]
            running.told += len(shown)
            return Outcome(step, shown)

    def _done(self, step: Typed) -> Outcome:
        until = time.monotonic() + 3.0
        while True:
            output = self.desk.new_output()
            pid = self._start(step.command, output)
            code = Path(f"{output}.code")
            self._until(code.exists if pid else lambda: True, output, WITHIN_S * 3)
            outcome = Outcome(step, self._lines(output))
            if not step.shown:
                assert code.read_text("utf-8") == str(step.code), (step.command, outcome.printed)
                return outcome
            # What only looks may look before the session has kept what just came.
            looks = step.command.startswith("hookscope ") and step.command.split()[1] in LOOKS
            if outcome.fits or not looks or time.monotonic() > until:
                return outcome
            time.sleep(0.05)  # another process keeps it; SQLite tells nobody when it is done

    def _start(self, command: str, output: Path) -> int:
        """Start a command: by the fork server what is Python and needs no shell, else by a shell, which is waited for."""
        real = self.desk.real(command)
        output.touch(mode=0o600)
        plain = real.replace("\\\n", " ")
        words = shlex.split(plain, comments=True)
        extra = {}
        while words and re.fullmatch(r"[A-Z_]+=.*", words[0]):
            name, _, value = words.pop(0).partition("=")
            extra[name] = value
        ours = words and (words[0] == "hookscope" or (words[0] == "python" and words[1] != "-m"))
        if ours and not re.search(r"[|<;&$`]|(?<!-)>", plain):  # an arrow is a route's
            return self._fork.start(words, self.desk, output, extra)
        background = plain.rstrip().endswith("&")
        with output.open("ab") as target:
            process = subprocess.Popen(
                ["bash", "-c", real],
                cwd=self.desk.project,
                env=self.desk.environ(),
                stdin=subprocess.DEVNULL,
                stdout=target,
                stderr=target,
                start_new_session=True,
            )
            if not background:
                process.wait(WITHIN_S * 3)
        Path(f"{output}.code").write_text(str(process.returncode), "utf-8")
        return process.pid

    def _stop(self, terminal: str) -> None:
        running = self.desk.terminals.pop(terminal, None)
        if running is None or not _lives(running.pid):
            return
        os.killpg(running.pid, signal.SIGTERM)
        try:
            self._until(lambda: not _lives(running.pid), running.output, 5.0)
        except AssertionError:
            os.killpg(running.pid, signal.SIGKILL)

    def _until(self, condition: Callable[[], bool], output: Path, within_s: float = WITHIN_S) -> None:
        until = time.monotonic() + within_s
        while not condition():
            assert time.monotonic() < until, f"too slow: {output.read_text('utf-8') if output.exists() else ''}"
            time.sleep(0.01)

    def _lines(self, output: Path) -> list[str]:
        text = self.desk.told(output.read_text("utf-8", "replace"))
        return (
            [line.rstrip() for line in text.split("\n")][:-1]
            if text.endswith("\n")
            else [line.rstrip() for line in text.split("\n") if line]
        )


def fits(wanted: list[str], printed: list[str]) -> bool:
    """Whether a page's lines are what was printed, save what varies."""
    return shortest_fit(_without_ends(wanted), _without_ends(printed), whole=True) is not None


def _without_ends(lines: list[str]) -> list[str]:
    """The lines without empty ones at their end."""
    end = len(lines)
    while end and not lines[end - 1].strip():
        end -= 1
    return lines[:end]


def shortest_fit(wanted: list[str], printed: list[str], *, whole: bool = False) -> int | None:
    """How many of the printed lines the wanted ones stand for; None where they do not. A line `…` stands for any lines."""
    reach = {0}
    for line in wanted:
        if line.strip() == ANY:
            reach = set(range(min(reach), len(printed) + 1))
        else:
            same = steady(line)
            reach = {at + 1 for at in reach if at < len(printed) and steady(printed[at]) == same}
        if not reach:
            return None
    if whole:
        return len(printed) if len(printed) in reach else None
    return min(reach)


def steady(line: str) -> str:
    """A line without what is another one each time."""
    for pattern, name in VARIES:
        line = pattern.sub(name, line)
    return line.strip()


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # A child of ours that ended and was not waited for lives on as a zombie.
    with contextlib.suppress(ChildProcessError):
        return os.waitpid(pid, os.WNOHANG) == (0, 0)
    return True
