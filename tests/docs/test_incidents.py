"""The runbook's first half, on twenty planted incidents: who answered 401 or 403 is found in at most three commands.

A reader of `docs/runbook.md` goes by what is printed; so does `find_party`.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from docs.incidents import SECRET, STRIPE
from hookscope.cli import main
from page_run import Desk, Fork, Running
from raw_http import free_port

HERE = Path(__file__).resolve().parent
WITHIN_S = 20.0
NOTION = ("notion", "page.created")

NGINX = """daemon off; master_process off; pid {home}/pid; error_log {home}/errors;
events {{ worker_connections 64; }}
http {{ access_log off; client_body_temp_path {home}/a; proxy_temp_path {home}/b; fastcgi_temp_path {home}/c;
 uwsgi_temp_path {home}/d; scgi_temp_path {home}/e;
 server {{ listen 127.0.0.1:{port}; location /denied {{ deny all; }}
  location /login {{ auth_basic "staff"; auth_basic_user_file {home}/users; }} }} }}
"""
HAPROXY = """defaults
 mode http
 timeout client 5s
 timeout server 5s
 timeout connect 5s
frontend here
 bind 127.0.0.1:{port}
 http-request deny
"""


@dataclass(frozen=True, slots=True)
class Incident:
    """A delivery to a server, and who is to be found."""

    server: str
    path: str
    party: str
    sent: tuple[str, ...] = NOTION
    options: tuple[str, ...] = ()


INCIDENTS = {
    "another secret": Incident("flask", "/another-secret", "handler"),
    "JSON written again": Incident("flask", "/rewritten-json", "handler"),
    "a list of addresses": Incident("flask", "/allow-list", "handler"),
    "no signature": Incident("flask", "/signature-wanted", "sender", options=("--unsigned",)),
    "a forged signature": Incident("flask", "/checked", "sender", options=("--tamper",)),
    "an old timestamp": Incident("flask", "/stripe", "sender", ("stripe", "invoice.paid"), ("--stale",)),
    "basic auth": Incident("flask", "/basic", "framework"),
    "csrf": Incident("django", "/csrf", "framework"),
    "a bearer token": Incident("fastapi", "/bearer", "framework"),
    "nginx denies": Incident("nginx", "/denied", "reverse-proxy"),
    "nginx wants a login": Incident("nginx", "/login", "reverse-proxy"),
    "haproxy denies": Incident("haproxy", "/", "reverse-proxy"),
    "a firewall": Incident("products", "/cloudflare", "waf"),
    "a gateway": Incident("products", "/aws", "edge"),
    "a protected deployment": Incident("products", "/vercel", "edge"),
    "a development server": Incident("products", "/vite", "dev-server"),
    "a platform's node": Incident("products", "/n8n", "edge"),
    "a missing capability": Incident("through listen", "/calls/notion", "provider-api"),
    "a token that is none": Incident("through listen", "/calls/token", "provider-api"),
    "a permission of an app": Incident("through listen", "/calls/github", "provider-api"),
}


# `make docs-test` has all.
QUICK = ("another secret", "no signature", "a list of addresses")
WANTED = INCIDENTS if os.environ.get("HOOKSCOPE_DOCS") else {name: INCIDENTS[name] for name in QUICK}


@dataclass
class Place:
    """Where the servers are, and the home that the commands use."""

    home: Path
    ports: dict[str, int] = field(default_factory=dict)
    endpoint: str = ""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    home = tmp_path_factory.mktemp("incidents")
    here = Place(home)
    desk = Desk(home)
    desk.project.mkdir()
    with ExitStack() as stack:
        fork = Fork()
        stack.callback(fork.close)
        gateway = free_port()
        needed = {incident.server for incident in WANTED.values()}
        if "through listen" in needed:
            needed |= {"flask", "products"}
        for name in ("flask", "django", "fastapi", "products"):
            if name not in needed:
                continue
            here.ports[name] = free_port()
            argv = ["python", str(HERE / "incidents.py"), name, str(here.ports[name]), f"http://127.0.0.1:{gateway}"]
            stack.callback(_kill, Running(fork.start(argv, desk, desk.new_output(), {}), home))
        if "through listen" in needed:
            base = f"http://127.0.0.1:{here.ports['products']}"
            apis = [("notion", "capability"), ("token", "token"), ("github", "github")]
            here.ports["through listen"] = free_port()
            listen = [
                "hookscope",
                "listen",
                str(here.ports["flask"]),
                "--port",
                str(here.ports["through listen"]),
                "--api-port",
                str(gateway),
            ]
            listen += [word for name, path in apis for word in ("--api", f"{name}={base}/{path}")]
            output = desk.new_output()
            stack.callback(
                _kill, Running(fork.start(listen, desk, output, {"HOOKSCOPE_HOME": str(home / "hookscope")}), output)
            )
        for name, conf, command in (
            ("nginx", NGINX, "nginx -c {file} -e {home}/errors"),
            ("haproxy", HAPROXY, "haproxy -q -f {file}"),
        ):
            if name in needed and shutil.which(name):
                here.ports[name] = free_port()
                (home / "users").write_text("nobody:x\n", "utf-8")
                file = home / f"{name}.conf"
                file.write_text(conf.format(home=home, port=here.ports[name]), "utf-8")
                process = subprocess.Popen(command.format(file=file, home=home).split(), stderr=subprocess.DEVNULL)
                stack.callback(process.wait)
                stack.callback(process.terminate)
        for port in here.ports.values():
            _wait_for(port)
        if "through listen" in needed:
            here.endpoint = _endpoint(home / "hookscope" / "endpoints")
        yield here


def _endpoint(folder: Path) -> str:
    return next(folder.glob("*.key")).read_text("utf-8").split()[1]


def _kill(running: Running) -> None:
    os.killpg(running.pid, 15)


def _wait_for(port: int) -> None:
    until = time.monotonic() + WITHIN_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1.0).close()
            return
        except OSError:
            assert time.monotonic() < until, f"nothing serves on {port}"
            time.sleep(0.05)  # a server tells nobody when it is ready


def _wait_for_call(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The session notes a call a moment after its delivery: sooner than a person looks, and later than a test."""
    until = time.monotonic() + WITHIN_S
    while "▸ api" not in capsys.readouterr().out:
        assert time.monotonic() < until, f"{name}: the call was not noted"
        time.sleep(0.02)
        main(("list", "--limit", "1"))


class Asker:
    """Runs commands as the runbook has them, and counts them."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys
        self.asked: list[str] = []

    def __call__(self, *words: str) -> str:
        self.asked.append(" ".join(words))
        main(words)
        return self._capsys.readouterr().out


LAYER = re.compile(
    r"\((sender|edge|waf|reverse-proxy|relay|tunnel|transport|dev-server|framework|handler|provider-api)\b"
)


def find_party(ask: Asker) -> str:
    """The runbook's three steps: the list, what is said of the last one, and a probe where that leaves it open."""
    row = ask("list", "status:401,403", "--limit", "1").strip()
    if "▸ api" in row:
        return "provider-api" if "at the provider's API" in ask("show", "last", "--calls") else row
    told = ask("diagnose", "last")
    if "signature.unverified" in told:
        return "sender"
    if "signature.handler-disagrees" not in told:
        found = LAYER.search(told)
        return found[1] if found else told
    proof = ask("probe", "last")
    return "handler" if "your handler has another secret" in proof or "proved: the handler" in proof else proof


@pytest.mark.parametrize("name", WANTED)
def test_the_party_is_found_in_at_most_three_commands(
    name: str, place: Place, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    incident = INCIDENTS[name]
    if incident.server not in place.ports:
        pytest.skip(f"{incident.server} is not on this machine")
    home = place.home / "hookscope" if incident.server == "through listen" else place.home / name.replace(" ", "-")
    for variable, value in (("HOME", str(home)), ("SECRET_NOTION", SECRET), ("SECRET_STRIPE", STRIPE)):
        monkeypatch.setenv(f"HOOKSCOPE_{variable}", value)
    endpoint = f"/{place.endpoint}" if incident.server == "through listen" else ""
    url = f"http://127.0.0.1:{place.ports[incident.server]}{endpoint}{incident.path}"
    assert main(("send", *incident.sent, "--to", url, *incident.options)) == 1
    capsys.readouterr()
    if incident.server == "through listen":
        _wait_for_call(name, capsys)
    ask = Asker(capsys)
    assert find_party(ask) == incident.party, ask.asked
    assert len(ask.asked) <= 3
