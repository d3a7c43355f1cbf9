"""What holds of the tree as a whole: the floors, the purity of the lower ones, empty package roots, a test file for every module."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCES = {"hookscope_relay": ROOT / "relay/hookscope_relay", "hookscope": ROOT / "inspector/hookscope"}
TESTS = {"hookscope_relay": ROOT / "tests/relay", "hookscope": ROOT / "tests/inspector"}
LINES = 400

# The longest prefix that fits a module gives its floor. A module imports from lower floors, or from its own package on the same floor.
FLOORS = {
    "hookscope_relay.errors": 0,
    "hookscope_relay.delivery": 0,
    "hookscope_relay.settings": 0,
    "hookscope_relay.wire": 1,
    "hookscope_relay.keys": 1,
    "hookscope_relay.answers": 1,
    "hookscope_relay.limits": 1,
    "hookscope_relay.logs": 1,
    "hookscope_relay.metrics": 1,
    "hookscope_relay.ranges": 1,
    "hookscope_relay.databases": 1,
    "hookscope_relay.commits": 2,
    "hookscope_relay.hosts": 2,
    "hookscope_relay.exact": 2,
    "hookscope_relay.log": 3,
    "hookscope_relay.session": 4,
    "hookscope_relay.connections": 5,
    "hookscope_relay.link": 5,
    "hookscope_relay.roster": 5,
    "hookscope_relay.hub": 6,
    "hookscope_relay.ingress": 7,
    "hookscope_relay.pages": 8,
    "hookscope_relay.tunnel": 8,
    "hookscope_relay.app": 9,
    "hookscope.settings": 0,
    "hookscope.safe_text": 0,
    "hookscope.finding": 0,
    "hookscope.verdict": 0,
    "hookscope.editing": 2,
    "hookscope.capture": 1,
    "hookscope.handler": 1,
    "hookscope.payload": 1,
    "hookscope.endpoints": 1,
    "hookscope.markdown": 1,
    "hookscope.difference": 0,
    "hookscope.aligning": 0,
    "hookscope.comparing_json": 1,
    "hookscope.comparing": 2,
    "hookscope.export": 2,
    "hookscope.importing": 2,
    "hookscope.redaction": 2,
    "hookscope.fixtures": 3,
    "hookscope.reporting": 6,
    "hookscope.summary": 2,
    "hookscope.events": 2,
    "hookscope.announcing": 3,
    "hookscope.session": 2,
    "hookscope.catching_up": 3,
    "hookscope.retry": 2,
    "hookscope.reaching": 2,
    "hookscope.outgoing": 2,
    "hookscope.answering": 2,
    "hookscope.filters": 2,
    "hookscope.providers": 2,
    "hookscope.signatures": 3,
    "hookscope.providers.recognition": 4,
    "hookscope.providers.handshake": 4,
    "hookscope.secrets": 4,
    "hookscope.diagnosis": 5,
    "hookscope.explaining": 6,
    "hookscope.differing": 3,
    "hookscope.bisecting": 3,
    "hookscope.checking": 6,
    "hookscope.checking.bodies": 4,
    "hookscope.checking.paths": 4,
    "hookscope.probing": 6,
    "hookscope.store": 6,
    "hookscope.checker": 8,
    "hookscope.trying": 9,
    "hookscope.prober": 10,
    "hookscope.bisecter": 10,
    "hookscope.forwarding": 6,
    "hookscope.tunnel": 6,
    "hookscope.signing_keys": 5,
    "hookscope.chosen_secrets": 5,
    "hookscope.reported": 7,
    "hookscope.paces": 9,
    "hookscope.bisected": 11,
    "hookscope.samples": 5,
    "hookscope.destinations": 2,
    "hookscope.resigning": 6,
    "hookscope.attempts": 7,
    "hookscope.explaining_captures": 7,
    "hookscope.replaying": 8,
    "hookscope.sending": 8,
    "hookscope.front_door": 3,
    "hookscope.pacing": 0,
    "hookscope.progress": 0,
    "hookscope.replaying_many": 9,
    "hookscope.sampling": 9,
    "hookscope.front_desk": 10,
    "hookscope.plan": 9,
    "hookscope.course": 8,
    "hookscope.pipeline": 9,
    "hookscope.housekeeping": 10,
    "hookscope.runner": 11,
    "hookscope.engine": 12,
    "hookscope.plain": 13,
    "hookscope.printing": 13,
    "hookscope.ndjson": 13,
    "hookscope.tui": 13,
    "hookscope.captured": 13,
    "hookscope.keeping": 7,
    "hookscope.named_captures": 14,
    "hookscope.testing": 14,
    "hookscope.pytest_plugin": 15,
    "hookscope.listening": 14,
    "hookscope.serving": 15,
    "hookscope.examination": 15,
    "hookscope.demo": 15,
    "hookscope.commands": 16,
    "hookscope.commands.command": 1,
    "hookscope.cli": 17,
}

# What the inspector may know of the relay: the words and the wire. Those who start a relay may import it whole.
SHARED = ("delivery", "wire", "keys", "errors", "answers", "hosts", "commits", "databases", "settings")
RELAY_STARTERS = ("hookscope.listening", "hookscope.serving", "hookscope.demo", "hookscope.commands", "hookscope.cli")

PURE_BELOW = {"hookscope_relay": 5, "hookscope": 6}
# Pure though they stand on a higher floor.
PURE_TOO = ("hookscope.checking", "hookscope.probing")
FORBIDDEN = ("asyncio", "aiohttp", "websockets", "textual", "sqlite3", "socket")
IMPURE = {
    "hookscope_relay.commits": "the shared writer thread of a database",
    "hookscope_relay.databases": "opens SQLite",
    "hookscope_relay.exact": "writes answers to aiohttp's connections",
    "hookscope_relay.log.schema": "the tables in SQLite",
    "hookscope_relay.log.sqlite": "the log in SQLite",
    "hookscope.reaching": "reads what ssl says of a connection that failed, and ssl loads socket",
}

# What a pure module may load all the same, because of a library that it needs.
ALLOWED = {
    "hookscope.signatures.asymmetric": (
        ("socket",),
        "cryptography.x509 reads addresses with email.utils, which loads it",
    ),
}

# Modules whose behaviour is held by tests of another name, by the reason. A module leaves the table when it gets a file of its own.
TESTED_ELSEWHERE_BECAUSE = {
    "values without behaviour": (
        "hookscope_relay.errors",
        "hookscope.providers.provider",
        "hookscope.commands.command",
        "hookscope.export.exported",
    ),
    "parts of the search for a mistake; signatures/test_explanation.py and the cases of tests/vectors hold the whole": tuple(
        f"hookscope.signatures.{name}"
        for name in (
            "budget",
            "changes",
            "digests",
            "direct_evidence",
            "material",
            "message_mistakes",
            "pairs",
            "received",
            "search",
            "secrets",
            "templates",
            "token_search",
            "url_mistakes",
        )
    ),
    "schemes; signatures/test_verification.py, test_signing.py and test_official_sdks.py hold them from vectors": (
        "hookscope.signatures.asymmetric",
        "hookscope.signatures.json_web_tokens",
    ),
    "what a command does without its words; tests/inspector/commands hold them": (
        "hookscope.bisected",
        "hookscope.chosen_secrets",
        "hookscope.paces",
        "hookscope.reported",
    ),
    "wiring of a whole process; tests/e2e run it as processes": (
        "hookscope.explaining",
        "hookscope.pipeline",
        "hookscope.plan",
        "hookscope.commands.listen",
        "hookscope.commands.relay",
    ),
}
TESTED_ELSEWHERE = tuple(module for group in TESTED_ELSEWHERE_BECAUSE.values() for module in group)


@cache
def modules() -> dict[str, Path]:
    return {
        ".".join((package, *path.relative_to(root).with_suffix("").parts)): path
        for package, root in SOURCES.items()
        for path in sorted(root.rglob("*.py"))
        if path.name != "__init__.py"
    }


def floor_of(module: str) -> int | None:
    fits = [prefix for prefix in FLOORS if module == prefix or module.startswith(prefix + ".")]
    return FLOORS[max(fits, key=len)] if fits else None


def imports_of(path: Path, for_types: bool = True) -> Iterator[str]:
    """Every module of ours that a file imports, deferred imports included; each name in full."""
    tree = ast.parse(path.read_text("utf-8"))
    left_out: set[ast.AST] = set()
    if not for_types:
        guards = [
            node for node in ast.walk(tree) if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        ]
        left_out = {below for guard in guards for below in ast.walk(guard)}
    for node in ast.walk(tree):
        if node in left_out:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.partition(".")[0] in SOURCES)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] in SOURCES:
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                yield whole if whole in modules() else str(node.module)


@cache
def edges() -> tuple[tuple[str, str], ...]:
    return tuple((module, other) for module, path in modules().items() for other in sorted(set(imports_of(path))))


def package_of(module: str) -> str:
    """The package that a module may look sideways in; a module at the top has none but itself."""
    parts = module.split(".")
    return ".".join(parts[:2])


def within(module: str, prefixes: Iterable[str]) -> bool:
    return any(module == prefix or module.startswith(prefix + ".") for prefix in prefixes)


def test_every_module_has_a_floor() -> None:
    assert [module for module in modules() if floor_of(module) is None] == []


def test_the_table_names_no_module_that_is_gone() -> None:
    prefixes = (*FLOORS, *IMPURE, *PURE_TOO, *TESTED_ELSEWHERE, *RELAY_STARTERS)
    assert [prefix for prefix in prefixes if not any(within(module, (prefix,)) for module in modules())] == []


def test_imports_point_down_or_stay_in_their_package() -> None:
    upward = []
    for module, other in edges():
        above, below = floor_of(module), floor_of(other)
        if module.partition(".")[0] != other.partition(".")[0] or above is None or below is None:
            continue
        if below > above or (below == above and package_of(module) != package_of(other)):
            upward.append(f"{module} ({above}) imports {other} ({below})")
    assert upward == []


def test_no_module_imports_itself_by_a_detour() -> None:
    below = {module: set(imports_of(path, for_types=False)) for module, path in modules().items()}
    done: set[str] = set()

    def visit(module: str, trail: tuple[str, ...]) -> None:
        assert module not in trail, " -> ".join((*trail[trail.index(module) :], module))
        if module not in done:
            for other in sorted(below.get(module, ())):
                visit(other, (*trail, module))
            done.add(module)

    for module in modules():
        visit(module, ())


def test_the_relay_never_imports_the_inspector() -> None:
    assert [
        edge for edge in edges() if edge[0].startswith("hookscope_relay.") and edge[1].startswith("hookscope.")
    ] == []


def test_the_inspector_knows_the_words_and_the_wire_of_the_relay_only() -> None:
    shared = tuple(f"hookscope_relay.{name}" for name in SHARED)
    crossing = [edge for edge in edges() if edge[0].startswith("hookscope.") and edge[1].startswith("hookscope_relay")]
    assert [edge for edge in crossing if not within(edge[1], shared) and not within(edge[0], RELAY_STARTERS)] == []


def pure_modules() -> list[str]:
    return [
        module
        for module in modules()
        if (floor := floor_of(module)) is not None
        and (floor < PURE_BELOW[module.partition(".")[0]] or within(module, PURE_TOO))
        and not within(module, IMPURE)
    ]


# Each module is loaded in a process of its own: a copy of an interpreter that has loaded nothing of ours, or where the system cannot
# copy one, a new interpreter.
LOOK = """
import importlib, json, os, sys
names, watched = json.loads(sys.argv[1])
for name in names:
    reads, writes = os.pipe()
    if os.fork() == 0:
        importlib.import_module(name)
        os.write(writes, json.dumps([one for one in watched if one in sys.modules]).encode())
        os._exit(0)
    os.close(writes)
    with os.fdopen(reads) as told:
        print(name, told.read())
    if os.wait()[1]:
        sys.exit(f"{name} cannot be imported")
"""
LOOK_AT_ONE = """
import importlib, json, sys
(name,), watched = json.loads(sys.argv[1])
importlib.import_module(name)
print(name, json.dumps([one for one in watched if one in sys.modules]))
"""


def loaded_by(names: list[str], watched: tuple[str, ...]) -> dict[str, list[str]]:
    """What of `watched` each module loads in a fresh interpreter; modules that load none of it are left out."""
    at_once = [(LOOK, names)] if hasattr(os, "fork") else [(LOOK_AT_ONE, [name]) for name in names]
    lines: list[str] = []
    for program, some in at_once:
        arguments = [sys.executable, "-c", program, json.dumps([some, watched])]
        lines += subprocess.run(arguments, capture_output=True, text=True, check=True, timeout=120).stdout.splitlines()
    found = {name: json.loads(loaded) for name, _, loaded in (line.partition(" ") for line in lines)}
    assert sorted(found) == sorted(names)
    return {name: loaded for name, loaded in found.items() if loaded}


def test_pure_modules_load_no_loop_no_socket_and_no_database() -> None:
    found = loaded_by(pure_modules(), (*FORBIDDEN, *ALLOWED))
    excused = {
        name: {one for key in ALLOWED if key in loaded for one in (key, *ALLOWED[key][0])}
        for name, loaded in found.items()
    }
    assert {name: loaded for name, loaded in found.items() if set(loaded) - excused[name]} == {}


def test_the_command_line_starts_without_the_screen_the_relay_and_the_store() -> None:
    commands = [module for module in modules() if module.startswith("hookscope.commands.")]
    assert loaded_by(["hookscope.cli", *commands], ("textual", "aiohttp", "websockets", "sqlite3")) == {}


def test_package_roots_are_empty() -> None:
    roots = [path for source in SOURCES.values() for path in source.rglob("__init__.py")]
    assert [str(path) for path in roots if path.read_bytes()] == []


def test_every_folder_with_modules_is_a_package() -> None:
    folders = {path.parent for path in modules().values()}
    assert [str(folder) for folder in folders if not (folder / "__init__.py").is_file()] == []


def test_every_module_has_a_test_file_that_mirrors_its_path() -> None:
    missing = []
    for module in modules():
        package, *folders, name = module.split(".")
        test = TESTS[package].joinpath(*folders, f"test_{name}.py")
        if not test.is_file() and not within(module, TESTED_ELSEWHERE):
            missing.append(module)
    assert missing == []


@pytest.mark.parametrize("folder", ["relay", "inspector"])
def test_no_module_is_longer_than_a_reader_can_hold(folder: str) -> None:
    lengths = {path: len(path.read_text("utf-8").splitlines()) for path in (ROOT / folder).rglob("*.py")}
    assert {str(path.relative_to(ROOT)): length for path, length in lengths.items() if length > LINES} == {}
