"""Whose 401 is it: real handlers in Flask and Express accept a delivery, and the call that their official client makes is refused.

The clients come with the extra `sdks` and from npm (`make cross`); where they are missing the test is skipped.
"""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from api_stand_in import BOT, HIDDEN, KEY, PAGE, TOKEN, github, notion, slack, standing_in, stripe
from node_packages import node_environment
from raw_http import free_port

HANDLERS = Path(__file__).resolve().parents[1] / "calling_handlers"
WITHIN_S = 30.0
TOKENS = json.dumps(
    {"notion": TOKEN, "stripe": KEY, "slack": BOT, "github": "ghp_" + "a1" * 18, "page": PAGE, "hidden": HIDDEN}
)
APIS = {"notion": notion, "stripe": stripe, "slack": slack, "github": github}
NODE = ("express@5", "@notionhq/client@5", "@slack/web-api@7", "@octokit/rest@20", "stripe@20")

CASES = (
    ("flask", "notion-comment", "notion", "capability-missing"),
    ("flask", "notion-page", "notion", "not-shared"),
    ("flask", "stripe", "stripe", "entity-not-found"),
    ("flask", "slack", "slack", "capability-missing"),
    ("flask", "requests", "notion", "token-missing"),
    ("express", "notion-comment", "notion", "capability-missing"),
    ("express", "notion-page", "notion", "not-shared"),
    ("express", "slack", "slack", "capability-missing"),
    ("express", "octokit", "github", "token-stale"),
    ("express", "stripe", "stripe", "entity-not-found"),
    ("express", "fetch", "notion", "token-missing"),
)


class Listened:
    """A `listen` in front of one handler, and the lines that it printed."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        self._lines = process.stdout
        self.seen: list[dict[str, Any]] = []
        self.url = self.until(lambda line: line["type"] == "ready")["url"]

    def until(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        for line in self._lines:
            self.seen.append(json.loads(line))
            if wanted(self.seen[-1]):
                return self.seen[-1]
        raise AssertionError(self.seen)

    def post(self, name: str) -> tuple[str, str]:
        """The delivery's id, and what its sender got."""
        host, _, path = self.url.removeprefix("http://").partition("/")
        sender = http.client.HTTPConnection(host, timeout=WITHIN_S)
        sender.request("POST", f"/{path.rstrip('/')}/{name}", json.dumps({"entity": {"id": PAGE}}))
        answer = sender.getresponse()
        assert answer.status == 200
        found = answer.headers["Hookscope-Delivery"], answer.read().decode()
        sender.close()
        return found


def listen(stack: ExitStack, home: Path, command: list[str], environ: dict[str, str]) -> Listened:
    """Stand-ins of the APIs, the handler, and a session in front of it."""
    stand_ins = {name: stack.enter_context(standing_in(answers)) for name, answers in APIS.items()}
    handler, gateway = free_port(), free_port()
    started = subprocess.Popen([*command, str(handler), f"http://127.0.0.1:{gateway}", TOKENS], env=environ)
    stack.callback(started.wait)
    stack.callback(started.kill)
    wait_for(handler)
    apis = [word for name, api in stand_ins.items() for word in ("--api", f"{name}={api.url}")]
    options = ["--json", "--port", str(free_port()), "--api-port", str(gateway), *apis]
    process = subprocess.Popen(
        [sys.executable, "-m", "hookscope.cli", "listen", str(handler), *options],
        env=os.environ | {"HOOKSCOPE_HOME": str(home)},
        cwd=home,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )
    stack.callback(process.communicate, timeout=WITHIN_S)
    stack.callback(process.send_signal, signal.SIGINT)
    return Listened(process)


def wait_for(port: int) -> None:
    until = time.monotonic() + WITHIN_S
    while True:
        try:
            probe = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
            probe.connect()
        except OSError:
            assert time.monotonic() < until, "the handler did not start"
            time.sleep(0.02)  # a handler tells nobody when it is ready
            continue
        probe.close()
        return


@pytest.fixture(scope="module")
def sessions(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Listened]]:
    """The session in front of a framework's handlers, opened when it is first asked for."""
    opened: dict[str, Listened] = {}
    with ExitStack() as stack:

        def session(framework: str) -> Listened:
            if framework not in opened:
                home = tmp_path_factory.mktemp(framework)
                if framework == "flask":
                    for library in ("notion_client", "stripe", "slack_sdk", "requests"):
                        pytest.importorskip(library)
                    command, environ = [sys.executable, str(HANDLERS / "flask_clients.py")], dict(os.environ)
                else:
                    command, environ = ["node", str(HANDLERS / "express_clients.js")], node_environment(*NODE)
                opened[framework] = listen(stack, home, command, environ)
            return opened[framework]

        yield session


@pytest.mark.parametrize(("framework", "name", "api", "cause"), CASES, ids=[f"{case[0]}-{case[1]}" for case in CASES])
def test_the_call_that_a_handler_makes_by_the_sdk_is_explained_beside_its_delivery(
    sessions: Callable[[str], Listened], framework: str, name: str, api: str, cause: str
) -> None:
    session = sessions(framework)
    delivery, said = session.post(name)
    assert said.startswith("accepted, though"), said
    called = session.until(lambda line: line["type"] == "called")
    assert (called["api"], called["id"]) == (api, delivery)
    assert called["findings"][0]["cause"] == cause, called
    assert called["findings"][0]["layer"] == "provider-api"
    assert TOKEN not in json.dumps(session.seen)
