"""Keeping deliveries: marks, fixtures, and clearing the rest away."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from hookscope.model.session_requests import Clear, MarkCapture
from hookscope.tui.actions.screen import ActionScreen
from hookscope.tui.dialogs.dialog import CLOSE, Dialog, confirm
from hookscope.tui.dialogs.question import Answers, Field, QuestionScreen
from hookscope.tui.engine.job import Job
from hookscope.tui.presentation.save import saved_document
from hookscope.tui.presentation.units import plural
from hookscope_relay.errors import HookscopeError

if TYPE_CHECKING:
    from hookscope.config.settings import Settings
    from hookscope.tools.save.write import Saved
    from hookscope.tui.engine.ports import Reader

USUAL_DIRECTORY = "tests/fixtures"


def mark(screen: ActionScreen) -> None:
    """Mark the delivery, or take the mark off."""
    if (selected := screen.list.selected) is not None:
        screen.ask(MarkCapture(name=str(selected.number), on=not selected.marked))


def clear(screen: ActionScreen) -> None:
    """Ask, then delete every delivery that is not marked."""
    count = plural(screen.store.count(None), "delivery", "deliveries")
    stake = f"{count} are kept; all but the marked ones are deleted for good."
    confirm(screen.app, "Clear the list?", stake, "delete them", lambda: screen.ask(Clear()), "keep them")


def save(screen: ActionScreen) -> None:
    """Ask for a directory, save the delivery there, and show what was redacted."""
    number = int(screen.chosen)
    job = Job("saving", 1)
    _ask_directory(
        screen,
        f"Save #{number} as a fixture",
        lambda directory, force: screen.work_on(
            job, lambda: _save_one(screen, job, number, Path(directory), force), quiet=True
        ),
    )


def save_all(screen: ActionScreen) -> None:
    """Ask for a directory, and save every delivery of the list there."""
    numbers = tuple(screen.list.window.numbers)
    job = Job("saving", len(numbers))
    _ask_directory(
        screen,
        f"Save {plural(len(numbers), 'delivery', 'deliveries')} as fixtures",
        lambda directory, force: screen.work_on(job, lambda: _save_each(screen, job, numbers, Path(directory), force)),
    )


class Saver:
    """Saves captures of a store as fixtures below a directory, redacted as the user's settings say."""

    def __init__(self, store: Reader, settings: Settings, directory: Path, force: bool = False) -> None:
        from hookscope.providers.registry import all_providers
        from hookscope.tools.save.redact import fixture_redactor
        from hookscope.tools.save.write import FixtureDirectory

        self._store = store
        self._providers = all_providers(settings.user, settings.project)
        self._redactor = fixture_redactor(settings, self._providers)
        self._directory = FixtureDirectory(directory.expanduser(), force=force)

    def save(self, number: int) -> tuple[Saved, tuple[str, ...], bool]:
        """Save one: where it is, what was redacted, and whether its body was. Raises `HookscopeError`."""
        from hookscope.tools.save.make import make_fixture
        from hookscope.tools.save.redact import signs_url

        capture = self._store.find(str(number))
        keep_url = signs_url(self._providers.get(capture.provider))
        fixture = make_fixture(capture, self._redactor, keep_url=keep_url, answer=True)
        recognition = self._store.recognition(capture.delivery.id)
        if recognition.event_type:
            # An event's type becomes a file's name, so no secret may hide in it.
            recognition = replace(recognition, event_type=self._redactor.words(recognition.event_type))
        saved = self._directory.save(fixture, recognition)
        return saved, fixture.redacted, fixture.delivery.body != capture.delivery.body


def _ask_directory(screen: ActionScreen, title: str, go: Callable[[str, bool], None]) -> None:
    def answered(answers: Answers | None) -> None:
        if answers is not None:
            screen.last_directory = answers.values[0]
            go(answers.values[0], answers.on)

    asked: set[str] = set()

    def check(answers: Answers) -> str:
        name = answers.values[0]
        if not name or "\x00" in name:
            return "name a directory"
        if name in asked or Path(name).expanduser().is_dir():
            return ""
        asked.add(name)
        return f"Enter again makes it: there is no directory {name} yet"

    field = Field(label="Directory", value=screen.last_directory or USUAL_DIRECTORY)
    note = "Credentials, tokens and addresses are replaced by placeholders."
    screen.app.push_screen(QuestionScreen(title, [field], check, note=note, switch="overwrite"), answered)


def _save_one(screen: ActionScreen, job: Job, number: int, directory: Path, force: bool) -> None:
    saved, redacted, broken = Saver(screen.store, screen.settings, directory, force).save(number)
    job.step()
    screen.background.later(_show_saved, screen, str(saved.path), saved.state, redacted, broken)


def _show_saved(screen: ActionScreen, path: str, state: str, redacted: Sequence[str], broken: bool) -> None:
    def copy() -> None:
        screen.app.copy_to_clipboard(path)
        screen.say("copied the path")

    screen.app.push_screen(Dialog(lambda width: saved_document(path, state, redacted, broken), CLOSE, {"c": copy}))


def _save_each(screen: ActionScreen, job: Job, numbers: Sequence[int], directory: Path, force: bool) -> None:
    saver = Saver(screen.store, screen.settings, directory, force)
    for number in numbers:
        if job.cancelled:
            return
        try:
            saver.save(number)
        except HookscopeError as error:
            job.step(False, error)
        else:
            job.step()
