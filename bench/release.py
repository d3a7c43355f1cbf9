"""Builds what is released into build/dist, and tries it as a user would: `make release-test`.

Wheel and source archive are built and looked at; the wheel is installed into fresh environments with the newest and with the lowest dependencies that
pyproject.toml allows, for each Python from 3.11 to 3.14 that is on this machine; `uvx` and `pipx run` start it. Beside them a list of what it
is made of (CycloneDX) is written.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
import time
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

from terminal import Terminal

ROOT = Path(__file__).resolve().parent.parent
DIST = ROOT / "build" / "dist"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
VERSION = PROJECT["version"]
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
# What tests and pages read besides the packages.
IN_THE_ARCHIVE = (
    "tests/conftest.py",
    "bench/readme.py",
    "docs/index.md",
    "deploy/nginx.conf",
    ".ci/run",
    "Makefile",
    "LICENSE",
    "README.md",
    "ARCHITECTURE.md",
)
BIN = Path(sys.executable).parent
ENVIRON = {
    name: value
    for name, value in os.environ.items()
    if name not in {"VIRTUAL_ENV", "PYTHONPATH"} and not name.startswith("HOOKSCOPE_")
}


def main() -> None:
    began = time.monotonic()
    wheel = build()
    with tempfile.TemporaryDirectory(prefix="hookscope-release-") as directory:
        home = Path(directory)
        ENVIRON.update({"HOOKSCOPE_HOME": str(home / "home"), "TERM": "xterm-256color", "LC_ALL": "C.UTF-8"})
        found = dict(pythons())
        for version in PYTHONS:
            if version not in found:
                say(f"Python {version} is not on this machine: not tried")
        newest = home
        for version, python in found.items():
            newest = install(home / f"newest-{version}", python, wheel)
            try_commands(newest)
            open_screen(newest)
            say(f"Python {version}, newest dependencies: starts, explains, and its screen opens")
        lowest = install(
            home / "lowest",
            next(iter(found.values())),
            wheel,
            "--resolution",
            "lowest-direct",
            *PROJECT["dependencies"],
        )
        try_commands(lowest)
        open_screen(lowest)
        say(f"lowest dependencies: {', '.join(direct_versions(lowest))}")
        run_without_installing(wheel, home)
        write_parts(newest)
    say(f"all well after {time.monotonic() - began:.0f} s: {DIST}")


def build() -> Path:
    """Both archives, looked at; the wheel is built from the source archive."""
    shutil.rmtree(DIST, ignore_errors=True)
    run(BIN / "uv", "build", "--quiet", "--out-dir", DIST, ROOT)
    (wheel,), (archive,) = DIST.glob("*.whl"), DIST.glob("*.tar.gz")
    with tarfile.open(archive) as tar:
        top = f"hookscope-{VERSION}/"
        names = {name.removeprefix(top) for name in tar.getnames()}
    missing = [name for name in IN_THE_ARCHIVE if name not in names]
    assert not missing, f"the source archive lacks {missing}"
    with zipfile.ZipFile(wheel) as packed:
        inside = packed.namelist()
        metadata = packed.read(f"hookscope-{VERSION}.dist-info/METADATA").decode()
    for file in [*(ROOT / "inspector/hookscope").rglob("*"), *(ROOT / "relay/hookscope_relay").rglob("*")]:
        if file.is_file() and "__pycache__" not in file.parts and file.suffix != ".pyc":
            name = "/".join(file.relative_to(ROOT).parts[1:])
            assert name in inside, f"the wheel lacks {name}"
    assert not [name for name in inside if "__pycache__" in name or name.startswith("tests/")]
    assert f"Version: {VERSION}\n" in metadata
    assert (ROOT / "CHANGELOG.md").read_text("utf-8").startswith(f"# Changelog\n\n## {VERSION}")
    say(
        f"built {wheel.name} ({wheel.stat().st_size // 1024} kB) and {archive.name} ({archive.stat().st_size // 1024} kB)"
    )
    return wheel


def pythons() -> Iterator[tuple[str, Path]]:
    """The Pythons of this machine, by their version."""
    for version in PYTHONS:
        named: list[str | Path | None] = [
            *sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python")),
            shutil.which(f"python{version}"),
        ]
        if sys.version.startswith(version + "."):
            named.insert(0, sys.executable)
        if first := next((Path(one) for one in named if one and is_python(one)), None):
            yield version, first


def is_python(program: str | Path) -> bool:
    """Whether it runs: a version manager's stand-in may have nothing behind it."""
    return not subprocess.run([program, "--version"], capture_output=True, check=False).returncode


def install(place: Path, python: Path, wheel: Path, *options: str) -> Path:
    """A fresh environment with the wheel and what it needs, and nothing else."""
    run(BIN / "uv", "venv", "--quiet", "--python", python, place)
    run(BIN / "uv", "pip", "install", "--quiet", "--python", place / "bin/python", *options, wheel)
    run(BIN / "uv", "pip", "check", "--quiet", "--python", place / "bin/python")
    return place


def try_commands(place: Path) -> None:
    hookscope = place / "bin/hookscope"
    assert run(hookscope, "--version").strip() == f"hookscope {VERSION}"
    assert "hookscope COMMAND --help" in run(hookscope, "--help")
    assert "CSRF" in run(hookscope, "rules", "csrf.refused")
    assert "X-Notion-Signature" in run(hookscope, "providers", "notion")


def open_screen(place: Path) -> None:
    """The demo, on a screen: its deliveries are there, and `q` ends it."""
    with Terminal([str(place / "bin/hookscope"), "demo"], ENVIRON) as terminal:
        terminal.until(lambda drawn: "/slash" in drawn and "/correct" in drawn)
        terminal.press("q")
        for _ in range(50):  # where it asks whether to leave, the second press agrees
            if not terminal.read(0.3):
                break
            terminal.press("y")
        assert terminal.end() == 0


def direct_versions(place: Path) -> list[str]:
    """The versions of what pyproject.toml names."""
    wanted = {re.split(r"[<>=;\[ ]", text)[0].lower() for text in PROJECT["dependencies"]}
    rows = json.loads(run(BIN / "uv", "pip", "list", "--quiet", "--format", "json", "--python", place / "bin/python"))
    return [f"{row['name']} {row['version']}" for row in rows if row["name"].lower() in wanted]


def run_without_installing(wheel: Path, home: Path) -> None:
    """`uvx hookscope 3000` and `pipx run`, from the wheel."""
    with (home / "uvx.txt").open("w+") as out:
        command = [BIN / "uvx", "--quiet", "--from", wheel, "hookscope", "3000", "--port", "0"]
        process = subprocess.Popen([str(word) for word in command], env=ENVIRON, stdout=out, stderr=out)
        until = time.monotonic() + 60
        while "Send to" not in (home / "uvx.txt").read_text("utf-8"):
            assert process.poll() is None and time.monotonic() < until, (home / "uvx.txt").read_text("utf-8")
            time.sleep(0.1)  # its lines go to a file, which wakes nobody
        process.send_signal(signal.SIGINT)  # without a terminal, uv passes it on
        assert process.wait(30) == 0
    say("uvx hookscope 3000: listens, and ends at Ctrl-C")
    ENVIRON["PIPX_HOME"] = str(home / "pipx")
    assert VERSION in run(BIN / "pipx", "run", "--quiet", "--spec", wheel, "hookscope", "--version")
    say("pipx run: starts")


def write_parts(place: Path) -> None:
    """The list of what an installation is made of."""
    target = DIST / f"hookscope-{VERSION}.cdx.json"
    run(BIN / "cyclonedx-py", "environment", "--output-reproducible", "-o", target, place / "bin/python")
    parts = {part["name"] for part in json.loads(target.read_text("utf-8"))["components"]}
    assert {"hookscope", "aiohttp", "cryptography", "textual"} <= parts
    say(f"{target.name}: {len(parts)} parts")


def run(*words: str | Path) -> str:
    """What a command prints; it must end with 0."""
    ran = subprocess.run(
        [str(word) for word in words], check=False, env=ENVIRON, capture_output=True, text=True, timeout=300
    )
    if ran.returncode:
        raise SystemExit(f"{' '.join(map(str, words))} ended with {ran.returncode}:\n{ran.stdout}{ran.stderr}")
    return ran.stdout


def say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    main()
