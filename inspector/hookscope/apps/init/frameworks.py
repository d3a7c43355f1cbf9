"""Which framework a project is built with, and at which port it listens: read from the files it always has.

A usual port is what the framework's own documentation says of its development server. What a file states stands
before that; a number is taken from it and nothing else, since whoever wrote the repository wrote the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from hookscope.config.regular_file import read_regular
from hookscope_relay.errors import InputError

MAX_BYTES = 1 << 20

PYTHON = ("requirements*.txt", "requirements/*.txt", "pyproject.toml", "Pipfile", "setup.cfg", "setup.py")
ENTRY = (
    "app.py",
    "main.py",
    "wsgi.py",
    "asgi.py",
    "run.py",
    "src/app.py",
    "src/main.py",
    "app/main.py",
    "app/__init__.py",
)
ENTRY_JS = tuple(
    f"{folder}{name}.{end}" for folder in ("", "src/") for name in ("server", "app", "index") for end in ("js", "ts")
)
MADE_BY = ("Makefile", "justfile", "package.json", "Procfile", "Procfile.dev")
ENV = (".env.local", ".env.development", ".env")
ENV_PORT = (ENV, r"^\s*(?:export\s+)?PORT\s*=\s*[\"']?(\d+)")
PROCFILE = (("Procfile.dev", "Procfile"), r"(?m)^web:.*?(?:\s-p\s*|--port[ =]|:)(\d{2,5})\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Framework:
    """A framework: `marks` are files and what stands in them, `ports` files and how they state a port."""

    name: str
    port: int
    marks: tuple[tuple[tuple[str, ...], str], ...]
    ports: tuple[tuple[tuple[str, ...], str], ...] = ()


@dataclass(frozen=True, slots=True)
class FoundFramework:
    """A framework of the project, its port, and what says so: a file, or that it is the usual one."""

    framework: str
    port: int
    said_by: str


def _requirement(name: str) -> str:
    return rf"(?im)(?:^|[\"'\s]){name}(?:\[[^\]]*\])?\s*(?:[=<>~!;\"',\s]|$)"


# The first that fits is offered first: what is more than a library of another stands before it.
FRAMEWORKS: tuple[Framework, ...] = (
    Framework(
        name="Django",
        port=8000,
        marks=((("manage.py",), r"django"), (PYTHON, _requirement("django"))),
        ports=(
            (
                MADE_BY,
                r"runserver\s+(?:[\w.\[\]:]*:)?(\d+)",
            ),
        ),
    ),
    Framework(
        name="FastAPI",
        port=8000,
        marks=((PYTHON, _requirement("fastapi")),),
        ports=(
            (ENV, r"(?m)^\s*(?:export\s+)?UVICORN_PORT\s*=\s*[\"']?(\d+)"),
            (ENTRY, r"uvicorn\.run\([^)]*\bport\s*=\s*(\d+)"),
            (MADE_BY, r"(?:uvicorn|fastapi)\b.*--port[ =](\d+)"),
        ),
    ),
    Framework(
        name="Flask",
        port=5000,
        marks=((PYTHON, _requirement("flask")),),
        ports=(
            ((".flaskenv", *ENV), r"(?m)^\s*(?:export\s+)?FLASK_RUN_PORT\s*=\s*[\"']?(\d+)"),
            (ENTRY, r"\.run\([^)]*\bport\s*=\s*(\d+)"),
            (MADE_BY, r"flask\b.*(?:--port[ =]|-p\s*)(\d+)"),
        ),
    ),
    Framework(
        name="Next",
        port=3000,
        marks=((("package.json",), r"\"next\"\s*:"),),
        ports=((("package.json",), r"next dev[^\"]*?(?:--port[ =]|-p\s*)(\d+)"),),
    ),
    Framework(
        name="Express",
        port=3000,
        marks=((("package.json",), r"\"express\"\s*:"),),
        ports=(
            ENV_PORT,
            (("package.json",), r"\bPORT=(\d+)"),
            (ENTRY_JS, r"process\.env\.PORT\s*(?:\|\||\?\?)\s*[\"']?(\d+)"),
            (ENTRY_JS, r"\.listen\(\s*(\d+)"),
        ),
    ),
    Framework(
        name="Rails",
        port=3000,
        marks=((("Gemfile",), r"(?m)^\s*gem\s+[\"']rails[\"']"), (("bin/rails",), r"rails")),
        ports=(
            PROCFILE,
            ENV_PORT,
            (("config/puma.rb",), r"(?m)^\s*port\s+(?:ENV\.fetch\([\"']PORT[\"'](?:\s*,\s*|\)\s*\{\s*))?[\"']?(\d+)"),
        ),
    ),
    Framework(
        name="Laravel",
        port=8000,
        marks=((("composer.json",), r"\"laravel/framework\"\s*:"), (("artisan",), r"Illuminate|laravel")),
        ports=(
            (ENV, r"(?m)^\s*SERVER_PORT\s*=\s*[\"']?(\d+)"),
            (ENV, r"(?m)^\s*APP_URL\s*=\s*[\"']?http://(?:localhost|127\.0\.0\.1):(\d+)"),
        ),
    ),
    Framework(
        name="Spring",
        port=8080,
        marks=((("pom.xml", "build.gradle", "build.gradle.kts"), r"org\.springframework\.boot|spring-boot"),),
        ports=(
            (("src/main/resources/application.properties",), r"(?m)^\s*server\.port\s*[=:]\s*(?:\$\{\w+:)?(\d+)"),
            (
                ("src/main/resources/application.yml", "src/main/resources/application.yaml"),
                r"(?m)^server:\s*\n(?:[ \t]+.*\n)*?[ \t]+port:\s*(?:\$\{\w+:)?(\d+)",
            ),
        ),
    ),
)


def find_frameworks(folder: Path) -> list[FoundFramework]:
    """The frameworks that the files of a folder name, in the table's order, each with its port."""
    return [_port(folder, one) for one in FRAMEWORKS if any(_search(folder, *mark) for mark in one.marks)]


def _port(folder: Path, framework: Framework) -> FoundFramework:
    for files, form in framework.ports:
        for path, match in _search_all(folder, files, form):
            if 0 < int(match[1][:6]) < 1 << 16:
                return FoundFramework(framework.name, int(match[1]), path.relative_to(folder).as_posix())
    return FoundFramework(framework.name, framework.port, f"{framework.name}'s usual port")


def _search(folder: Path, files: tuple[str, ...], form: str) -> bool:
    return next(_search_all(folder, files, form), None) is not None


def _search_all(folder: Path, files: tuple[str, ...], form: str) -> Iterator[tuple[Path, re.Match[str]]]:
    for name in files:
        for path in sorted(folder.glob(name)):
            try:
                text = read_regular(path, MAX_BYTES).decode("utf-8", "replace")
            except InputError:
                continue
            if match := re.search(form, text, re.MULTILINE):
                yield path, match
