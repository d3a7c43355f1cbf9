"""A directory that gosmee wrote with `--saveDir`:
each delivery is a NAME.json with its body and a NAME.sh that replays it with curl.

gosmee keeps neither order nor case of headers, and only some of them; the note says so, for a signature over the body
still verifies.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from hookscope.model.capture import Capture
from hookscope.tools.imports.build import build_delivery
from hookscope.tools.imports.curl import parse_curl
from hookscope.tools.imports.found import Found, attempt, gather, refuse_file
from hookscope.tools.imports.json_values import parse_json
from hookscope.tools.imports.shell_words import split_commands
from hookscope_relay.errors import InputError

NOTE = "gosmee keeps some headers only, neither in their order nor in their case"
NO_URL = "http://localhost/"

_CURL = re.compile(r"(?m)^[ \t]*curl .*$")
_TARGET = re.compile(r'(?m)^targetURL="([^"$`]*)"')
_VARIABLE = re.compile(r'"?\$\{?targetURL\}?"?')
_DATA = re.compile(r"-d @\./(\S+\.json)")
# The name ends in Go's layout 2006-01-02T15.04.01.000, whose third number is, by mistake, the month again.
_TIME = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d)\.(\d\d)\.\d\d\.(\d{3})\Z")


def read_gosmee(files: Mapping[str, bytes], name: str, now: float) -> Found:
    """The deliveries of the directory `name`, whose files are given by their names; in the order of the names."""
    bodies = sorted(file for file in files if file.endswith(".json"))
    if not bodies:
        raise InputError(f"{name} has no .json file", "name the directory that gosmee saved into")
    parts = [_read(file, files, f"{name}/{file}", now) for file in bodies]
    return gather(*parts, Found(notes=(NOTE,)))


def _read(file: str, files: Mapping[str, bytes], where: str, now: float) -> Found:
    script = files.get(file.removesuffix(".json") + ".sh")
    return attempt(lambda: _one(file, files[file], script, where, now))


def _one(file: str, body: bytes, script: bytes | None, where: str, now: float) -> Found:
    parse_json(body, where)  # what gosmee saved is JSON; anything else was cut off
    at = _time(file)
    if script is None:
        delivery = build_delivery(
            where,
            method="POST",
            url=NO_URL,
            headers=(("Content-Type", "application/json"),),
            body=body,
            now=now,
            received_at=at,
        )
        return Found(
            (Capture(delivery=delivery),), notes=(f"{where} has no .sh beside it, so its headers are unknown",)
        )
    words = _words(script.decode("utf-8", "surrogateescape"), file, where.removesuffix(".json") + ".sh")
    sent = parse_curl(words, where, now, refuse_file(where))
    delivery = build_delivery(
        where,
        method=sent.method,
        url=sent.url,
        headers=tuple(pair for pair in sent.headers if pair != ("Accept", "*/*") and pair[0] != "Content-Length"),
        body=body,
        now=now,
        received_at=at,
    )
    return Found((Capture(delivery=delivery),))


def _words(script: str, file: str, where: str) -> list[bytes]:
    """The script's curl command with its target filled in and without its body."""
    line = _CURL.search(script)
    target = _TARGET.search(script)
    if line is None:
        raise InputError(f"{where} has no line that begins with curl", "import the .json alone, without its script")
    data = _DATA.search(line[0])
    if data is None or data[1] != file:
        raise InputError(f"{where} does not send {file}", "import the .json alone, without its script")
    command = line[0].replace(data[0], "--data-raw ''")
    return split_commands(_VARIABLE.sub(lambda _: target[1] if target else NO_URL, command), where)[0]


def _time(file: str) -> float | None:
    match = _TIME.search(file.removesuffix(".json"))
    if match is None:
        return None
    try:
        moment = datetime.fromisoformat(f"{match[1]}T{match[2]}:{match[3]}:00.{match[4]}")
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC).timestamp()
