from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

from raw_http import free_port

HANDLER = """
import hashlib, hmac, json, sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def log_message(self, *_): pass
    def say(self, status):
        self.send_response(status, "\\x1b[31mWell")
        self.send_header("Content-Length", "0")
        self.end_headers()
    def do_POST(self):
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        wanted = "sha256=" + hmac.new(b"secret_x", raw, hashlib.sha256).hexdigest()
        if self.path == "/lax": return self.say(200)
        self.say(200 if self.headers.get("X-Notion-Signature") == wanted else 401)
ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """The port of a handler that listens by the time it is given."""
    import socket
    import time

    port = free_port()
    process = subprocess.Popen([sys.executable, "-c", HANDLER, str(port)], env=os.environ)
    until = time.monotonic() + 20
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            break
        except OSError:
            assert time.monotonic() < until
            time.sleep(0.02)  # the server is still starting
    yield port
    process.kill()
    process.wait()


@pytest.fixture
def run(call, tmp_path):
    """Runs a command."""
    (tmp_path / "s").write_text("secret_x\n")
    return call


SIGNED = ("--provider", "notion", "--secret-file", "s")


def test_a_right_handler_passes_with_plain_lines(run, port):
    code, out, _ = run("check", f"{port}/hook", *SIGNED, "--only", "valid", "--only", "missing-signature")
    assert code == 0
    assert out.startswith("passed   valid                a valid delivery is accepted")
    assert "signed with the verification token" in out
    assert "secret_x" not in out
    assert "\x1b" not in out


def test_a_wrong_one_fails_and_junit_says_so_too(run, port, tmp_path):
    code, out, _ = run("check", f"{port}/lax", *SIGNED, "--only", "signature", "--json", "--junit", "r.xml")
    assert code == 1
    report = json.loads(out)
    assert (report["result"], report["faults"]) == ("failed", ["wrong-signature"])
    suite = ElementTree.parse(Path(tmp_path / "r.xml")).getroot()[0]
    assert int(suite.get("failures") or 0) == report["counts"]["failed"]


def test_without_a_secret_it_says_what_is_not_checked(run, port):
    code, out, _ = run("check", f"{port}/hook", "--provider", "notion", "--only", "signature")
    assert code == 0
    assert "only unsigned checks are made" in out


def test_nothing_that_listens_is_exit_code_6(run):
    code, _, err = run("check", str(free_port()), *SIGNED)
    assert code == 6
    assert "cannot be reached" in err


def test_another_machine_is_refused(run):
    assert run("check", "http://192.0.2.1/", *SIGNED)[0] == 11


def test_the_list_names_every_check(run):
    from hookscope.tools.check.table import CHECKS

    code, out, _ = run("check", "--list")
    assert code == 0
    assert [line.split()[0] for line in out.splitlines()] == [check.name for check in CHECKS]
    assert json.loads(run("check", "--list", "--json")[1].splitlines()[0])["check"] == "valid"


BAD_INPUT = (
    (("check", "3000"), "no provider is named"),
    (("check", "--provider", "notion"), "no handler is named"),
    (("check", "3000", "--provider", "noton"), "did you mean notion"),
    (("check", "3000", "--provider", "notion", "--only", "raw_body"), "did you mean raw-body"),
    (("check", "3000", "--provider", "notion", "--event", "page.creatd"), "did you mean page.created"),
    (("check", "3000", "--provider", "paypal"), "--param webhook_id=VALUE"),
    (("check", "3000?x", "--provider", "notion"), "a query"),
)


@pytest.mark.parametrize(("arguments", "words"), BAD_INPUT)
def test_bad_input_is_told_in_one_sentence(run, arguments, words):
    code, _, err = run(*arguments)
    assert code == 2
    assert words in err
