"""Copying and exporting: a delivery in the formats of other tools, to the clipboard or to a file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from hookscope.model.capture import Capture
from hookscope.model.handler import handler_target, parse_handler
from hookscope.payload.kinds import is_utf8
from hookscope.tui.actions.screen import ActionScreen
from hookscope.tui.dialogs.dialog import Dialog
from hookscope.tui.dialogs.question import Answers, Field, QuestionScreen
from hookscope.tui.engine.job import Job
from hookscope.tui.presentation.dialog import menu
from hookscope.tui.presentation.units import plural, render_size
from hookscope_relay.errors import CannotWrite, HookscopeError, InputError

if TYPE_CHECKING:
    from hookscope.config.settings import Settings
    from hookscope.tools.export.source import Exported

# The key, the format as `hookscope export` names it, what it is, and how its files end.
FORMATS = (
    ("c", "curl", "a curl command, to the handler", ".sh"),
    ("h", "httpie", "an HTTPie command, to the handler", ".sh"),
    ("p", "python", "a Python script that uses httpx", ".py"),
    ("r", "raw", "the bytes of the HTTP/1.1 request as the sender made it", ".http.txt"),
    ("w", "powershell", "a PowerShell command, to the handler", ".ps1"),
    ("f", "http", "a .http file, as editors run them", ".http"),
    ("t", "pytest", "a pytest module with the delivery as its fixture", ".py"),
    ("a", "har", "an HTTP archive, with the handler's answers", ".har"),
)
ENDINGS = {name: ending for _, name, _, ending in FORMATS}
ONE_ONLY = ("raw",)


def copy(screen: ActionScreen) -> None:
    """Ask for a format, and copy the delivery in it."""
    title = f"Copy #{screen.chosen} as"
    more = (("b", "body", "the body alone"), ("u", "url", "the endpoint's public URL"))

    def chosen(answer: str) -> None:
        if answer == "body":
            copy_body(screen)
        elif answer == "url":
            copy_url(screen)
        else:
            _copy_as(screen, answer)

    rows = [(key, name, told) for key, name, told, _ in FORMATS if name not in ("pytest", "har")]
    _choose(screen, title, [*rows, *more], chosen)


def copy_url(screen: ActionScreen) -> None:
    """Copy the public URL."""
    screen.app.copy_to_clipboard(screen.session.url)
    screen.say(f"copied {screen.session.url}")


def copy_register(screen: ActionScreen) -> None:
    """Copy the URL that a finding says to register."""
    url = screen.detail.url_to_register
    screen.app.copy_to_clipboard(url)
    screen.say(f"copied {url}")


def copy_body(screen: ActionScreen) -> None:
    """Copy the body."""
    detail = screen.detail.detail
    if detail is None:
        screen.say("the delivery is still being read", "warning")
        return
    _copy(screen, detail.capture.delivery.body, "the body", ())


def export(screen: ActionScreen) -> None:
    """Ask for a format and a file, and write the delivery to it."""
    number = int(screen.chosen)
    rows = [(key, name, told) for key, name, told, _ in FORMATS]
    _choose(screen, f"Export #{number} as", rows, lambda name: _ask_file(screen, name, (number,)))


def export_all(screen: ActionScreen) -> None:
    """Ask for a format and a file, and write every delivery of the list to it."""
    numbers = tuple(screen.list.window.numbers)
    rows = [(key, name, told) for key, name, told, _ in FORMATS if name not in ONE_ONLY]
    title = f"Export {plural(len(numbers), 'delivery', 'deliveries')} as"
    _choose(screen, title, rows, lambda name: _ask_file(screen, name, numbers))


def render(captures: Sequence[Capture], name: str, handler: str, settings: Settings) -> Exported:
    """The captures in a format, as `hookscope export` writes them; those for tests are redacted as fixtures are."""
    from hookscope.tools.export.formats import FORMATS as KNOWN
    from hookscope.tools.export.source import Source

    form = KNOWN[name]
    if name == "pytest":
        return form.export([Source(fixture, "") for fixture in _fixtures(captures, settings)])
    return form.export([Source(capture, url_of(capture, handler) if form.runs else "") for capture in captures])


def url_of(capture: Capture, handler: str) -> str:
    """Where to: the session's handler, else the one that answered it, else the URL that the sender called."""
    from hookscope.tools.export.request import sender_url

    if handler:
        parsed = parse_handler(handler)
        return parsed.origin + handler_target(parsed, capture.delivery.target)
    outcome = capture.outcome
    return (outcome.handler_url if outcome else "") or sender_url(capture.delivery)


def _fixtures(captures: Sequence[Capture], settings: Settings) -> list[Capture]:
    from hookscope.providers.registry import all_providers
    from hookscope.tools.save.make import make_fixture
    from hookscope.tools.save.redact import fixture_redactor, signs_url

    providers = all_providers(settings.user, settings.project)
    redactor = fixture_redactor(settings, providers)
    return [
        make_fixture(capture, redactor, keep_url=signs_url(providers.get(capture.provider))) for capture in captures
    ]


def write(exported: Exported, path: Path) -> tuple[Path, ...]:
    """Write an export and the files beside it; `CannotWrite` where one cannot be, or is there already."""
    files = {path: exported.content} | {path.parent / name: content for name, content in exported.files}
    there = next((file for file in files if file.exists()), None)
    if there is not None:
        raise CannotWrite(f"{there} is there already", "name another file, or remove it")
    try:
        for file, content in files.items():
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
    except OSError as error:
        raise CannotWrite(f"{path} cannot be written ({error.strerror})", "name another file") from None
    return tuple(files)


def _choose(
    screen: ActionScreen, title: str, rows: Sequence[tuple[str, str, str]], chosen: Callable[[str], None]
) -> None:
    def answered(answer: str | None) -> None:
        if answer:
            chosen(answer)

    answers = {"escape": "", "q": ""} | {key: name for key, name, _ in rows}
    screen.app.push_screen(Dialog(lambda width: menu(title, rows), answers), answered)


def _copy_as(screen: ActionScreen, name: str) -> None:
    detail = screen.detail.detail
    if detail is None:
        screen.say("the delivery is still being read", "warning")
        return
    try:
        exported = render([detail.capture], name, screen.session.handler, screen.settings)
    except HookscopeError as error:
        screen.say(str(error), "error")
        return
    _copy(screen, exported.content, f"#{detail.number} as {name}", exported.notes)


def _copy(screen: ActionScreen, content: bytes, what: str, notes: Sequence[str]) -> None:
    screen.app.copy_to_clipboard(content.decode("utf-8", "replace"))
    exact = () if is_utf8(content) else ("it is not text, so bytes were replaced",)
    told = "; ".join((f"copied {what}, {render_size(len(content))}", *exact, *notes))
    screen.say(told, "warning" if exact or notes else "information")


def _ask_file(screen: ActionScreen, name: str, numbers: Sequence[int]) -> None:
    usual = f"delivery-{numbers[0]}{ENDINGS[name]}" if len(numbers) == 1 else f"deliveries{ENDINGS[name]}"
    if name == "pytest":
        usual = f"test_{usual.replace('-', '_')}"
    job = Job("exporting", len(numbers))

    def answered(answers: Answers | None) -> None:
        if answers is not None:
            path = Path(answers.values[0]).expanduser()
            screen.work_on(job, lambda: _export(screen, job, name, numbers, path), quiet=True)

    def check(answers: Answers) -> str:
        return "" if answers.values[0] and "\x00" not in answers.values[0] else "name a file"

    screen.app.push_screen(QuestionScreen(f"Export as {name}", [Field(label="File", value=usual)], check), answered)


def _export(screen: ActionScreen, job: Job, name: str, numbers: Sequence[int], path: Path) -> None:
    captures = []
    for number in numbers:
        if job.cancelled:
            return
        captures.append(screen.store.find(str(number)))
        job.step()
    try:
        exported = render(captures, name, screen.session.handler, screen.settings)
    except InputError as error:
        raise InputError(error.what, f"{error.remedy}; nothing was written") from None
    if job.cancelled:
        return
    files = write(exported, path)
    beside = f" and {plural(len(files) - 1, 'file')} beside it" if len(files) > 1 else ""
    told = "; ".join((f"{plural(len(numbers), 'delivery', 'deliveries')} written to {path}{beside}", *exported.notes))
    screen.background.later(screen.say, told)
