"""What a marker asks for: its options, the files that its patterns name, and names for them that a person can read."""

from __future__ import annotations

import difflib
import glob
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeAlias

from hookscope_relay.errors import InputError

SecretText: TypeAlias = str | bytes
Secrets: TypeAlias = SecretText | Sequence[SecretText] | Mapping[str, SecretText | Sequence[SecretText]]


class Marker(Protocol):
    """A marker, as pytest hands it over."""

    @property
    def args(self) -> tuple[Any, ...]: ...  # Any: whatever the test's author wrote

    @property
    def kwargs(self) -> Mapping[str, Any]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The options of a marker.

    `secret` is one secret, several (the first one signs), or those of each provider by its name.
    """

    secret: Secrets | None = field(default=None, repr=False)
    resign: bool = True
    provider: str = ""
    path: str | None = None
    url: str = ""
    params: Mapping[str, str] = field(default_factory=dict)


OPTIONS: dict[str, tuple[type, ...]] = {
    "secret": (str, bytes, list, tuple, Mapping, type(None)),
    "resign": (bool,),
    "provider": (str,),
    "path": (str, type(None)),
    "url": (str,),
    "params": (Mapping, type(None)),
}


@dataclass(frozen=True, slots=True)
class CaseFile:
    """One capture file of a marked test."""

    file: Path
    options: Options


def cases_of(marks: Iterable[Marker], root: Path, beside: Path) -> list[CaseFile]:
    """The cases of a test, each file once, in the order of marks and patterns and then by name.

    A pattern is looked for below `root`, then `beside` the test's file. `InputError` where one fits nothing or an
    option makes no sense.
    """
    found: dict[Path, CaseFile] = {}
    for mark in marks:
        options = _options(mark)
        if not mark.args:
            raise InputError(
                "the marker hookscope names no file",
                'write it as @pytest.mark.hookscope("tests/fixtures/notion/*.json")',
            )
        for pattern in mark.args:
            for file in _files(pattern, root, beside):
                found.setdefault(file, CaseFile(file, options))
    return list(found.values())


def ids_of(files: Sequence[Path]) -> list[str]:
    """A name for each file, such as `notion/page.created-3f9a`: folder and name,
    with more folders where two would be the same."""
    names = [_name(file, 2) for file in files]
    for depth in range(3, max((len(file.parts) for file in files), default=0) + 1):
        counts = Counter(names)
        if max(counts.values()) == 1:
            break
        names = [_name(file, depth) if counts[name] > 1 else name for file, name in zip(files, names, strict=True)]
    return names


def name_of(file: Path) -> str:
    """The name of a single file."""
    return _name(file, 2)


def _name(file: Path, depth: int) -> str:
    named = file.with_suffix("") if file.suffix == ".json" else file
    return "/".join(part.strip("/\\") for part in named.parts[-depth:])


def _options(mark: Marker) -> Options:
    for name, value in mark.kwargs.items():
        if name not in OPTIONS:
            close = difflib.get_close_matches(name, OPTIONS, 1)
            raise InputError(
                f"the marker hookscope has no option {name!r}",
                f"did you mean {close[0]}?" if close else f"it has {', '.join(OPTIONS)}",
            )
        if not isinstance(value, OPTIONS[name]):
            raise InputError(
                f"the marker hookscope has a {name} of the type {type(value).__name__}",
                "see docs/pytest.md of hookscope",
            )
    given = dict(mark.kwargs)
    given["params"] = given.get("params") or {}
    return Options(**given)


def _files(pattern: object, root: Path, beside: Path) -> Iterator[Path]:
    if not isinstance(pattern, str | Path):
        raise InputError(f"the marker hookscope names {pattern!r}, which is no path", "give paths and patterns as text")
    for directory in (root, beside):
        if matches := _matches(str(pattern), directory):
            yield from matches
            return
    raise InputError(
        f"the marker hookscope finds no file for {str(pattern)!r}, neither below {root} nor below {beside}",
        "correct the pattern, or save a capture there with `hookscope save`",
    )


def _matches(pattern: str, directory: Path) -> list[Path]:
    """Files that the pattern names below the directory, by name; of a folder every `.json` file in it, at any depth."""
    path = directory / pattern
    if path.is_dir():
        return sorted(file for file in path.rglob("*.json") if not file.name.startswith("."))
    if path.is_file():
        return [path]
    names = glob.glob(pattern, root_dir=directory, recursive=True)  # noqa: PTH207  # takes absolute patterns, too
    return sorted(path for name in names if (path := directory / name).is_file())
