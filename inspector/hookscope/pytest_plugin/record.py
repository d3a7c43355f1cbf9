"""`--hookscope-record`: saves what arrives at a running `hookscope listen` while a test runs, redacted,
in a folder of the test.

The capture store is watched, so any session of this machine and user counts, whatever its endpoint.
"""

from __future__ import annotations

import hashlib
import os
import re
import time
from collections.abc import Generator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from hookscope.config.look_up import USER_FILE
from hookscope.config.settings import Settings, places, read_file, read_project_file
from hookscope.config.values import parse_duration
from hookscope.providers.recognition import recognise
from hookscope.pytest_plugin.open import providers_of
from hookscope.store.reader import CaptureReader
from hookscope.text.safe import safe_text
from hookscope.tools.save.make import make_fixture
from hookscope.tools.save.redact import fixture_redactor, signs_url
from hookscope.tools.save.write import FixtureDirectory
from hookscope_relay.errors import HookscopeError

KEPT_WITHIN_S = 0.25
MAX_NAME = 100
_OTHERS = re.compile(r"[^A-Za-z0-9._-]+")


def start_recording(config: pytest.Config, directory: str, wait: str) -> None:
    """Record during this test run. UsageError for options that make no sense, or several processes at once."""
    if directory.endswith(".py") or "::" in directory:
        raise pytest.UsageError(f"--hookscope-record took {directory!r} for its folder; write --hookscope-record=DIR")
    try:
        wait_s = parse_duration(wait)
    except ValueError:
        raise pytest.UsageError(f"--hookscope-record-wait: {wait!r} is not a duration such as 500ms or 2s") from None
    if getattr(config.option, "numprocesses", None) or hasattr(config, "workerinput"):
        raise pytest.UsageError(
            "--hookscope-record cannot tell which of several tests at once a delivery belongs to; leave out -n"
        )
    try:
        recorder = Recorder(config.rootpath / directory, config.rootpath, wait_s)
    except HookscopeError as error:
        raise pytest.UsageError(safe_text(str(error))) from None
    config.pluginmanager.register(recorder, "hookscope-recorder")


class Recorder:
    """The part of the plugin that looks before and after each test."""

    def __init__(self, directory: Path, root: Path, wait_s: float) -> None:
        environ = dict(os.environ)
        where = places(environ)
        self.store = where.captures
        self.saved = 0
        self.failed = 0
        self._directory = directory
        self._wait_s = wait_s
        self._root = root
        self._settings = Settings({}, environ, read_project_file(root), read_file(where.config / USER_FILE))
        self._before = 0
        self._unread = ""

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Generator[None, None, None]:
        """Note what is there before the test's fixtures are made."""
        self._look()
        return (yield)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Generator[None, None, None]:
        """Save what came since, once the test's fixtures are gone.

        What cannot be read or saved is an error of the test.
        """
        try:
            return (yield)
        finally:
            # A delivery is handed over while it is being kept, so its answer may be here a moment before its capture;
            # --hookscope-record-wait asks for more, where more may still arrive.
            time.sleep(max(self._wait_s, KEPT_WITHIN_S))
            if trouble := self._save(self._directory / folder_of(item.nodeid)):
                self.failed += 1
                pytest.fail("\n".join(trouble), pytrace=False)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say what was saved; where nothing was, where it was looked for."""
        if self.saved:
            terminalreporter.write_line(f"hookscope: {self.saved} deliveries saved below {self._directory}")
        elif not self.failed:
            terminalreporter.write_line(
                "hookscope: nothing arrived during the tests; is `hookscope listen` running? (looked into"
                f" {self.store})"
            )

    def _look(self) -> None:
        """Note the newest capture, or why there is no telling; the end of the test tells that."""
        self._before, self._unread = 0, ""
        try:
            with _Open(self.store) as reader:
                newest = reader.summaries(limit=1) if reader else ()
                self._before = newest[0].number if newest else 0
        except HookscopeError as error:
            self._unread = safe_text(str(error))

    def _save(self, directory: Path) -> Sequence[str]:
        """Why some could not be saved, a sentence each."""
        if self._unread:
            return (self._unread,)
        trouble: list[str] = []
        try:
            with _Open(self.store) as reader:
                files = FixtureDirectory(directory)
                for number in arrived_since(reader, self._before) if reader else ():
                    assert reader is not None
                    try:
                        self._save_one(reader, number, files)
                    except HookscopeError as error:
                        trouble.append(safe_text(str(error)))
        except HookscopeError as error:
            trouble.append(safe_text(str(error)))
        return trouble

    def _save_one(self, reader: CaptureReader, number: int, files: FixtureDirectory) -> None:
        providers = providers_of(self._root)
        capture = reader.find(str(number))
        recognition = recognise(capture.delivery, providers, capture.provider)
        capture = replace(capture, provider=capture.provider or recognition.provider)
        redactor = fixture_redactor(self._settings, providers)
        fixture = make_fixture(capture, redactor, keep_url=signs_url(providers.get(recognition.provider)))
        files.save(fixture, recognition)
        self.saved += 1


def arrived_since(reader: CaptureReader, before: int) -> list[int]:
    """The numbers of the captures above a number, oldest first."""
    numbers: list[int] = []
    while page := reader.summaries(after=numbers[-1] if numbers else before):
        numbers += [summary.number for summary in reversed(page)]
    return numbers


class _Open:
    """The store for a moment; None where there is none yet."""

    def __init__(self, path: Path) -> None:
        self._reader = CaptureReader(path) if path.exists() else None

    def __enter__(self) -> CaptureReader | None:
        return self._reader

    def __exit__(self, *_: object) -> None:
        if self._reader is not None:
            self._reader.close()


def folder_of(nodeid: str) -> str:
    """The folder of a test: `test_orders.test_paid` for `tests/test_orders.py::test_paid`,
    with nothing that leads elsewhere."""
    file, _, inside = nodeid.partition("::")
    plain = f"{Path(file).stem}.{inside.replace('::', '.')}" if inside else Path(file).stem
    name = _OTHERS.sub("-", plain).strip("-.") or "test"
    if len(name) <= MAX_NAME:
        return name
    return f"{name[:MAX_NAME]}-{hashlib.sha256(nodeid.encode('utf-8', 'replace')).hexdigest()[:8]}"
