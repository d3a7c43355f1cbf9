"""`.http` files of VS Code's REST Client and JetBrains' HTTP client: requests divided by lines that begin with `###`.

Variables that the file itself sets are filled in; others have values that only the editor knows, so a request with one
is refused. Scripts and references to answers are left out. A body that stands in a file is read by the `read_file` of
the caller only.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass

from hookscope.model.capture import Capture
from hookscope.tools.imports.build import build_delivery, from_utf_8, parse_version
from hookscope.tools.imports.found import Found, ReadFile, attempt, gather
from hookscope_relay.delivery import Headers, header
from hookscope_relay.errors import InputError

_REQUEST = re.compile(r"(?:([A-Za-z][A-Za-z!#$%&'*+.^_`|~0-9-]*)[ \t]+)?(\S+)(?:[ \t]+(HTTP/[0-9.]+))?")
_SETTING = re.compile(r"@([A-Za-z0-9_.-]+)[ \t]*=[ \t]*(.*)")
_VARIABLE = re.compile(r"\{\{([^{}\n]{1,200})\}\}")
_SCRIPT = re.compile(r"[<>][ \t]*\{%")
_REFERENCE = re.compile(r"(?m)^(?:>>?!?|<>)[ \t]+\S.*$\n?")
_BODY_FILE = re.compile(r"<(@\w*)?[ \t]+(\S.*)")
_BASIC = re.compile(r"Basic[ \t]+([^\s:]+)(?:[ \t]+|:)(\S+)", re.IGNORECASE)
MAX_ROUNDS = 10


@dataclass(frozen=True, slots=True)
class _Block:
    """One request's text, its first line's number, and the values of variables."""

    text: str
    line: int
    values: Mapping[str, str]


def read_http_file(data: bytes, name: str, now: float, read_file: ReadFile) -> Found:
    """The deliveries of the file, a problem for each request that cannot be read."""
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise InputError(f"{name}: byte {error.start} is not UTF-8", "save it again as UTF-8") from None
    blocks = _blocks(text)
    if not blocks:
        raise InputError(f"{name} holds no request", "write one such as `POST http://localhost:3000/path`")
    return gather(*(_read_block(block, name, now, read_file) for block in blocks))


def _read_block(block: _Block, name: str, now: float, read_file: ReadFile) -> Found:
    where = f"{name}: line {block.line}"
    return attempt(lambda: _request(block, where, now, read_file))


def _blocks(text: str) -> list[_Block]:
    """The requests, comments and settings before their first lines taken off."""
    values: dict[str, str] = {}
    for line in text.split("\n"):
        if match := _SETTING.fullmatch(line.strip()):
            values[match[1]] = match[2].strip()
    found = []
    number = 1
    for part in re.split(r"(?m)^(?=###)", text):
        lines = _without_scripts(part.split("\n"))
        start = 0
        while start < len(lines) and _is_preface(lines[start]):
            start += 1
        if start < len(lines):
            found.append(_Block("\n".join(lines[start:]), number + start, values))
        number += part.count("\n")
    return found


def _without_scripts(lines: list[str]) -> list[str]:
    """The lines with those of `< {% … %}` and `> {% … %}` left empty, so that the others keep their numbers."""
    kept = []
    inside = False
    for line in lines:
        begins = inside or _SCRIPT.match(line) is not None
        inside = begins and "%}" not in line
        kept.append("" if begins else line)
    return kept


def _is_preface(line: str) -> bool:
    return not line.strip() or line.lstrip().startswith(("#", "//", "@"))


def _request(block: _Block, where: str, now: float, read_file: ReadFile) -> Found:
    head, _, body = block.text.partition("\n\n")
    first, *rest = [line for line in head.split("\n") if not line.lstrip().startswith(("#", "//"))]
    while rest and rest[0].strip().startswith(("?", "&")) and rest[0][:1] in " \t":
        first += rest.pop(0).strip()
    match = _REQUEST.fullmatch(_filled(first.strip(), block.values, where))
    if match is None or match[1] == "curl":
        raise InputError(
            f"{where}: {first[:60]!r} is no request", "write one such as `POST http://localhost:3000/path`"
        )
    headers = tuple(_header(_filled(line, block.values, where), where) for line in rest if line.strip())
    content = _body(body, headers, block.values, where, read_file)
    delivery = build_delivery(
        where,
        method=match[1] or "GET",
        url=_url(match[2], headers, where),
        headers=headers,
        body=content,
        now=now,
        http_version=parse_version(match[3] or ""),
    )
    return Found((Capture(delivery=delivery),))


def _filled(text: str, values: Mapping[str, str], where: str) -> str:
    """The text with values in the place of variables; a value may name others."""
    for _ in range(MAX_ROUNDS):
        names = [name.strip() for name in _VARIABLE.findall(text)]
        if not names:
            return text
        unknown = next((name for name in names if name not in values), None)
        if unknown is not None:
            raise InputError(f"{where}: the file does not set {{{{{unknown}}}}}", "write its value in")
        text = _VARIABLE.sub(lambda match: values[match[1].strip()], text)
        if len(text) > 1 << 24:
            break
    raise InputError(f"{where}: variables are set by each other without end", "write their values in")


def _header(line: str, where: str) -> tuple[str, str]:
    name, colon, value = line.partition(":")
    if not colon or not name.strip():
        raise InputError(
            f"{where}: {line[:60]!r} is not a header", "write it as `Name: value`, and an empty line before the body"
        )
    value = value.strip()
    if name.strip().lower() == "authorization" and (match := _BASIC.fullmatch(value)):
        value = "Basic " + base64.b64encode(f"{match[1]}:{match[2]}".encode()).decode()
    return name.strip(), from_utf_8(value)


def _url(target: str, headers: Headers, where: str) -> str:
    """The whole URL; a target alone goes to the Host that the headers name."""
    if not target.startswith("/"):
        return target if "://" in target else f"http://{target}"
    host = header(headers, "host")
    if host is None:
        raise InputError(f"{where}: {target[:60]!r} has no host", "write the whole URL, or a Host header")
    return f"http://{host}{target}"


def _body(text: str, headers: Headers, values: Mapping[str, str], where: str, read_file: ReadFile) -> bytes:
    """The body's bytes: what the clients send, its trailing white space and references to answers taken off."""
    text = _REFERENCE.sub("", text).rstrip()
    if match := _BODY_FILE.fullmatch(text.strip()):
        content = read_file(match[2].strip())
        return _filled_bytes(content, values, where) if match[1] else content
    if _has_file_line(text):
        raise InputError(
            f"{where}: the body is put together from text and files", "write it in, or keep it in one file"
        )
    if (header(headers, "content-type") or "").lower().startswith("application/x-www-form-urlencoded"):
        text = re.sub(r"\n[ \t]*(?=&)", "", text)
    return _filled(text, values, where).encode()


def _filled_bytes(content: bytes, values: Mapping[str, str], where: str) -> bytes:
    try:
        return _filled(content.decode("utf-8"), values, where).encode()
    except UnicodeDecodeError:
        raise InputError(f"{where}: the body's file is not UTF-8", "write `<` in the place of `<@`") from None


def _has_file_line(text: str) -> bool:
    return any(_BODY_FILE.fullmatch(line) and "." in line for line in text.split("\n"))
