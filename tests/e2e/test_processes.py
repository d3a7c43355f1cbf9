"""Real senders, through a real relay process and a real `listen` process,
to real handlers that are processes of their own.

The senders are curl and Notion-style deliveries: HMAC-SHA256 over the raw body, keyed by the verification token, as
`X-Notion-Signature: sha256=<hex>` (developers.notion.com/reference/webhooks).
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import http.client
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from node_packages import node_environment
from processes import WITHIN_S, Lines, running, wait_until_it_serves
from raw_http import free_port

TOKEN = "secret_of_the_end_to_end_tests"
BODY = '{ "id":"e1", "type": "page.created",\n "name":"ż ✓ \\u00e9", "n": 1.0 }'.encode()

CHECK = """
import hashlib, hmac, sys
def check(raw, signature):
    wanted = "sha256=" + hmac.new(b"TOKEN", raw, hashlib.sha256).hexdigest()
    return 202 if hmac.compare_digest(wanted, signature or "") else 401
def told(raw):
    return "NAME got " + hashlib.sha256(raw).hexdigest()
port = int(sys.argv[1])
"""
FLASK = """
from flask import Flask, request
app = Flask(__name__)
@app.post("/hook")
def hook():
    raw = request.get_data()
    answer = app.make_response((told(raw), check(raw, request.headers.get("X-Notion-Signature"))))
    answer.set_cookie("a", "1")
    answer.set_cookie("b", "2")
    return answer
app.run("127.0.0.1", port)
"""
DJANGO = """
from wsgiref.simple_server import make_server
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.urls import path
settings.configure(ROOT_URLCONF=__name__, SECRET_KEY="only here", ALLOWED_HOSTS=["127.0.0.1"], MIDDLEWARE=[])
def hook(request):
    raw = request.body
    answer = HttpResponse(told(raw), status=check(raw, request.headers.get("X-Notion-Signature")))
    answer.set_cookie("a", "1")
    answer.set_cookie("b", "2")
    return answer
urlpatterns = [path("hook", hook)]
make_server("127.0.0.1", port, get_wsgi_application()).serve_forever()
"""
FASTAPI = """
import uvicorn
from fastapi import FastAPI, Request, Response
app = FastAPI()
@app.post("/hook")
async def hook(request: Request):
    raw = await request.body()
    answer = Response(told(raw), status_code=check(raw, request.headers.get("X-Notion-Signature")))
    answer.set_cookie("a", "1")
    answer.set_cookie("b", "2")
    return answer
uvicorn.run(app, host="127.0.0.1", port=port, log_level="critical")
"""
EXPRESS = """
const express = require("express"), crypto = require("crypto");
const app = express();
app.post("/hook", express.raw({type: () => true}), (request, response) => {
  const raw = request.body;
  const wanted = "sha256=" + crypto.createHmac("sha256", "TOKEN").update(raw).digest("hex");
  response.cookie("a", "1").cookie("b", "2").status(wanted === request.get("X-Notion-Signature") ? 202 : 401);
  response.type("text/plain").send("express got " + crypto.createHash("sha256").update(raw).digest("hex"));
});
app.listen(Number(process.argv[2]), "127.0.0.1");
"""
HANDLERS = {"flask": FLASK, "django": DJANGO, "fastapi": FASTAPI, "express": EXPRESS}


@pytest.fixture(scope="module")
def relay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a relay that is a process of its own."""
    with running(tmp_path_factory.mktemp("relay"), "relay", "--port", "0", "--json") as lines:
        yield lines.wait(lambda line: line["type"] == "listening")["url"]


@dataclass(frozen=True, slots=True)
class Listening:
    name: str
    url: str
    lines: Lines


@pytest.fixture(scope="module", params=HANDLERS)
def listening(
    request: pytest.FixtureRequest, relay: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Listening]:
    """A `listen` process in front of one of the handlers."""
    name = request.param
    home = tmp_path_factory.mktemp(name)
    with (
        handler(name, home) as port,
        running(
            home, "listen", str(port), "--relay", relay, "--json", environ={"HOOKSCOPE_SECRET_NOTION": TOKEN}
        ) as lines,
    ):
        ready = lines.wait(lambda line: True)
        assert (ready["type"], ready["schema"], ready["relay"]) == ("ready", 1, relay)
        yield Listening(name, ready["url"], lines)


@contextlib.contextmanager
def handler(name: str, directory: Path) -> Iterator[int]:
    """A handler that serves on the port."""
    port = free_port()
    environ = node_environment("express@5") if name == "express" else None
    process = subprocess.Popen(
        [*program(name, directory), str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environ
    )
    try:
        wait_until_it_serves(port, process)
        yield port
    finally:
        process.kill()
        process.wait()


def program(name: str, directory: Path) -> list[str]:
    """The command that runs the handler."""
    if name == "express":
        file = directory / "handler.cjs"
        file.write_text(EXPRESS.replace("TOKEN", TOKEN), "utf-8")
        return ["node", str(file)]
    file = directory / f"{name}_handler.py"
    file.write_text((CHECK + HANDLERS[name]).replace("TOKEN", TOKEN).replace("NAME", name), "utf-8")
    return [sys.executable, str(file)]


def signature(body: bytes, token: str = TOKEN) -> str:
    return "sha256=" + hmac.new(token.encode(), body, hashlib.sha256).hexdigest()


def deliver(url: str, body: bytes, headers: dict[str, str]) -> tuple[http.client.HTTPResponse, bytes]:
    """Post as Notion does; the answer and its body."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=WITHIN_S)
    with contextlib.closing(connection):
        connection.request("POST", parts.path, body, {"Content-Type": "application/json", **headers})
        answer = connection.getresponse()
        return answer, answer.read()


def told(name: str, body: bytes) -> bytes:
    """What the handler says that it got."""
    return f"{name} got {hashlib.sha256(body).hexdigest()}".encode()


def test_a_signed_delivery_is_verified_and_gets_the_handlers_answer(listening: Listening) -> None:
    answer, text = deliver(listening.url + "/hook", BODY, {"X-Notion-Signature": signature(BODY)})
    assert (answer.status, text) == (202, told(listening.name, BODY))
    assert [cookie[:4] for cookie in answer.headers.get_all("Set-Cookie", [])] == ["a=1;", "b=2;"]
    delivery = answer.headers["Hookscope-Delivery"]
    captured = listening.lines.of("captured", delivery)
    attempted = listening.lines.of("attempted", delivery)
    diagnosed = listening.lines.of("diagnosed", delivery)
    assert (captured["provider"], captured["method"], captured["target"]) == ("notion", "POST", "/hook")
    assert (captured["event_type"], captured["bytes"], captured["owed"]) == ("page.created", len(BODY), False)
    assert (attempted["attempt"], attempted["origin"], attempted["status"]) == (1, "live", 202)
    assert (diagnosed["attempt"], diagnosed["verdict"]) == (1, "verified")


def test_a_delivery_signed_with_another_secret_is_rejected_by_both(listening: Listening) -> None:
    answer, text = deliver(listening.url + "/hook", BODY, {"X-Notion-Signature": signature(BODY, "another")})
    assert (answer.status, text) == (401, told(listening.name, BODY))
    diagnosed = listening.lines.of("diagnosed", answer.headers["Hookscope-Delivery"])
    assert diagnosed["verdict"] == "rejected"
    assert diagnosed["findings"]


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl here")
def test_curl_gets_the_handlers_answer_for_the_bytes_of_a_file(listening: Listening, tmp_path: Path) -> None:
    body = bytes(range(256)) * 8
    file = tmp_path / "body"
    file.write_bytes(body)
    command = ["curl", "-sS", "-i", "--noproxy", "*", "-H", f"X-Notion-Signature: {signature(body)}"]
    command += ["-H", "Expect: 100-continue", "-H", "Content-Type: application/octet-stream"]
    command += ["--data-binary", f"@{file}", listening.url + "/hook"]
    printed = subprocess.run(command, capture_output=True, check=True, timeout=WITHIN_S).stdout
    assert b"HTTP/1.1 202 " in printed
    assert printed.endswith(told(listening.name, body))
    listening.lines.wait(lambda line: line["type"] == "captured" and line["bytes"] == len(body))
