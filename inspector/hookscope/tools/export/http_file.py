"""An `.http` file for the REST Client of VS Code and the HTTP client of JetBrains.

These clients read a body as lines, trim its end, and put values in the place of `{{names}}`; a body that this could
change goes into a file of its own beside it, which `< ./name` sends as it is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from hookscope.tools.export.names import stem
from hookscope.tools.export.posix import as_shown
from hookscope.tools.export.request import Request, build_request
from hookscope.tools.export.source import Exported, Source
from hookscope_relay.errors import InputError

# One line that begins with nothing that these clients give a meaning to, and holds no variable.
_AS_IT_STANDS = re.compile(r"(?![ #<>@]|//)(?!.*\{\{)[^\n]*[^\s]")
_URL = re.compile(r"[!-~]+")
# What these clients tidy in a URL: dot segments, a fragment, a lone question mark, characters that they escape.
_TIDIED = re.compile(r"""/\.\.?(?=[/?]|$)|#|\?$|[\\|^`"<>]""")


def render(sources: Sequence[Source]) -> Exported:
    """The file and those with the bodies; `InputError` for headers or targets that the format has no way to write."""
    blocks = []
    files: dict[str, bytes] = {}
    notes: dict[str, None] = {}
    for source in sources:
        request = build_request(source.capture.delivery, source.url)
        body = _as_line(request.body)
        if body is None:
            name = stem(source.capture) + ".body"
            files[name] = request.body
            body = f"< ./{name}"
        blocks.append(_block(stem(source.capture), request, body))
        notes.update(dict.fromkeys(_limits(request)))
    return Exported(content="\n".join(blocks).encode(), files=tuple(files.items()), notes=tuple(notes))


def _block(title: str, request: Request, body: str) -> str:
    if not _URL.fullmatch(request.target) or "{{" in request.target:
        raise InputError("an .http file has no way to write this target exactly", "use --as curl")
    lines = [f"### {title}", f"{request.method} {request.url} HTTP/1.1"]
    for name, value in request.headers:
        # Clients differ in the bytes that they send for letters beyond ASCII, and some refuse them.
        if not (value.isascii() and value.isprintable()) or "{{" in value:
            raise InputError(f"an .http file has no way to write the header {name} exactly", "use --as curl")
        lines.append(f"{name}: {value}".rstrip())
    return "\n".join((*lines, "", body, "") if body else (*lines, ""))


def _as_line(body: bytes) -> str | None:
    if not body:
        return ""
    text = as_shown(body)
    return text if text is not None and _AS_IT_STANDS.fullmatch(text) else None


def _limits(request: Request) -> tuple[str, ...]:
    names = [name.lower() for name, _ in request.headers]
    told = [
        "VS Code and JetBrains add headers of their own, such as User-Agent, and choose the case and order of headers"
    ]
    if len(set(names)) < len(names):
        told.append("VS Code and JetBrains join repeated headers")
    if _TIDIED.search(request.target):
        told.append("VS Code and JetBrains tidy the target")
    return tuple(told)
