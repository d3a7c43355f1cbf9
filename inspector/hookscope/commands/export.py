"""`hookscope export`: captured deliveries for other tools to send again, or to look at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookscope.commands import options
from hookscope.commands.command import Argument, Command
from hookscope.config.option import Option
from hookscope.config.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from hookscope.model.capture import Capture
    from hookscope.tools.export.source import Exported

AS = ("curl", "powershell", "httpie", "http", "python", "har", "pytest", "raw")
PLACES_SHOWN = 3


def run(settings: Settings) -> int:
    """Write the export to standard output or to --output; what a reader should know of it goes to standard error."""
    import sys

    from hookscope.commands.find_captures import find_captures
    from hookscope.text.safe import safe_text
    from hookscope.tools.export.formats import FORMATS
    from hookscope.tools.export.source import Source

    form = FORMATS[settings.text("as")]
    captures = find_captures(settings, settings.many("capture"))
    sources = [Source(capture, _url(settings, capture, form.runs)) for capture in captures]
    if settings.text("as") == "pytest":
        sources = [Source(fixture, "") for fixture in _fixtures(settings, captures)]
        captures = [source.capture for source in sources]
    exported = form.export(sources)
    _deliver(exported, settings)
    for note in (*exported.notes, *_credentials(settings, captures)):
        print(f"hookscope: {safe_text(note)}", file=sys.stderr)
    return 0


def _url(settings: Settings, capture: Capture, runs: bool) -> str:
    """Where to: --to as `listen` takes a handler, else where it was last handed to,
    else the URL that the sender called."""
    from hookscope.model.handler import handler_target, parse_handler
    from hookscope.tools.export.request import sender_url

    if to := settings.text("to"):
        handler = parse_handler(to)
        return handler.origin + handler_target(handler, capture.delivery.target)
    if not runs:
        return ""
    handled = capture.outcome.handler_url if capture.outcome else ""
    return handled or sender_url(capture.delivery)


def _fixtures(settings: Settings, captures: list[Capture]) -> list[Capture]:
    """The captures as fixtures, redacted as `hookscope save` does unless every byte is to be kept."""
    from hookscope.providers.registry import all_providers
    from hookscope.tools.save.make import make_fixture
    from hookscope.tools.save.redact import fixture_redactor, signs_url

    providers = all_providers(settings.user, settings.project)
    keep = settings.flag("keep-bytes")
    redactor = None if keep else fixture_redactor(settings, providers, settings.text("redaction-key"))
    return [
        make_fixture(capture, redactor, keep_url=signs_url(providers.get(capture.provider))) for capture in captures
    ]


def _deliver(exported: Exported, settings: Settings) -> None:
    from pathlib import Path

    from hookscope.console.exact import write_exact
    from hookscope_relay.errors import InputError

    if name := settings.text("output"):
        _write_all(Path(name), exported, settings.flag("force"))
    elif exported.files:
        raise InputError("this export has files beside it", "name the file to write with --output")
    else:
        write_exact(exported.content)


def _write_all(path: Path, exported: Exported, force: bool) -> None:
    files = [(path, exported.content), *((path.parent / name, content) for name, content in exported.files)]
    for file, content in files:
        _check_free(file, content, force)
    for file, content in files:
        _write(file, content)


def _check_free(path: Path, content: bytes, force: bool) -> None:
    """Raise `CannotWrite` for a file with another content, before anything is written."""
    from hookscope_relay.errors import CannotWrite

    try:
        if force or not path.exists() or path.read_bytes() == content:
            return
    except (OSError, ValueError) as error:
        raise CannotWrite(f"{path} cannot be written: {_reason(error)}", "name another file") from None
    raise CannotWrite(f"{path} is there already", "give --force to replace it, or name another file")


def _write(path: Path, content: bytes) -> None:
    """Write the file so that only its owner can read it: an export may hold credentials."""
    import os

    from hookscope_relay.errors import CannotWrite

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
    except (OSError, ValueError) as error:
        raise CannotWrite(f"{path} cannot be written: {_reason(error)}", "name another file") from None


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)


def _credentials(settings: Settings, captures: list[Capture]) -> list[str]:
    """A note where the export holds what looks like credentials: it is exact, so that it can be run again."""
    from dataclasses import replace

    from hookscope.providers.registry import all_providers
    from hookscope.tools.save.redact import report_redactor

    redactor = report_redactor(settings, all_providers(settings.user, settings.project))
    places: dict[str, None] = {}
    for capture in captures:
        # What a fixture lists as redacted is not there any more.
        found = redactor.redact(replace(capture, attempts=(), redacted=())).capture.redacted
        places.update(dict.fromkeys(place for place in found if place not in capture.redacted))
    if not places:
        return []
    some = ", ".join(list(places)[:PLACES_SHOWN]) + (", …" if len(places) > PLACES_SHOWN else "")
    return [f"the export holds credentials or addresses as they came ({some}); `hookscope save` writes a redacted file"]


COMMAND = Command(
    name="export",
    summary="write deliveries as curl, HTTPie, Python, .http, HAR or a pytest module",
    description=(
        "Writes what sends deliveries again, exact to the byte, or shows them to other tools. Host and Content-Length"
        " are left to the client. Nothing is redacted, except in the fixtures of a pytest module."
    ),
    arguments=(
        Argument(name="capture", help="a number, the beginning of an id, last, or a capture file", count="some"),
    ),
    options=(
        Option(name="as", help="the form of the export", default="curl", choices=AS, metavar="|".join(AS)),
        Option(
            name="to",
            help="send to this handler, its path in front of the delivery's own, instead of the last one",
            metavar="HANDLER",
        ),
        Option(name="output", help="write to this file instead of standard output", metavar="FILE"),
        options.FORCE,
        options.KEEP_BYTES,
        options.REDACTION_KEY,
    ),
    run=run,
)
