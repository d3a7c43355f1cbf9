"""Bodies that are cheap to send and dear to look at: what a command takes grows with the body,
and not with what it is made of."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

WHOLE = os.environ.get("HOOKSCOPE_ATTACK") == "whole"
MEGABYTE = 1_000_000
SIZE = 20 * MEGABYTE if WHOLE else 2 * MEGABYTE
MOST_BODIES = 6
# What the allocator keeps of arenas that it emptied, whatever the body.
SLACK = 12 * MEGABYTE
# Far more than it takes, and far less than what grows with the square of the body: nothing here is judged by the clock.
PATIENCE = 600

FORM = "application/x-www-form-urlencoded"


def repeated(part: bytes) -> bytes:
    return part * (SIZE // len(part))


def numbered(template: bytes, between: bytes) -> bytes:
    one = len(template % 1_000_000 + between)
    return between.join(template % i for i in range(SIZE // one))


BODIES = {
    "noise": ("application/octet-stream", random.Random(1).randbytes(SIZE)),
    "nothing but ampersands": (FORM, repeated(b"&")),
    "escapes in a form's value": (FORM, b"payload=" + repeated(b"%7B")),
    "pairs without end": (FORM, numbered(b"a%d=1", b"&")),
    "pairs with an escape in each name": (FORM, numbered(b"a%%31%dn=1", b"&")),
    "pairs that could be secrets": (FORM, numbered(b"a%dken=1", b"&")),
    "addresses that are none": (FORM, numbered(b"a%d=abcd@f", b"&")),
    "arrays in arrays": ("application/json", b"[" + repeated(b"[[]],") + b"1]"),
    "lines of nothing": ("application/json", repeated(b"1\n\n\n\n")),
    "keys without end": ("application/json", b"{" + numbered(b'"k%d":1', b",") + b"}"),
    "elements named like secrets": ("application/xml", b"<r>" + numbered(b"<token%d>a</token>", b"") + b"</r>"),
    "addresses with a token that is none": ("text/plain", numbered(b"https://x.example/?token%d=abc12345", b" ")),
    "one secret as large as the body": ("text/plain", repeated(b"password=")),
    "secrets without end": ("text/plain", repeated(b"https://a:b@")),
    "parts without end": (
        "multipart/form-data; boundary=b",
        numbered(b'--b\r\nContent-Disposition: form-data; name="a%d"\r\n\r\nx', b"\r\n") + b"\r\n--b--",
    ),
}
IN_QUICK = ("keys without end", "secrets without end")

# Every command first looks at a small capture, so that what they load is not counted.
CHILD = """
import contextlib, io, resource, sys
from hookscope import cli

def look(name, other):
    for words in (["report", name], ["export", name, "--as", "curl"], ["save", name, "fixtures", "--force"],
                  ["diff", name, other], ["show", name, "--json"]):
        with open("out", "w") as out, contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()) as err:
            code = cli.main(words)
        # A body that is left out is not saved: refused for safety.
        assert code in (0, 1, 11), (words, code, err.getvalue())

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

assert cli.main(["import", "small.raw"]) == 0
look("1", "1")
before = peak()
assert cli.main(["import", "dear.raw"]) == 0
look("2", "1")
print("grown", peak() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the largest resident size is counted in kilobytes on Linux only")
@pytest.mark.parametrize("name", BODIES if WHOLE else IN_QUICK)
def test_every_command_stays_under_six_bodies(name: str, tmp_path: Path) -> None:
    kind, body = BODIES[name]
    for file, content in (("small.raw", b"{}"), ("dear.raw", body)):
        head = f"POST /{file} HTTP/1.1\r\nHost: a.example\r\nContent-Type: {kind}\r\nContent-Length: {len(content)}\r\n\r\n"
        (tmp_path / file).write_bytes(head.encode() + content)
    environ = {**os.environ, "HOOKSCOPE_HOME": str(tmp_path / "home")}
    child = subprocess.run(
        [sys.executable, "-c", CHILD], cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=PATIENCE
    )
    assert child.returncode == 0, child.stderr
    grown = int(child.stdout.rpartition("grown ")[2])
    assert grown < MOST_BODIES * len(body) + SLACK, f"{grown / len(body):.1f} bodies"
