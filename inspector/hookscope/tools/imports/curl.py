"""A curl command line as the delivery that curl would send: its body, its headers, and those that it adds by itself.

`User-Agent` is left out where the command does not set it, for nobody can say which version of curl is meant. A file is
only read by the `read_file` of the caller.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import quote_plus

from hookscope.model.capture import Capture
from hookscope.tools.imports.build import build_delivery, from_utf_8
from hookscope.tools.imports.curl_options import FLAGS, REFUSED, SHAPING, SHORT, WITH_VALUE
from hookscope.tools.imports.found import Found, ReadFile, attempt, gather
from hookscope.tools.imports.shell_words import split_commands
from hookscope_relay.delivery import Delivery, header
from hookscope_relay.errors import InputError

FORM = "application/x-www-form-urlencoded"
BODIES = frozenset({"data", "data-ascii", "data-binary", "data-raw", "data-urlencode", "json"})

_ASSIGNMENT = re.compile(rb"[A-Za-z_][A-Za-z0-9_]*=")
_PROMPT = re.compile(r"(?m)^[ \t]*\$[ \t]+(?=curl)")
_CMD_ESCAPE = re.compile(r'\^(?:\r?\n|")')
_GLOB = re.compile(r"[{}]|\[[0-9A-Za-z]+-[0-9A-Za-z]+")


@dataclass(slots=True)
class _Command:
    """What the options of one command say, in the order of the command."""

    where: str
    single: dict[str, str] = field(default_factory=dict)
    flags: set[str] = field(default_factory=set)
    headers: list[str] = field(default_factory=list)
    bodies: list[tuple[str, bytes]] = field(default_factory=list)
    urls: list[str] = field(default_factory=list)


def read_curl(data: bytes, name: str, now: float, read_file: ReadFile) -> Found:
    """The deliveries of the curl commands in the text, a problem for each that cannot be read."""
    text = data.decode("utf-8", "surrogateescape").removeprefix("\ufeff")
    if _CMD_ESCAPE.search(text):
        raise InputError(f"{name}: the command is written for Windows' cmd", "copy it as cURL (bash)")
    commands = [words for words in split_commands(_PROMPT.sub("", text), name) if words]
    if not commands:
        raise InputError(f"{name} holds no command", "paste one that begins with curl")
    return gather(*(_read_command(words, name, now, read_file) for words in commands))


def _read_command(words: list[bytes], where: str, now: float, read_file: ReadFile) -> Found:
    return attempt(lambda: Found((Capture(delivery=parse_curl(words, where, now, read_file)),)))


def parse_curl(words: list[bytes], where: str, now: float, read_file: ReadFile) -> Delivery:
    """The delivery that one command's words stand for."""
    while words and _ASSIGNMENT.match(words[0]):
        words = words[1:]
    program = words[0].rpartition(b"/")[2] if words else b""
    if program not in (b"curl", b"curl.exe"):
        raise InputError(
            f"{where}: the command begins with {_text(program)[:40]!r}, not with curl", "paste a curl command"
        )
    command = _Command(where)
    for option, value in _options(words[1:], where):
        _take(command, option, value)
    if len(command.urls) != 1:
        raise InputError(f"{where}: the command has {len(command.urls)} URLs", "give a command with one")
    return _delivery(command, now, read_file)


def _options(words: list[bytes], where: str) -> Iterator[tuple[str, bytes]]:
    """The options with their values, `url` for what stands alone."""
    rest = iter(words)
    for word in rest:
        if word.startswith(b"--") and len(word) > 2:
            name = _text(word[2:])
            yield name, next(rest, b"") if _has_value(name, where) else b""
        elif word.startswith(b"-") and len(word) > 1:
            yield from _cluster(word[1:], rest, where)
        else:
            yield "url", word


def _cluster(letters: bytes, rest: Iterator[bytes], where: str) -> Iterator[tuple[str, bytes]]:
    """The options of `-sSXPOST`: the first with a value takes what follows it."""
    for index, byte in enumerate(letters):
        name = SHORT.get(chr(byte), "")
        if name and _has_value(name, where):
            following = letters[index + 1 :]
            yield name, following or next(rest, b"")
            return
        yield name, b""


def _has_value(name: str, where: str) -> bool:
    if name in REFUSED:
        raise InputError(
            f"{where}: curl's --{name} {REFUSED[name]}",
            "send it to `hookscope listen` once, and it is captured as it is",
        )
    return name in SHAPING or name in WITH_VALUE


def _take(command: _Command, option: str, value: bytes) -> None:
    if option in BODIES:
        command.bodies.append((option, value))
    elif option == "header":
        command.headers.append(_text(value))
    elif option == "url":
        command.urls.append(_text(value))
    elif option in FLAGS:
        command.flags.add(option)
    elif option in SHAPING:
        command.single[option] = _text(value)


def _delivery(command: _Command, now: float, read_file: ReadFile) -> Delivery:
    body = _body(command.bodies, read_file)
    url, credentials = _url(command)
    if "get" in command.flags and body:
        url += ("&" if "?" in url else "?") + _text(body)
        body = b""
    sends_body = bool(command.bodies) and "get" not in command.flags
    default = "HEAD" if "head" in command.flags else "POST" if sends_body else "GET"
    headers = _headers(command, credentials, sends_body, read_file)
    if sends_body:
        # Where curl writes them: behind the command's own headers, the length first.
        typed = header(headers, "content-type") is not None or _removes(command, "content-type")
        length = () if header(headers, "content-length") else (("Content-Length", str(len(body))),)
        headers = (*headers, *length, *(() if typed else (("Content-Type", FORM),)))
    return build_delivery(
        command.where,
        method=command.single.get("request", default),
        url=url,
        headers=headers,
        body=body,
        now=now,
    )


def _url(command: _Command) -> tuple[str, str]:
    """The URL that curl calls, and the `user:password` that it held."""
    url = command.urls[0]
    url = url if "://" in url else "http://" + url
    if "globoff" not in command.flags and _GLOB.search(url):
        raise InputError(
            f"{command.where}: the URL has a pattern of curl's, and means several", "give --globoff, or one URL"
        )
    scheme, _, rest = url.partition("://")
    authority, slash, target = re.match(r"([^/?#]*)(/?)(.*)", rest, re.DOTALL).groups()  # type: ignore[union-attr]  # matches anything
    user, at, authority = authority.rpartition("@")
    path, mark, query = target.partition("#")[0].partition("?")
    if "path-as-is" not in command.flags:
        path = _without_dots(path)
    whole = f"{scheme}://{authority}{slash}{path}{mark}{query}"
    if wanted := command.single.get("request-target"):
        whole = f"{scheme}://{authority}{wanted}"
    return whole, user if at else ""


def _without_dots(path: str) -> str:
    """The path as curl tidies it (RFC 3986, 5.2.4); what stands behind the first slash."""
    kept: list[str] = []
    segments = path.split("/")
    for index, segment in enumerate(segments):
        last = index == len(segments) - 1
        if segment == "..":
            del kept[-1:]
        if segment not in (".", ".."):
            kept.append(segment)
        elif last:
            kept.append("")
    return "/".join(kept)


def _headers(command: _Command, credentials: str, sends_body: bool, read_file: ReadFile) -> tuple[tuple[str, str], ...]:
    """The headers in the order that curl writes them, its own first."""
    single = command.single
    lines = [line for given in command.headers for line in _header_lines(given, read_file)]
    own: list[tuple[str, str]] = []
    if user := single.get("user", credentials):
        own.append(("Authorization", "Basic " + base64.b64encode(user.encode("utf-8", "surrogateescape")).decode()))
    elif token := single.get("oauth2-bearer"):
        own.append(("Authorization", f"Bearer {token}"))
    if "range" in single:
        own.append(("Range", f"bytes={single['range']}"))
    if single.get("user-agent"):
        own.append(("User-Agent", from_utf_8(single["user-agent"])))
    uses_json = any(option == "json" for option, _ in command.bodies) and sends_body
    if not uses_json:
        own.append(("Accept", "*/*"))
    if "compressed" in command.flags:
        own.append(("Accept-Encoding", "deflate, gzip"))
    if "referer" in single:
        own.append(("Referer", from_utf_8(single["referer"])))
    if "cookie" in single:
        own.append(("Cookie", _cookies(command)))
    given = [pair for line in lines if (pair := _pair(line, command.where)) is not None]
    named = {line.partition(":")[0].strip("; ").lower() for line in lines}
    if uses_json:
        defaults = (("Content-Type", "application/json"), ("Accept", "application/json"))
        given += [pair for pair in defaults if pair[0].lower() not in named]
    # What the command sets or takes away itself, curl does not add; a host of its own stands first.
    host = [pair for pair in given if pair[0].lower() == "host"]
    rest = [pair for pair in given if pair[0].lower() != "host"]
    return (*host, *(pair for pair in own if pair[0].lower() not in named), *rest)


def _header_lines(given: str, read_file: ReadFile) -> list[str]:
    if not given.startswith("@"):
        return [given]
    return [line for line in read_file(given[1:]).decode("utf-8", "surrogateescape").splitlines() if line]


def _pair(line: str, where: str) -> tuple[str, str] | None:
    """The header that `-H` sets; None where it takes one away."""
    name, colon, value = line.partition(":")
    if colon:
        return (name, from_utf_8(value.strip(" \t"))) if value.strip(" \t") else None
    if line.endswith(";"):
        return line[:-1], ""
    raise InputError(f"{where}: {line[:60]!r} is not a header", "write it as `Name: value`")


def _removes(command: _Command, name: str) -> bool:
    return any(line.strip().lower() == f"{name}:" for line in command.headers)


def _cookies(command: _Command) -> str:
    value = command.single["cookie"]
    if "=" not in value:
        raise InputError(
            f"{command.where}: curl's --cookie takes cookies from the file {value[:100]!r}", "write them in"
        )
    return from_utf_8(value)


def _body(bodies: list[tuple[str, bytes]], read_file: ReadFile) -> bytes:
    """All data options joined as curl joins them: by `&`, JSON without anything."""
    joined = b""
    for index, (option, value) in enumerate(bodies):
        part = _urlencoded(value, read_file) if option == "data-urlencode" else _part(option, value, read_file)
        joined += (b"" if index == 0 or option == "json" else b"&") + part
    return joined


def _part(option: str, value: bytes, read_file: ReadFile) -> bytes:
    if option == "data-raw" or not value.startswith(b"@"):
        return value
    content = read_file(_text(value[1:]))
    # curl's -d drops these from a file; --data-binary and --json do not.
    return content.translate(None, b"\r\n\0") if option in ("data", "data-ascii") else content


def _urlencoded(value: bytes, read_file: ReadFile) -> bytes:
    """`content`, `=content`, `name=content`, `@file` or `name@file`, its content encoded."""
    marks = [index for index in (value.find(b"="), value.find(b"@")) if index >= 0]
    if not marks:
        return quote_plus(value, safe="").encode()
    at = min(marks)
    name, content = value[:at], value[at + 1 :]
    if value[at : at + 1] == b"@":
        content = read_file(_text(content))
    encoded = quote_plus(content, safe="").encode()
    return name + b"=" + encoded if name else encoded


def _text(value: bytes) -> str:
    return value.decode("utf-8", "surrogateescape")
