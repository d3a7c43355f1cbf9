"""Any file that `hookscope import` takes: recognises its format, and reads it into captures.

Nothing is ever loaded that could run: JSON and text are all that is read. Every problem names the file and the place in
it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeAlias

from hookscope.model.capture import Capture
from hookscope.model.capture_file import from_mapping
from hookscope.tools.imports.build import identified
from hookscope.tools.imports.curl import read_curl
from hookscope.tools.imports.found import Found, ReadFile, refuse_file
from hookscope.tools.imports.har import read_har
from hookscope.tools.imports.http_file import read_http_file
from hookscope.tools.imports.json_values import mapping, parse_json
from hookscope.tools.imports.ngrok import read_ngrok
from hookscope.tools.imports.raw import REQUEST_LINE, parse_request
from hookscope_relay.errors import InputError

Reader: TypeAlias = Callable[[bytes, str, float, ReadFile], Found]

FORMATS = ("auto", "har", "raw", "http", "ngrok", "gosmee", "curl", "capture")

# Read letter by letter, so bounded; JSON and raw requests are bounded by what the caller reads.
MAX_TEXT = 8 << 20

_CURL = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:\$[ \t]+)?(?:[A-Za-z_]\w*=\S*[ \t]+)*(?:\S*/)?curl(?:\.exe)?\s")
_HTTP_NAME = re.compile(r"\.(?:http|rest)$", re.IGNORECASE)
_REQUEST_OF_HTTP_FILE = re.compile(rb"(?m)^(?:###|(?:[A-Z]+[ \t]+)?https?://\S+|[A-Z]+[ \t]+\S*\{\{)")

# What the first bytes give away of formats that are not read.
STRANGERS = (
    (b"\x1f\x8b", "is compressed by gzip", "unpack it first"),
    (b"PK\x03\x04", "is a zip archive", "unpack it first"),
    (b"\x80\x02", "is a pickle, which is never loaded", "export it as HAR or as raw requests"),
    (b"\x80\x03", "is a pickle, which is never loaded", "export it as HAR or as raw requests"),
    (b"\x80\x04", "is a pickle, which is never loaded", "export it as HAR or as raw requests"),
    (b"\x80\x05", "is a pickle, which is never loaded", "export it as HAR or as raw requests"),
    (b"\x0a\x0d\x0d\x0a", "is a packet capture", "export it as HAR or as raw requests"),
    (b"\xd4\xc3\xb2\xa1", "is a packet capture", "export it as HAR or as raw requests"),
    (b"---", "is YAML, which is never loaded", "export it as HAR or as raw requests"),
)


def read(data: bytes, name: str, now: float, form: str = "auto", read_file: ReadFile | None = None) -> Found:
    """What the file holds, in the given format or in the one recognised. `InputError` where nothing of it can be read.

    `now` is when a delivery without a time of its own arrived, in epoch seconds.
    """
    if not data or data.isspace():
        raise InputError(f"{name} is empty", "save it again")
    chosen = recognise(data, name) if form == "auto" else form
    if chosen in ("http", "curl") and len(data) > MAX_TEXT:
        raise InputError(f"{name} has more than {MAX_TEXT >> 20} MiB of commands or requests", "split it")
    reader = READERS[chosen]
    return reader(data, name, now, read_file or refuse_file(name))


def recognise(data: bytes, name: str) -> str:
    """The format of a file, by its content, and by its name where several fit."""
    start = data[:4096].removeprefix(b"\xef\xbb\xbf").lstrip()
    if start[:1] in (b"{", b"["):
        return _recognise_json(data, name)
    if _CURL.match(start):
        return "curl"
    if _HTTP_NAME.search(name):
        return "http"
    line = start.partition(b"\n")[0].rstrip(b"\r").decode("latin-1")
    match = REQUEST_LINE.fullmatch(line)
    if match is not None and match[2].startswith("/"):
        return "raw"
    if _REQUEST_OF_HTTP_FILE.search(start):
        return "http"
    for mark, what, remedy in STRANGERS:
        if data.startswith(mark):
            raise InputError(f"{name} {what}", remedy)
    raise InputError(f"{name} is in no format that is known", f"name it with --format, one of {', '.join(FORMATS[1:])}")


def _recognise_json(data: bytes, name: str) -> str:
    value = parse_json(data, name)
    if not isinstance(value, dict):
        raise InputError(f"{name} is JSON, but holds no request", "import a HAR, a capture file or ngrok's list")
    for key, form in (("format", "capture"), ("log", "har"), ("requests", "ngrok"), ("request", "ngrok")):
        if key in value:
            return form
    raise InputError(
        f"{name} is JSON, but holds no request",
        "import its directory with --format gosmee, or a HAR, or a capture file",
    )


def _read_json(read_mapping: Callable[[Mapping[str, object], str, float], Found]) -> Reader:
    def reader(data: bytes, name: str, now: float, read_file: ReadFile) -> Found:
        return read_mapping(mapping(parse_json(data, name), name), name, now)

    return reader


def _read_capture(data: Mapping[str, object], name: str, now: float) -> Found:
    capture = from_mapping(data, name)
    return Found((replace(capture, delivery=identified(capture.delivery, timed=True)),))


def _read_raw(data: bytes, name: str, now: float, read_file: ReadFile) -> Found:
    return Found((Capture(delivery=parse_request(data.removeprefix(b"\xef\xbb\xbf"), name, now)),))


READERS: dict[str, Reader] = {
    "har": _read_json(read_har),
    "ngrok": _read_json(read_ngrok),
    "capture": _read_json(_read_capture),
    "raw": _read_raw,
    "http": read_http_file,
    "curl": read_curl,
}
