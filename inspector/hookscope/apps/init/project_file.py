"""The text of a project's `hookscope.toml` from what its user wants."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

HEAD = """\
# Shared by everybody who works on this project. `hookscope config` shows each value and where it comes from;
# your own settings stand in your config.toml, and secrets in neither.
# Lines marked (trust) open or name something: in each clone they wait for `hookscope trust`.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectFile:
    """What a project's file is to say; what is empty is left out.

    `why` says where the handler comes from; `secrets` has a sentence for each provider on where its secret comes from.
    """

    handler: str = ""
    why: str = ""
    routes: tuple[str, ...] = ()
    only_path: str = ""
    providers: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    dotenv: str = ""
    fields: tuple[str, ...] = ()
    fixtures: str = ""


def render(draft: ProjectFile) -> str:
    """The file's text."""
    sections = ("\n".join(lines) for lines in (list(part) for part in _parts(draft)) if lines)
    return HEAD + "".join(f"\n{section}\n" for section in sections)


def _parts(draft: ProjectFile) -> Iterator[Iterator[str]]:
    yield _secrets(draft)
    yield _listen(draft)
    yield _check(draft)
    yield _table("save", "fixtures", draft.fixtures, "(trust) where `hookscope save last` puts fixtures")
    yield _redaction(draft)


def _secrets(draft: ProjectFile) -> Iterator[str]:
    yield from (f"# {sentence}" for sentence in draft.secrets)
    if draft.dotenv:
        yield f"{_line('dotenv', draft.dotenv)}  # (trust) signing secrets are read from it too"


def _listen(draft: ProjectFile) -> Iterator[str]:
    lines = []
    if draft.handler:
        lines.append(f"{_line('to', draft.handler)}  # (trust) the handler{f': {draft.why}' if draft.why else ''}")
    if draft.routes:
        lines.append(f"{_line('route', list(draft.routes))}  # (trust) which deliveries go where, the first that fits")
    if draft.only_path:
        lines.append(f"{_line('only-path', draft.only_path)}  # deliveries reach nothing else of it")
    if lines:
        yield "[listen]"
        yield from lines


def _check(draft: ProjectFile) -> Iterator[str]:
    if len(draft.providers) == 1:
        yield from _table("check", "provider", draft.providers[0], "`hookscope check` plays this sender")


def _redaction(draft: ProjectFile) -> Iterator[str]:
    if draft.fields:
        yield from _table("redaction", "fields", list(draft.fields), "replaced in fixtures, beside what always is")


def _table(section: str, key: str, value: str | list[str], why: str) -> Iterator[str]:
    if value:
        yield f"[{section}]"
        yield f"{_line(key, value)}  # {why}"


def _line(key: str, value: str | list[str]) -> str:
    # A JSON text of these values is a TOML text too.
    return f"{key} = {json.dumps(value, ensure_ascii=False)}"
