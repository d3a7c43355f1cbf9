"""A real `listen` with a gateway, a handler that makes calls with planted tokens,
and every place where one could come to light."""

from __future__ import annotations

import base64
import http.client
import http.server
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from hookscope import cli
from hookscope.config.settings import places
from hookscope.model.call_file import loads_calls
from hookscope.store.captures import CaptureStore
from hookscope.tui.presentation.rows import render_row
from hookscope.tui.presentation.tabs import TABS, build_tab
from hookscope.tui.widgets.detail_pane import read_detail
from raw_http import free_port
from served import port_of

WITHIN_S = 30.0
Listened: TypeAlias = tuple[Path, list[dict[str, Any]]]
PAGE = "153104cd-477e-809d-8dc4-ff2d96ae3090"
# No part of one stands in another; the middle of each is what must never be seen.
PLANTED = {
    "bearer": "ntn_" + "Kx8" * 15 + "Qq1",
    "quoted": "ntn_" + "Vw3" * 15 + "Zz2",
    "basic": "sk_live_" + "Jh7" * 12,
    "query": "plain-query-secret-" + "Mn5" * 6,
    "header": "plain-header-secret-" + "Bd9" * 6,
    "body": "client-secret-of-" + "Ry4" * 6,
    "answer": "access-granted-" + "Tg6" * 8,
    "cookie": "session-" + "Lp2" * 10,
    "echoed": "no-shape-at-all-" + "Fc8" * 6,
}


class Api(http.server.BaseHTTPRequestHandler):
    """Refuses every call, and repeats what it was told."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"] or 0))
        answer = json.dumps(
            {
                "object": "error",
                "status": 403,
                "code": "restricted_resource",
                "message": f"no, {self.headers.get('Authorization', '').removeprefix('Bearer ')}",
                "access_token": PLANTED["answer"],
            }
        ).encode()
        self.send_response(403)
        self.send_header("Content-Type", "application/json")
        self.send_header("Set-Cookie", f"sid={PLANTED['cookie']}")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: object) -> None:
        pass


class Handler(http.server.BaseHTTPRequestHandler):
    """Calls the API with every planted token, then answers 200."""

    gateway = 0

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        basic = base64.b64encode(f"{PLANTED['basic']}:".encode()).decode()
        body = json.dumps({"parent": {"page_id": PAGE}, "client_secret": PLANTED["body"]})
        for target, headers in (
            ("/v1/comments", {"Authorization": f"Bearer {PLANTED['bearer']}"}),
            ("/v1/comments", {"Authorization": f'Bearer "{PLANTED["quoted"]}"'}),
            ("/v1/comments", {"Authorization": f"Basic {basic}"}),
            ("/v1/comments", {"Authorization": f"Bearer {PLANTED['echoed']}"}),
            (f"/v1/comments?access_token={PLANTED['query']}", {}),
            ("/v1/comments", {"X-Api-Key": PLANTED["header"]}),
        ):
            call = http.client.HTTPConnection("127.0.0.1", self.gateway, timeout=WITHIN_S)
            call.request("POST", "/notion" + target, body, headers | {"Content-Type": "application/json"})
            answer = call.getresponse()
            assert (answer.status, bool(answer.read())) == (403, True)
            call.close()
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def hookscope(
    listened: Listened, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., str]:
    """Runs a command in the home of the session; gives all that it printed."""
    monkeypatch.setenv("HOOKSCOPE_HOME", str(listened[0]))
    monkeypatch.chdir(listened[0])

    def call(*arguments: str) -> str:
        cli.main(arguments)
        return "".join(capsys.readouterr())

    return call


@pytest.fixture(scope="module")
def listened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listened]:
    """The home of a session in which one delivery caused six calls, and the lines that it printed."""
    home = tmp_path_factory.mktemp("calls")
    lines: list[dict[str, Any]] = []
    Handler.gateway = free_port()
    with port_of(Api) as api, port_of(Handler) as handler:
        listen = [sys.executable, "-m", "hookscope.cli", "listen", str(handler), "--json", "--port", str(free_port())]
        process = subprocess.Popen(
            [*listen, "--api", f"notion=http://127.0.0.1:{api}", "--api-port", str(Handler.gateway)],
            env=os.environ | {"HOOKSCOPE_HOME": str(home)},
            cwd=home,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )
        assert process.stdout is not None
        for line in process.stdout:
            lines.append(json.loads(line))
            if lines[-1]["type"] == "ready":
                url = lines[-1]["url"]
                host, _, path = url.removeprefix("http://").partition("/")
                sender = http.client.HTTPConnection(host, timeout=WITHIN_S)
                sender.request("POST", f"/{path.rstrip('/')}/hook", json.dumps({"entity": {"id": PAGE}}))
                assert sender.getresponse().status == 200
                sender.close()
            told = [line["type"] for line in lines]
            if told.count("called") == 6 and "diagnosed" in told:
                process.send_signal(signal.SIGINT)
                break
        rest, errors = process.communicate(timeout=WITHIN_S)
        assert process.returncode == 0, errors
        (home / "errors.txt").write_text(rest + errors)
    yield home, lines


def middles() -> list[str]:
    """What must never be seen of each token: all but its first and last four characters,
    and ten characters from within."""
    return [value[6:-4][:10] for value in PLANTED.values()]


def test_a_planted_token_is_nowhere(listened: Listened, hookscope: Callable[..., str]) -> None:
    home, lines = listened
    seen = {"NDJSON": json.dumps(lines)}
    for arguments in (
        ["list"],
        ["list", "api:403"],
        ["list", "--json"],
        ["show", "1"],
        ["show", "1", "--json"],
        ["show", "1", "--calls"],
        ["show", "1", "--calls", "--json"],
        ["report", "1"],
        ["save", "1", "fixtures"],
        ["export", "1", "--as", "har"],
    ):
        seen[" ".join(arguments)] = hookscope(*arguments)
    store = CaptureStore.open(places({"HOOKSCOPE_HOME": str(home)}).captures)
    detail, summary = read_detail(store, 1), store.summary(1)
    assert summary is not None
    seen |= {f"the tab {tab}": build_tab(tab, detail).text(200) for tab in TABS}
    seen["the row"] = render_row(summary, 200).plain
    store.close()
    seen |= {str(path): path.read_bytes().decode("latin-1") for path in home.rglob("*") if path.is_file()}
    found = [f"{middle} in {place}" for place, text in seen.items() for middle in middles() if middle in text]
    assert found == []
    for place in ("show 1 --calls", "report 1", "the tab timeline"):
        assert "restricted_resource" in seen[place] or "permission" in seen[place], place


def test_calls_are_seen_everywhere_beside_their_delivery(listened: Listened, hookscope: Callable[..., str]) -> None:
    home, lines = listened
    called = [line for line in lines if line["type"] == "called"]
    assert {line["id"] for line in called} == {next(line["id"] for line in lines if line["type"] == "captured")}
    assert {line["findings"][0]["cause"] for line in called} == {"capability-missing", "wrong-token-kind"}
    assert "▸ api 403" in hookscope("list", "api:403")
    assert "nothing captured meets" in hookscope("list", "api:429")
    for words in ("api:4xx", "api:notion", "api:refused", "api:/v1/comments", "api:capability-missing"):
        assert "#1" in hookscope("list", words), words
    shown = hookscope("show", "1")
    assert "▸ notion POST /v1/comments → 403" in shown
    full = hookscope("show", "1", "--calls")
    assert "delivery #1: sure (97%): it names " in full
    assert "Authorization: Bearer ntn_...8Qq1 (fingerprint " in full
    assert [json.loads(line)["api"] for line in hookscope("show", "1", "--calls", "--json").splitlines()] == [
        "notion"
    ] * 6
    assert "## The handler's calls to APIs" in hookscope("report", "1")
    hookscope("save", "1", "fixtures")
    (fixture,) = (home / "fixtures").rglob("*.json")
    assert [call.status for call in loads_calls(fixture.read_text("utf-8"))] == [403] * 6
