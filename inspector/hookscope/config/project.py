"""The project's `hookscope.toml`: a stranger's file until its user says otherwise.

It comes with a repository, so whoever wrote that wrote this. What it may set by itself is what `WAYS` lists, and no
more; what opens, names or dials something waits for `hookscope trust`; what is in no list is the user's alone. It is
read here, or up to the root of the repository that this folder is in, and never from a folder or a file that another
user owns or may write.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

from hookscope.config.toml_file import TomlFile, read_toml
from hookscope.model.errors import RefusedForSafety
from hookscope.model.handler import within

PROJECT_FILE = "hookscope.toml"

# choose  any value: it opens nothing, and stands before the user's own file
# on      a flag that may be switched on and not off
# off     a flag that may be switched off and not on
# least   the smaller of the project's and the user's number
# below   a path at or below the user's
# trusted after `hookscope trust`
# inside  after `hookscope trust`, a path inside the project's folder
Way: TypeAlias = Literal["choose", "on", "off", "least", "below", "trusted", "inside"]

WAYS: Mapping[str, Way] = {
    "provider": "choose",
    "event": "choose",
    "param": "choose",
    "url": "choose",
    "port": "choose",
    "only": "choose",
    "skip": "choose",
    "limit": "choose",
    "timeout": "choose",
    "deadline": "choose",
    "expect-every": "choose",
    "within": "choose",
    "rate": "choose",
    "as": "choose",
    "format": "choose",
    "fail-on": "choose",
    "silence": "choose",
    "json": "choose",
    "count": "choose",
    "ignore": "choose",
    "until": "choose",
    "since": "choose",
    "only-path": "below",
    "only-from": "trusted",
    "forwarded": "on",
    "websocket": "off",
    "stream-requests": "on",
    "watch": "on",
    "new": "on",
    "plain": "on",
    "plan": "on",
    "exit-on-disconnect": "on",
    "keep-timing": "on",
    "capture": "on",
    "as-signed": "on",
    "compare": "on",
    "max-backlog": "least",
    "max-sends": "least",
    "repeat": "least",
    "concurrency": "least",
    "api-port": "choose",
    "web-port": "choose",
    "api-fault": "choose",
    "api": "trusted",
    "route": "trusted",
    "transform": "trusted",
    "retry": "least",
    "relay": "trusted",
    "endpoint": "trusted",
    "public-url": "trusted",
    "to": "trusted",
    "fixtures": "inside",
    "direct": "trusted",
    "answer": "trusted",
    "respond": "trusted",
    "away": "trusted",
    "away-status": "trusted",
    "forward-backlog": "trusted",
    "share": "trusted",
    "preserve-host": "trusted",
    "resign": "trusted",
    "scheme": "trusted",
    "dotenv": "inside",
    "secret-file": "inside",
    "output": "inside",
    "junit": "inside",
}
# A relay that serves others is its operator's, and trust is its user's: no project sets anything of these commands.
NEVER = frozenset({"relay", "trust"})
# Tables that are no command's and wait for trust: keys of the screen send, open and forget; alerts run and post.
TRUSTED_TABLES = frozenset({"keys", "alert"})


@dataclass(frozen=True, slots=True)
class Wish:
    """What a project's file wants to be set: `section` is a command's name or empty,
    `way` None for what is the user's alone."""

    section: str
    key: str
    value: Any
    way: Way | None


def way_of(command: str, name: str) -> Way | None:
    """How a project may set an option of a command; None where it may not at all."""
    return None if command in NEVER else WAYS.get(name)


def wishes(table: Mapping[str, Any]) -> Iterator[Wish]:
    """Everything that a project's table sets, in the order of the file; tables of other rooms come as one wish each."""
    for name, value in table.items():
        if name in TRUSTED_TABLES:
            yield Wish("", name, value, "trusted")
        elif isinstance(value, dict) and name != "providers" and name not in ("diagnosis", "redaction"):
            for key, inner in value.items():
                yield Wish(name, key, inner, way_of(name, key.replace("_", "-")))
        elif name in ("providers", "diagnosis", "redaction", "theme"):
            yield Wish("", name, value, "choose")
        else:
            yield Wish("", name, value, way_of("", name.replace("_", "-")))


def find_project(start: Path) -> TomlFile:
    """The nearest `hookscope.toml` from `start` up to the root of the repository that `start` is in;
    an empty one where there is none.

    Outside of a repository only `start` itself is looked at. `RefusedForSafety` for one that another user owns or may
    write.
    """
    for directory in _places(start):
        path = directory / PROJECT_FILE
        if path.exists() or path.is_symlink():
            _check_ours(path)
            return read_toml(path)
    return TomlFile()


def narrower(way: Way, wanted: Any, users: Any, default: Any) -> Any:
    """The project's value where it narrows what the user set (or the default), else the user's."""
    held = default if users is None else users
    match way:
        case "on":
            return bool(wanted) or bool(held)
        case "off":
            return bool(wanted) and bool(held)
        case "least":
            return wanted if held is None else min(wanted, held)
        case "below":
            return wanted if not held or within(wanted, held) else held
    return wanted


def inside(file: TomlFile, name: str, place: str) -> str:
    """The path that a project's file names, whole; `RefusedForSafety` where it leads out of the project's folder or
    into its repository's data."""
    assert file.path is not None
    root = file.path.parent.resolve()
    if not is_inside(root, name):
        raise RefusedForSafety(
            f"{place}: {name!r} is not inside {root}", "name a file of the project, or give it yourself"
        )
    return str((root / name).resolve())


def is_inside(root: Path, name: str) -> bool:
    """Whether a path, its links followed, stays in a folder and out of its repository's data."""
    root = root.resolve()
    path = (root / name).resolve()
    # On many systems `.GIT` is the same folder.
    return path.is_relative_to(root) and ".git" not in [part.casefold() for part in path.relative_to(root).parts]


def _places(start: Path) -> Iterator[Path]:
    """`start`, and where it is in a repository of ours the folders above up to that one's root."""
    start = start.resolve()
    above: list[Path] = []
    for directory in (start, *start.parents):
        if directory != start and trouble(directory):
            # Whoever may write here may also have put a repository here.
            break
        above.append(directory)
        if (directory / ".git").exists():
            return iter(above)
    return iter((start,))


def _check_ours(path: Path) -> None:
    """Refuse a file, or a folder of it, that another user owns or may write, and a link that leads elsewhere."""
    if path.resolve().parent != path.parent.resolve():
        raise RefusedForSafety(f"{path} is a link to another folder", "put the file itself there")
    for one in (path.parent, path):
        if said := trouble(one):
            raise RefusedForSafety(
                f"{one} {said}: {path} may be somebody else's", f"make it yours alone, or move {PROJECT_FILE} away"
            )


def trouble(path: Path) -> str:
    """Why what stands at a path may be another user's doing; empty where it may not,
    and where the system has no such owners."""
    if os.name != "posix":
        return ""
    try:
        status = path.stat()
    except OSError as error:
        return f"cannot be looked at ({error.strerror})"
    if status.st_uid not in (os.geteuid(), 0):
        return "belongs to another user"
    if status.st_mode & stat.S_IWOTH:
        return "can be written by every user"
    if status.st_mode & stat.S_IWGRP and not _is_own_group(status.st_gid):
        return "can be written by other users of its group"
    return ""


def _is_own_group(group: int) -> bool:
    """Whether a group is the user's own, in which nobody else is: many systems give each user one, of the same name,
    and let it write. Others have one group that is every user's first (`users`, `staff`), which lists nobody."""
    import grp
    import pwd

    try:
        user, entry = pwd.getpwuid(os.geteuid()), grp.getgrgid(group)
    except KeyError:
        return False
    is_first = group == user.pw_gid and entry.gr_name == user.pw_name
    return is_first and set(entry.gr_mem) <= {user.pw_name}
