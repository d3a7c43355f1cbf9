"""`hookscope init`: from a project's files and a few answers to its `hookscope.toml`."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from hookscope.apps.init.dialogue import Ask, agreed, ask_line, ask_value, ask_values
from hookscope.apps.init.frameworks import FoundFramework, find_frameworks
from hookscope.apps.init.project_file import ProjectFile, render
from hookscope.config.project import PROJECT_FILE
from hookscope.config.settings import Settings
from hookscope.config.toml_file import read_toml
from hookscope.config.trust_record import keep_trusted
from hookscope.model.handler import parse_handler
from hookscope.providers.registry import Providers, all_providers
from hookscope.secrets.kept import load_secrets
from hookscope.text.safe import safe_text
from hookscope.tools.routes.parse import parse_routes
from hookscope_relay.errors import CannotWrite, InputError

FIXTURES = "tests/fixtures"
DOTENV = ".env"


def init(settings: Settings) -> int:
    """Write the file; 0 where it stands there now, 1 where its user did not want it."""
    path = Path.cwd() / PROJECT_FILE
    asks = not settings.flag("yes") and sys.stdin.isatty() and sys.stderr.isatty()
    found = find_frameworks(path.parent)
    there = path.exists() or path.is_symlink()
    if there and not asks and not settings.flag("force") and not settings.flag("plan"):
        raise InputError(f"{path} is there already", "--force replaces it, --plan shows what would be written")
    for one in found:
        print(f"found {one.framework}: port {one.port} ({safe_text(one.said_by)})", file=sys.stderr)
    project = Project(path.parent, settings, found)
    draft = project.ask(ask_line) if asks else project.draft()
    text = render(draft)
    print(text, end="")
    if settings.flag("plan"):
        return 0
    if asks and not agreed(ask_line, _question(path, there), offered=not there):
        print("hookscope: nothing was written", file=sys.stderr)
        return 1
    write(path, text)
    keep_trusted(settings.places.config, read_toml(path))
    print(f"hookscope: written to {path}, and allowed here as it stands; next: `hookscope listen`", file=sys.stderr)
    return 0


def _question(path: Path, there: bool) -> str:
    return f"Replace {path}, which is there already?" if there else f"Write this to {path}?"


@dataclass(frozen=True, slots=True)
class Project:
    """What is known of a project before anybody is asked."""

    folder: Path
    settings: Settings
    found: list[FoundFramework]

    def draft(self) -> ProjectFile:
        """What the options say, and what was found where they say nothing."""
        for handler in filter(None, [self.settings.text("handler")]):
            parse_handler(handler)
        dotenv = self._dotenv()
        _check_inside(self.folder, dotenv)
        names = self._given_providers(self._providers())
        fixtures = self.settings.text("fixtures") or FIXTURES
        _check_inside(self.folder, fixtures)
        _check_path(self.settings.text("only-path"))
        parse_routes(self.settings.many("route"))
        handler, why = self._handler()
        return ProjectFile(
            handler=handler,
            why=why,
            routes=self.settings.many("route"),
            only_path=self.settings.text("only-path"),
            providers=names,
            secrets=self._secrets(names, dotenv),
            dotenv=dotenv,
            fields=self.settings.many("redact"),
            fixtures=fixtures,
        )

    def ask(self, ask: Ask) -> ProjectFile:
        """As `draft`, each part offered to the user."""
        offered = self.draft()
        providers = self._providers()
        inside = partial(_check_inside, self.folder)
        handler = ask_value(ask, "Your handler (port, host:port, with its path)", offered.handler, parse_handler)
        routes = ask_values(ask, "Routes, as `FILTER -> HANDLER` with commas", offered.routes, _check_route)
        only_path = ask_value(ask, "Path that senders may reach, - for every path", offered.only_path, _check_path)
        names = ask_values(ask, "Who sends (providers, with commas)", offered.providers, providers.demand)
        dotenv = ask_value(ask, "A .env file with their signing secrets", offered.dotenv, inside)
        fields = ask_values(ask, "Fields to redact in fixtures, beside secrets and e-mails", offered.fields, _anything)
        fixtures = ask_value(ask, "Where fixtures go", offered.fixtures, inside)
        return ProjectFile(
            handler=handler,
            why=offered.why if handler == offered.handler else "",
            routes=routes,
            only_path=only_path,
            providers=names,
            secrets=self._secrets(names, dotenv),
            dotenv=dotenv,
            fields=fields,
            fixtures=fixtures,
        )

    def _handler(self) -> tuple[str, str]:
        if given := self.settings.text("handler"):
            return given, ""
        return (str(self.found[0].port), self.found[0].said_by) if self.found else ("", "")

    def _providers(self) -> Providers:
        return all_providers(self.settings.user, self.settings.project)

    def _given_providers(self, known: Providers) -> tuple[str, ...]:
        """Those that are named, else those whose secrets the project's .env file has."""
        if given := self.settings.many("provider"):
            return tuple(known.demand(name).name for name in given)
        return tuple(dict.fromkeys(name for name in self._known_secrets(self._dotenv()) if known.get(name)))

    def _dotenv(self) -> str:
        return self.settings.text("dotenv") or (DOTENV if (self.folder / DOTENV).is_file() else "")

    def _known_secrets(self, dotenv: str) -> list[str]:
        path = self.folder / dotenv if dotenv else None
        return [secret.provider for secret in load_secrets({}, self.settings.places, path)]

    def _secrets(self, names: tuple[str, ...], dotenv: str) -> tuple[str, ...]:
        """Where each provider's secret comes from, or how to give it."""
        path = self.folder / dotenv if dotenv else None
        known = {secret.provider for secret in load_secrets(self.settings.environ, self.settings.places, path)}
        remedy = "not known yet: `hookscope secret set {0}` keeps it, or HOOKSCOPE_SECRET_{1}"
        return tuple(
            f"{name}: its signing secret is "
            + ("known here" if name in known else remedy.format(name, name.upper().replace("-", "_")))
            for name in names
        )


def write(path: Path, text: str) -> None:
    """Put a text in the place of a file, whole or not at all."""
    handle, temporary = -1, ""
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".hookscope-")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            Path(temporary).unlink()
        raise CannotWrite(f"{path} cannot be written: {error.strerror}", "correct the folder's permissions") from None


def _check_inside(folder: Path, name: str) -> None:
    root = folder.resolve()
    if name and not (root / name).resolve().is_relative_to(root):
        raise InputError(f"{name!r} is not inside {root}", "name something of the project")


def _check_route(route: str) -> None:
    parse_routes((route,))


def _check_path(path: str) -> None:
    if path and not path.startswith("/"):
        raise InputError(f"{path!r} is no path", "begin it with /, such as /webhooks")


_anything: Callable[[str], object] = str
