"""What another system than this one needs: file names that Windows takes, no module that only POSIX has, and the code for Windows, run."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from windows_stand_in import ABSENT

ROOT = Path(__file__).resolve().parent.parent
RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?")
ILLEGAL = re.compile(r'[<>:"|?*\\\x00-\x1f]|[. ]$')
LONGEST = 180  # of the 260 that a path may have there, the rest is for the folder of the checkout


def kept_files() -> list[str]:
    """The files of the repository; where there is none, those that stand here."""
    asked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    if asked.returncode == 0:
        return [name for name in asked.stdout.split("\0") if name]
    return [path.relative_to(ROOT).as_posix() for path in ROOT.rglob("*") if path.is_file()]


def is_legal(name: str) -> bool:
    parts = name.split("/")
    return len(name) <= LONGEST and not any(RESERVED.fullmatch(part) or ILLEGAL.search(part) for part in parts)


@pytest.mark.parametrize(
    ("name", "legal"),
    [
        ("a/b.py", True),
        ("status:3xx/a.json", False),
        ("aux.py", False),
        ("a./b", False),
        ("com1", False),
        ("command.py", True),
    ],
)
def test_what_windows_takes_for_a_name(name: str, legal: bool) -> None:
    assert is_legal(name) is legal


def test_every_file_name_is_legal_on_windows() -> None:
    assert [name for name in kept_files() if not is_legal(name)] == []


def test_no_two_names_differ_by_case_alone() -> None:
    lower = [name.lower() for name in kept_files()]
    assert sorted({name for name in lower if lower.count(name) > 1}) == []


def imports_at_the_top(tree: ast.Module) -> set[str]:
    """What a module needs as it is imported: its own statements, save those that a test of the system or a try guards."""
    found = set()
    for node in tree.body:
        if isinstance(node, ast.Import):
            found |= {name.name.partition(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found.add((node.module or "").partition(".")[0])
    return found


def test_no_module_needs_what_only_posix_has() -> None:
    modules = [*(ROOT / "inspector").rglob("*.py"), *(ROOT / "relay").rglob("*.py")]
    found = {path.name: imports_at_the_top(ast.parse(path.read_text("utf-8"))) & ABSENT for path in modules}
    assert {name: names for name, names in found.items() if names} == {}


@pytest.mark.skipif(sys.platform == "win32", reason="here it is no stand-in")
def test_everything_is_imported_and_the_demo_runs_where_the_system_looks_like_windows(tmp_path: Path) -> None:
    command = [sys.executable, str(ROOT / "tests/windows_stand_in.py"), str(tmp_path)]
    environ = os.environ | {"HOOKSCOPE_HOME": str(tmp_path), "PYTHONPATH": ""}
    ran = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stdout[-2000:] + ran.stderr[-2000:]
    modules, _, rest = ran.stdout.partition(" modules\n")
    assert int(modules) > 300
    assert "faults named above" in rest
