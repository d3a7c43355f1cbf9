"""`hookscope import`: what other tools recorded, as captures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookscope.commands import options
from hookscope.commands.command import Argument, Command
from hookscope.config.option import Option
from hookscope.config.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from hookscope.tools.imports.found import Found, ReadFile
    from hookscope.tools.imports.keep import Imported

AS = ("auto", "har", "raw", "http", "ngrok", "gosmee", "curl", "capture")
MAX_BYTES = 128 << 20
BAD_INPUT = 2
# A recorder that keeps no bodies is noted for each entry.
MOST_NOTES = 20


def run(settings: Settings) -> int:
    """Keep what the files hold; a bad file or entry is told and does not stop the others,
    and the exit code is then 2."""
    import sys

    from hookscope.commands.captures import open_captures
    from hookscope.diagnosis.silence import silenced
    from hookscope.providers.registry import all_providers
    from hookscope.secrets.kept import load_secrets
    from hookscope.text.safe import safe_text
    from hookscope.tools.imports.found import gather
    from hookscope.tools.imports.keep import keep_all

    found = gather(*(found for name in settings.many("file") for found in _read_all(name, settings)))
    for problem in found.problems:
        print(f"hookscope: {safe_text(str(problem))}", file=sys.stderr)
    for note in found.notes[:MOST_NOTES]:
        print(f"hookscope: note: {safe_text(note)}", file=sys.stderr)
    if (more := len(found.notes) - MOST_NOTES) > 0:
        print(f"hookscope: note: so of {more} more", file=sys.stderr)
    providers = all_providers(settings.user, settings.project)
    kept: list[Imported] = []
    if found.captures:
        with open_captures(settings) as store:
            secrets = load_secrets(settings.environ, settings.places)
            quiet = silenced(settings.user, settings.project)
            kept = keep_all(store, found.captures, providers, secrets, quiet)
    for imported in kept:
        print(_render(imported, settings.flag("json")))
    new = sum(imported.new for imported in kept)
    print(f"{new} imported, {len(kept) - new} held before, {len(found.problems)} not readable", file=sys.stderr)
    return BAD_INPUT if found.problems else 0


def _render(imported: Imported, as_json: bool) -> str:
    import json

    from hookscope.text.safe import safe_text

    delivery = imported.capture.delivery
    event = f"{imported.provider} {imported.event_type}".strip()
    best = next(iter(imported.findings), None)
    if as_json:
        said = {"method": delivery.method, "target": delivery.target, "provider": imported.provider}
        found = {"cause": best.cause, "title": best.title} if best else {}
        return json.dumps({"number": imported.number, "id": delivery.id, "new": imported.new, **said, **found})
    request = f"{delivery.method} {delivery.target or '/'}"
    title = best.title if best else ""
    return safe_text("  ".join(part for part in (f"#{imported.number:<5}", delivery.id, request, event, title) if part))


def _read_all(name: str, settings: Settings) -> Iterator[Found]:
    """What the file or directory holds; each problem is one of its own."""
    from pathlib import Path

    from hookscope.tools.imports.found import attempt

    directory = Path(name)
    try:
        is_folder = name not in ("-", "") and directory.is_dir()
        files = sorted(directory.rglob("*")) if is_folder else []
    except (OSError, ValueError) as error:
        yield attempt(lambda error=error: _unreadable(name, error))  # type: ignore[misc]  # mypy knows no default here
        return
    if not is_folder:
        yield attempt(lambda: _read_one(name, settings))
        return
    if settings.text("format") == "gosmee" or (settings.text("format") == "auto" and _is_gosmee(files)):
        yield attempt(lambda: _read_gosmee(directory, [file for file in files if file.parent == directory]))
        return
    files = [file for file in files if file.is_file() and not file.name.startswith(".")]
    yield attempt(lambda: _nothing(directory, files))
    for file in files:
        yield attempt(lambda file=file: _read_one(str(file), settings))  # type: ignore[misc]  # mypy knows no default here


def _nothing(directory: Path, files: list[Path]) -> Found:
    from hookscope.tools.imports.found import Found
    from hookscope_relay.errors import InputError

    if not files:
        raise InputError(f"{directory} has no files", "name a file, or another directory")
    return Found()


def _unreadable(name: str, error: Exception) -> Found:
    from hookscope_relay.errors import InputError

    reason = getattr(error, "strerror", None) or str(error)
    raise InputError(f"{name} cannot be read: {reason}", "name another file")


def _is_gosmee(files: list[Path]) -> bool:
    return any(file.suffix == ".sh" and file.with_suffix(".json") in files for file in files)


def _read_one(name: str, settings: Settings) -> Found:
    import time
    from pathlib import Path

    from hookscope.tools.imports.read import read

    form = settings.text("format")
    if form == "gosmee":
        return _read_gosmee(Path(name).parent, [Path(name), Path(name).with_suffix(".sh")])
    base = Path() if name == "-" else Path(name).parent
    reader = _file_reader(base) if settings.flag("follow-files") else None
    return read(_content(name), "standard input" if name == "-" else name, time.time(), form, reader)


def _read_gosmee(directory: Path, files: list[Path]) -> Found:
    import time

    from hookscope.tools.imports.gosmee import read_gosmee

    known = [file for file in files if file.suffix in (".json", ".sh") and file.is_file()]
    return read_gosmee({file.name: _content(str(file)) for file in known}, str(directory), time.time())


def _file_reader(base: Path) -> ReadFile:
    """Reads files that an import names, from its own directory and below."""
    from hookscope_relay.errors import InputError

    def read(file: str) -> bytes:
        try:
            path = (base / file).resolve()
            inside = path.is_relative_to(base.resolve())
        except (OSError, ValueError, RuntimeError):
            inside = False
        if not inside:
            raise InputError(
                f"{file[:100]!r} is not below {base.resolve()}", "put the file there, or write its content in"
            )
        return _content(str(path))

    return read


def _content(name: str) -> bytes:
    """The content of a file, or of standard input for `-`; `InputError` for one that is too large."""
    import sys
    from pathlib import Path

    from hookscope.config.regular_file import read_regular
    from hookscope_relay.errors import InputError

    if name != "-":
        return read_regular(Path(name), MAX_BYTES, "split it, or name another file")
    data = sys.stdin.buffer.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise InputError(f"{name} has more than {MAX_BYTES >> 20} MiB", "split it, or leave out what is not needed")
    return data


COMMAND = Command(
    name="import",
    summary="take in deliveries that other tools recorded",
    description=(
        "Reads HAR files, raw HTTP requests, .http files, ngrok's /api/requests/http, directories that gosmee saved,"
        " curl command lines and capture files. What is imported again is held once. An answer that is told with it is"
        " explained. No command in a file is run."
    ),
    arguments=(Argument(name="file", help="a file or a directory; - reads standard input", count="some"),),
    options=(
        Option(name="format", help="what the files are", default="auto", choices=AS, metavar="|".join(AS)),
        Option(
            name="follow-files",
            kind="flag",
            help="read the body files that a command or an .http file names, from its directory and below",
            widens_trust=True,
        ),
        options.JSON,
    ),
    run=run,
)
