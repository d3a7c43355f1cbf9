"""Contenders that come from a registry, installed once into a folder of their own by the registry's usual client."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from contest.processes import StartError

LIMIT_S = 600


def npm_folder(cache: Path, name: str, packages: dict[str, str]) -> Path:
    """The folder whose node_modules hold these packages, each in the version given."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        raise StartError("node and npm are not installed")
    wanted = [f"{package}@{version}" for package, version in packages.items()]
    return _install(
        cache, f"npm-{name}", wanted, [npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", *wanted]
    )


def python_folder(cache: Path, requirement: str) -> Path:
    """A virtual environment that holds the requirement."""
    name = requirement.partition("=")[0]
    folder = cache / f"pip-{name}"
    if not (folder / "bin/python").exists():
        _call([sys.executable, "-m", "venv", str(folder)], cache)
    pip = [str(folder / "bin/python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", requirement]
    return _install(cache, f"pip-{name}", [requirement], pip)


def _install(cache: Path, name: str, wanted: Sequence[str], command: Sequence[str]) -> Path:
    folder = cache / name
    note = folder / "installed.json"
    folder.mkdir(parents=True, exist_ok=True)
    had = json.loads(note.read_text()) if note.exists() else []
    if not set(wanted) <= set(had):
        _call(command, folder)
        note.write_text(json.dumps(sorted({*had, *wanted})))
    return folder


def _call(command: Sequence[str], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    # The user's own settings of the registry, proxies too, are what it needs here.
    done = subprocess.run(
        command, cwd=folder, check=False, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=LIMIT_S
    )
    if done.returncode:
        words = (done.stderr.strip() or done.stdout.strip()).splitlines()
        raise StartError(
            f"{Path(command[0]).name} could not install it: {words[-1][:150] if words else 'no reason given'}"
        )
