"""Taking in what other tools recorded: HAR files, raw requests, .http files, curl lines, ngrok's list."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from hookscope.tui.actions.screen import ActionScreen
from hookscope.tui.dialogs.question import Answers, Field, QuestionScreen
from hookscope.tui.engine.job import Job
from hookscope.tui.engine.ports import writable
from hookscope.tui.presentation.units import plural
from hookscope_relay.errors import InputError

if TYPE_CHECKING:
    from hookscope.tools.imports.found import Found

MAX_BYTES = 128 << 20
# So many are kept between two looks at whether the user has had enough.
AT_ONCE = 20


def import_file(screen: ActionScreen) -> None:
    """Ask for a file, and keep the deliveries that it holds."""

    def answered(answers: Answers | None) -> None:
        if answers is not None:
            path = Path(answers.values[0]).expanduser()
            job = Job("importing", 0)
            screen.work_on(job, lambda: _import(screen, job, path), quiet=True)

    def check(answers: Answers) -> str:
        path = Path(answers.values[0].replace("\x00", "")).expanduser()
        return "" if answers.values[0] and path.is_file() else "there is no such file"

    field = Field(label="File", hint="a HAR file, raw requests, a .http file, curl lines, ngrok's list")
    note = "What is imported again is held once. Nothing in the file is run."
    screen.app.push_screen(QuestionScreen("Import deliveries", [field], check, note=note), answered)


def read_found(path: Path, now: float) -> Found:
    """What the file holds; InputError where nothing of it can be read, or where it is too large."""
    from hookscope.tools.imports.read import read

    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}", "name another file") from None
    if len(data) > MAX_BYTES:
        raise InputError(f"{path} has more than {MAX_BYTES >> 20} MiB", "split it, or leave out what is not needed")
    return read(data, str(path), now)


def _import(screen: ActionScreen, job: Job, path: Path) -> None:
    from hookscope.diagnosis.silence import silenced
    from hookscope.providers.registry import all_providers
    from hookscope.secrets.kept import load_secrets
    from hookscope.tools.imports.keep import keep_all

    settings = screen.settings
    found = read_found(path, time.time())
    providers = all_providers(settings.user, settings.project)
    secrets = load_secrets(settings.environ, settings.places)
    quiet = silenced(settings.user, settings.project)
    job.total = len(found.captures)
    new = 0
    for first in range(0, job.total, AT_ONCE):
        if job.cancelled:
            break
        some = found.captures[first : first + AT_ONCE]
        kept = keep_all(writable(screen.store), some, providers, secrets, quiet)
        new += sum(imported.new for imported in kept)
        job.done += len(kept)
    screen.background.later(screen.list_filter.read)
    if not job.cancelled:
        held = f", {job.done - new:,} held before" if new < job.done else ""
        told = f"{plural(new, 'delivery', 'deliveries')} imported from {path.name}{held}"
        problems = [str(problem) for problem in found.problems]
        screen.background.later(screen.say, "; ".join([told, *problems[:1]]), "warning" if problems else "information")
