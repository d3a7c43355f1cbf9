from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler

import pytest

from factories import NOW, make_delivery
from held import begun
from hookscope.store.captures import CaptureStore
from hookscope_relay.delivery import Answer
from served import port_of

DELIVERY = make_delivery(target="/hook")


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200 if self.path == "/hook/" else 404, "\x1b[2JWell")
        self.end_headers()


@pytest.fixture
def port() -> Iterator[int]:
    with port_of(Handler) as port:
        yield port


@pytest.fixture
def run(home, call, port):
    """Runs a command on a store with one capture that got 404."""

    async def keep() -> None:
        store = CaptureStore.open(home / "captures.db")
        await store.keep(DELIVERY, origin="live")
        number = await store.begin_attempt(DELIVERY.id, begun("live", f"http://localhost:{port}/hook", NOW))
        answer = Answer(status=404, reason="Not Found")
        await store.end_attempt(DELIVERY.id, number, elapsed_ms=1, answer=answer, failure=None, answered_by="")
        store.close()

    asyncio.run(keep())
    return call


def attempts(path):
    store = CaptureStore.open(path / "captures.db")
    try:
        return [attempt.origin for attempt in store.find("1").attempts]
    finally:
        store.close()


def test_the_plan_is_shown_before_anything_is_sent(run, home):
    code, out, _ = run("probe", "last", "--plan")
    assert code == 0
    assert "1. the same again" in out
    assert "to /hook/" in out
    assert attempts(home) == ["live"]


def test_it_runs_at_once_without_a_terminal_and_says_what_was_proved(run, home):
    code, out, _ = run("probe", "1")
    assert code == 0
    plan, _, rest = out.partition("✗ the same again")
    assert "is sent 4 times" in plan
    assert "proved: only the slash at the path's end is wrong" in rest
    assert "→ give the sender the other URL" in rest
    assert "\x1b" not in out
    assert attempts(home) == ["live", *["probe"] * 5]


def test_json_is_one_object(run):
    code, out, _ = run("probe", "1", "--json", "--only", "other-slash")
    assert code == 0
    said = json.loads(out)
    assert [probe["probe"] for probe in said["probes"]] == ["again", "other-slash", "control"]
    assert said["conclusions"][0]["proof"] == "proved"


def test_nothing_proved_is_exit_code_1(run):
    assert run("probe", "1", "--only", "browser-accept")[0] == 1


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("probe", "7"), 10, "7"),
        (("probe", "1", "--only", "nothing"), 2, "there is no probe"),
        (("probe", "1", "--to", "1"), 6, "cannot be reached"),
        (("probe", "1", "--to", "192.0.2.1:80"), 11, "not on this machine"),
    ],
)
def test_bad_input_has_its_own_exit_code(run, arguments, code, words):
    found, _, err = run(*arguments)
    assert found == code
    assert words in err
