"""What holds of the tree as a whole: the floors, the purity of the lower ones, empty package roots,
a test file for every module."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

from hookscope.config.words import COMMANDS

ROOT = Path(__file__).resolve().parent.parent
SOURCES = {"hookscope_relay": ROOT / "relay/hookscope_relay", "hookscope": ROOT / "inspector/hookscope"}
TESTS = {"hookscope_relay": ROOT / "tests/relay", "hookscope": ROOT / "tests/inspector"}
LINES = 400

MAP = (ROOT / "ARCHITECTURE.md").read_text("utf-8")


def block(name: str) -> str:
    """The text of a fenced block of ARCHITECTURE.md."""
    (found,) = re.findall(rf"^```{name}\n(.*?)^```$", MAP, re.MULTILINE | re.DOTALL)
    return str(found).strip()


def floors(name: str) -> dict[str, int]:
    """A line `a, b < c` as the floor of each name."""
    line = enumerate(block(name).split("<"))
    return {room.strip(): floor for floor, rooms in line for room in rooms.split(",")}


PACKAGES, RELAY = floors("packages"), floors("relay")
# Packages whose own folders are rooms with floors among themselves.
HOUSES = {"tools": floors("tools"), "tui": floors("tui")}
SHARED = tuple(block("shared").split())
DRIVERS = tuple(f"hookscope.{name}" for name in block("drivers").split())
RELAY_STARTERS = ("hookscope.apps", "hookscope.commands", "hookscope.cli")

# A word of the design that only looks like a participle.
NOUNS = frozenset({"finding"})

FORBIDDEN = ("asyncio", "aiohttp", "websockets", "textual", "sqlite3", "socket")
PURE_IN_RELAY = (
    "errors",
    "delivery",
    "settings",
    "wire",
    "keys",
    "made_answers",
    "limits",
    "metrics",
    "hosts",
    "log.protocol",
)

# What a pure module may load all the same, because of a library that it needs.
ALLOWED = {
    "hookscope.signatures.asymmetric": (
        ("socket",),
        "cryptography.x509 reads addresses with email.utils, which loads it",
    ),
}

# Modules whose behaviour is held by tests of another name, by the reason. A module leaves the table when it gets a file
# of its own.
TESTED_ELSEWHERE_BECAUSE = {
    "values without behaviour": (
        "hookscope_relay.errors",
        "hookscope.model.errors",
        "hookscope.model.pace",
        "hookscope.model.withheld",
        "hookscope.providers.provider",
        "hookscope.commands.command",
        "hookscope.tools.export.source",
    ),
    "parts of the search for a mistake; signatures/mistakes/test_explain.py, test_field_reports.py and the cases of tests/vectors hold the whole": tuple(
        f"hookscope.signatures.{name}"
        for name in (
            "digests",
            "material",
            "mistakes.budget",
            "mistakes.changes",
            "mistakes.json_batches",
            "mistakes.of_escapes",
            "mistakes.of_messages",
            "mistakes.of_signed_messages",
            "mistakes.of_tokens",
            "mistakes.of_urls",
            "mistakes.pairs",
            "mistakes.plain_evidence",
            "mistakes.search",
            "receive",
            "mistakes.url_forms",
            "templates",
        )
    ),
    "a value; everything that signs or verifies holds it": ("hookscope.model.secret",),
    "schemes; signatures/test_verification.py, test_sign.py and test_official_sdks.py hold them from vectors": (
        "hookscope.signatures.asymmetric",
        "hookscope.signatures.http_messages",
        "hookscope.signatures.json_web_tokens",
        "hookscope.signatures.judge_messages",
        "hookscope.signatures.sign_messages",
    ),
    "what a provider means so; providers/test_by_design.py and diagnosis/rules/test_design.py hold it": (
        "hookscope.diagnosis.by_design",
    ),
    "what a command does without its words; tests/inspector/commands hold them": (
        "hookscope.tools.bisect.lines",
        "hookscope.secrets.choose",
        "hookscope.tools.check.setup",
        "hookscope.tools.report.run",
    ),
    "wiring of a whole process; tests/e2e run it as processes": (
        "hookscope.attempts.explain",
        "hookscope.session.plan",
        "hookscope.commands.listen",
        "hookscope.commands.relay",
        "hookscope.apps.mcp.server",
        "hookscope.apps.web.run",
        "hookscope.apps.web.server",
        "hookscope.apps.web.tab",
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


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def room_of(module: str) -> str:
    """The room that a module is in: its package, `tools/NAME` for a tool and so for the screen,
    its own name at the relay's root."""
    whole, *folders = module.split(".")
    if whole == "hookscope" and folders[0] in HOUSES and len(folders) > 2:
        return f"{folders[0]}/{folders[1]}"
    return folders[0]


def floor_of(module: str) -> tuple[int, int]:
    """Where a module stands; tools stand on one floor, and among themselves on floors of their own.

    What lies in no folder is on top.
    """
    room, _, within = room_of(module).partition("/")
    if module.startswith("hookscope_relay."):
        return RELAY[room], 0
    return PACKAGES[room], HOUSES[room][within] if within else len(HOUSES.get(room, ()))


def imports_of(path: Path) -> Iterator[str]:
    """Every module of ours that a file imports, deferred imports included; each name in full."""
    for node in statements_of(path):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.partition(".")[0] in SOURCES)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] in SOURCES:
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                yield whole if whole in modules() else str(node.module)


@cache
def statements_of(path: Path) -> tuple[ast.Import | ast.ImportFrom, ...]:
    """The statements of a file that import something, wherever they stand."""
    return tuple(node for node in ast.walk(tree_of(path)) if isinstance(node, ast.Import | ast.ImportFrom))


@cache
def edges() -> tuple[tuple[str, str], ...]:
    return tuple((module, other) for module, path in modules().items() for other in sorted(set(imports_of(path))))


def within(module: str, prefixes: Iterable[str]) -> bool:
    return any(module == prefix or module.startswith(prefix + ".") for prefix in prefixes)


def test_the_map_names_exactly_the_rooms_there_are() -> None:
    rooms = {room_of(module) for module in modules() if module.startswith("hookscope.")}
    assert {room.partition("/")[0] for room in rooms} == set(PACKAGES)
    for house, floors_of_house in HOUSES.items():
        assert {room.partition("/")[2] for room in rooms if room.startswith(f"{house}/")} == set(floors_of_house)
    assert {room_of(module) for module in modules() if module.startswith("hookscope_relay.")} == set(RELAY)


def test_the_tables_name_no_module_that_is_gone() -> None:
    prefixes = (*DRIVERS, *TESTED_ELSEWHERE, *RELAY_STARTERS, *ALLOWED)
    assert [prefix for prefix in prefixes if not any(within(module, (prefix,)) for module in modules())] == []


def test_imports_point_down_from_room_to_room() -> None:
    upward = [
        f"{module} imports {other}"
        for module, other in edges()
        if module.partition(".")[0] == other.partition(".")[0]
        and room_of(module) != room_of(other)
        and floor_of(other) >= floor_of(module)
    ]
    assert upward == []


def test_no_room_imports_itself_by_a_detour() -> None:
    """Packages are checked as packages; imports that are deferred or for types only count."""
    below: dict[str, set[str]] = {}
    for module, other in edges():
        if module.startswith("hookscope.") and other.startswith("hookscope.") and room_of(module) != room_of(other):
            below.setdefault(room_of(module), set()).add(room_of(other))
    assert_no_circle(below)


def test_no_module_imports_itself_by_a_detour() -> None:
    below: dict[str, set[str]] = {}
    for module, other in edges():
        below.setdefault(module, set()).add(other)
    assert_no_circle(below)


def assert_no_circle(below: Mapping[str, set[str]]) -> None:
    done: set[str] = set()

    def visit(one: str, trail: tuple[str, ...]) -> None:
        assert one not in trail, " -> ".join((*trail[trail.index(one) :], one))
        if one not in done:
            for other in sorted(below.get(one, ())):
                visit(other, (*trail, one))
            done.add(one)

    for one in below:
        visit(one, ())


def test_module_names_are_nouns_or_imperatives() -> None:
    names = {part for module in modules() for part in module.split(".")}
    assert [name for name in sorted(names) if name.endswith(("ing", "ed")) and name not in NOUNS] == []


def public_classes() -> Iterator[tuple[str, str]]:
    for module, path in modules().items():
        for node in tree_of(path).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                yield node.name, module


def test_no_public_class_name_is_used_twice() -> None:
    """What stands at both ends of the tunnel (each has its `Session`) may share a name: one in each package."""
    places: dict[tuple[str, str], list[str]] = {}
    for name, module in public_classes():
        places.setdefault((module.partition(".")[0], name), []).append(module)
    assert {name: found for (_, name), found in places.items() if len(found) > 1} == {}


def test_the_relay_never_imports_the_inspector() -> None:
    assert [
        edge for edge in edges() if edge[0].startswith("hookscope_relay.") and edge[1].startswith("hookscope.")
    ] == []


def test_the_inspector_knows_the_words_and_the_wire_of_the_relay_only() -> None:
    shared = tuple(f"hookscope_relay.{name}" for name in SHARED)
    crossing = [edge for edge in edges() if edge[0].startswith("hookscope.") and edge[1].startswith("hookscope_relay")]
    assert [edge for edge in crossing if not within(edge[1], shared) and not within(edge[0], RELAY_STARTERS)] == []


def pure_modules() -> list[str]:
    pure = tuple(f"hookscope_relay.{name}" for name in PURE_IN_RELAY)
    return [
        module
        for module in modules()
        if (module.startswith("hookscope.") and not within(module, DRIVERS)) or within(module, pure)
    ]


# One interpreter loads them all, one after the other, and says after each what that loaded for the first time.
LOOK = """
import importlib, json, sys
names, watched = json.loads(sys.argv[1])
for name in names:
    before = {one for one in watched if one in sys.modules}
    importlib.import_module(name)
    print(name, json.dumps([one for one in watched if one in sys.modules and one not in before]))
"""


def first_to_load(names: list[str], watched: tuple[str, ...]) -> dict[str, list[str]]:
    """The modules that were the first to load something of `watched`, and what;
    empty where none of them loads any of it."""
    arguments = [sys.executable, "-c", LOOK, json.dumps([names, watched])]
    lines = subprocess.run(arguments, capture_output=True, text=True, check=True, timeout=120).stdout.splitlines()
    found = {name: json.loads(loaded) for name, _, loaded in (line.partition(" ") for line in lines)}
    assert sorted(found) == sorted(names)
    return {name: loaded for name, loaded in found.items() if loaded}


def imports_one_of(path: Path, libraries: Iterable[str]) -> bool:
    """Whether a file says so itself; what is deferred into a function counts."""
    statements = statements_of(path)
    named = {alias.name for node in statements if isinstance(node, ast.Import) for alias in node.names}
    named |= {node.module or "" for node in statements if isinstance(node, ast.ImportFrom)}
    return any(within(name, libraries) for name in named)


def test_pure_modules_load_no_loop_no_socket_and_no_database() -> None:
    found = first_to_load(pure_modules(), (*FORBIDDEN, *ALLOWED))
    excused = {
        name: {one for key in ALLOWED if key in loaded for one in (key, *ALLOWED[key][0])}
        for name, loaded in found.items()
    }
    assert {name: loaded for name, loaded in found.items() if set(loaded) - excused[name]} == {}


def test_pure_modules_import_no_loop_no_socket_and_no_database() -> None:
    """What an excused module loaded first would hide behind it."""
    assert [name for name in pure_modules() if imports_one_of(modules()[name], FORBIDDEN)] == []


def test_the_command_line_starts_without_the_screen_the_relay_and_the_store() -> None:
    commands = [f"hookscope.commands.{name}" for name in COMMANDS]
    assert first_to_load(["hookscope.cli", *commands], ("textual", "aiohttp", "websockets", "sqlite3")) == {}


def test_package_roots_hold_one_docstring_and_no_code() -> None:
    roots = [path for source in SOURCES.values() for path in source.rglob("__init__.py")]
    trees = {path: ast.parse(path.read_text("utf-8")) for path in roots}
    assert [str(path) for path, tree in trees.items() if len(tree.body) != 1 or not ast.get_docstring(tree)] == []


def test_a_package_root_loads_nothing_of_ours() -> None:
    roots = [
        ".".join((package, *path.parent.relative_to(source).parts))
        for package, source in SOURCES.items()
        for path in source.rglob("__init__.py")
    ]
    assert first_to_load(roots, tuple(modules())) == {}


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


def test_the_test_files_to_begin_with_are_there(pytestconfig: pytest.Config) -> None:
    (plugin,) = (one for one in pytestconfig.pluginmanager.get_plugins() if hasattr(one, "LONG_FIRST"))
    assert [file for file in plugin.LONG_FIRST if not (pytestconfig.rootpath / file).is_file()] == []
