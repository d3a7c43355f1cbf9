"""`hookscope save`: captures as fixtures, redacted files to keep in a repository."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookscope.commands import options
from hookscope.commands.command import Argument, Command
from hookscope.config.option import Option
from hookscope.config.settings import Settings

if TYPE_CHECKING:
    from hookscope.console.progress import ProgressBar
    from hookscope.model.call import Call
    from hookscope.model.capture import Capture
    from hookscope.model.verdict import Recognition
    from hookscope.providers.registry import Providers
    from hookscope.store.captures import CaptureStore
    from hookscope.tools.redaction.redactor import Redactor
    from hookscope.tools.save.write import FixtureDirectory, Saved


def run(settings: Settings) -> int:
    """Save what is named; prints the paths. One that cannot be saved is told and does not stop the others."""
    from pathlib import Path

    from hookscope.commands.captures import open_captures
    from hookscope.providers.registry import all_providers
    from hookscope.tools.save.redact import fixture_redactor
    from hookscope.tools.save.write import FixtureDirectory

    names, folder = _split(settings)
    directory = FixtureDirectory(Path(folder), force=settings.flag("force"))
    providers = all_providers(settings.user, settings.project)
    keep = settings.flag("keep-bytes")
    redactor = None if keep else fixture_redactor(settings, providers, settings.text("redaction-key"))
    with open_captures(settings) as store:
        work = _Work(store, directory, providers, redactor, as_json=settings.flag("json"))
        return work.save(_numbers(names, settings.text("where"), store))


class _Work:
    """Saves captures one after the other and counts what became of them."""

    def __init__(
        self,
        store: CaptureStore,
        directory: FixtureDirectory,
        providers: Providers,
        redactor: Redactor | None,
        *,
        as_json: bool,
    ) -> None:
        self._store = store
        self._directory = directory
        self._providers = providers
        self._redactor = redactor
        self._as_json = as_json
        self._counts = {"written": 0, "unchanged": 0, "replaced": 0}
        self._places = 0
        self._unsigned = 0
        self._exit_code = 0
        self._failed = 0

    def save(self, numbers: list[int]) -> int:
        """Save the captures of these numbers; the exit code is the first failure's."""
        from hookscope.console.progress import ProgressBar
        from hookscope_relay.errors import HookscopeError

        with ProgressBar(len(numbers), "saving") as progress:
            for number in numbers:
                try:
                    self._one(number, progress)
                except HookscopeError as error:
                    progress.clear()
                    self._tell(error)
                progress.step()
        self._sum_up()
        return self._exit_code

    def _one(self, number: int, progress: ProgressBar) -> None:
        import sys

        from hookscope.tools.save.make import make_fixture
        from hookscope.tools.save.redact import signs_url

        capture = self._store.find(str(number))
        keep_url = signs_url(self._providers.get(capture.provider))
        fixture = make_fixture(capture, self._redactor, keep_url=keep_url, answer=True)
        saved = self._directory.save(fixture, self._recognition(capture.delivery.id), self._calls(capture.delivery.id))
        self._counts[saved.state] += 1
        self._places += len(fixture.redacted)
        self._unsigned += fixture.delivery.body != capture.delivery.body
        if sys.stdout.isatty():
            progress.clear()
        self._print(saved, fixture)

    def _calls(self, delivery_id: str) -> list[Call]:
        """The calls that the handler made because of it, without its secrets."""
        from hookscope.tools.redaction.call import redact_call

        calls = self._store.calls(delivery_id)
        return [redact_call(self._redactor, call, ()) if self._redactor else call for call in calls]

    def _recognition(self, delivery_id: str) -> Recognition:
        """Who sent it; an event's type becomes a file's name, so no secret may hide in it."""
        import dataclasses

        recognition = self._store.recognition(delivery_id)
        if self._redactor is None or not recognition.event_type:
            return recognition
        return dataclasses.replace(recognition, event_type=self._redactor.words(recognition.event_type))

    def _print(self, saved: Saved, fixture: Capture) -> None:
        import json

        from hookscope.text.safe import safe_text

        if self._as_json:
            row = {"path": str(saved.path), "id": fixture.delivery.id, "state": saved.state}
            print(json.dumps({**row, "redacted": list(fixture.redacted)}))
        else:
            print(safe_text(str(saved.path)))

    def _tell(self, error: Exception) -> None:
        import sys

        from hookscope.text.safe import safe_text

        print(f"hookscope: {safe_text(str(error))}", file=sys.stderr)
        self._failed += 1
        self._exit_code = self._exit_code or getattr(error, "exit_code", 1)

    def _sum_up(self) -> None:
        import sys

        counts = ", ".join(f"{count} {state}" for state, count in self._counts.items() if count)
        failed = f", {self._failed} not saved" if self._failed else ""
        print(f"fixtures in {self._directory.root}: {counts or 'none'}{failed}", file=sys.stderr)
        if self._redactor is None:
            print("nothing was redacted: keep these files in a private repository", file=sys.stderr)
        elif self._places:
            print(f"{self._places} places were redacted; each file lists its own", file=sys.stderr)
        if self._unsigned:
            print(
                f"of {self._unsigned} the body was redacted: a signature over it no longer verifies; replay with"
                " --resign",
                file=sys.stderr,
            )


def _split(settings: Settings) -> tuple[tuple[str, ...], str]:
    """The captures and the folder of a line: its last word is the folder, unless it names a capture and the settings
    have a folder."""
    from hookscope.commands.find_captures import names_capture

    *words, last = (*settings.many("capture"), settings.text("directory"))
    if not last and words:
        last = words.pop()
    folder = settings.text("fixtures")
    if folder and (not last or names_capture(last)):
        words, last = [*words, last], folder
    names = tuple(filter(None, words))
    _check(names, settings.text("where"), last)
    return names, last


def _check(names: tuple[str, ...], where: str, directory: str) -> None:
    from pathlib import Path

    from hookscope_relay.errors import CannotWrite, InputError

    if not names and not where:
        raise InputError("nothing is named to save", "give a number or last before the directory, or --where FILTER")
    if not directory or "\x00" in directory:
        raise InputError(f"{directory!r} is no directory", "name the directory last")
    try:
        is_there, is_folder = Path(directory).exists(), Path(directory).is_dir()
    except OSError as error:
        raise CannotWrite(f"{directory} cannot be written: {error.strerror}", "name another directory") from None
    if (directory.isdigit() or directory == "last") and not is_there:
        raise InputError(f"{directory} names a capture, not a directory", f"name the directory last (or ./{directory})")
    if is_there and not is_folder:
        raise InputError(f"{directory} is not a directory", "name a directory last")


def _numbers(names: tuple[str, ...], where: str, store: CaptureStore) -> list[int]:
    """The captures that are named and those that meet the filter, each once."""
    from hookscope.tools.filters.language import parse

    numbers = [store.number_of(name) for name in names]
    if where:
        numbers += store.numbers(parse(where))
    return list(dict.fromkeys(numbers))


COMMAND = Command(
    name="save",
    summary="save deliveries as redacted fixtures for tests",
    description=(
        "Writes a file for each delivery, such as DIR/notion/page.created-3f9a.json. Credentials, tokens and e-mail"
        " addresses are replaced by placeholders, the same value by the same one in every file; each file lists what"
        " was replaced. Saving again changes nothing."
    ),
    arguments=(
        Argument(name="capture", help="a number, the beginning of an id, or last", count="any"),
        Argument(name="directory", help="where the fixtures go", count="optional"),
    ),
    options=(
        options.WHERE,
        Option(name="fixtures", help="where the fixtures go if no DIRECTORY is given", metavar="DIR"),
        options.FORCE,
        options.KEEP_BYTES,
        options.REDACTION_KEY,
        options.JSON,
    ),
    run=run,
)
