from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler

import pytest

from factories import make_delivery
from hookscope.model.capture import Capture
from hookscope.model.capture_file import dumps
from hookscope.store.captures import CaptureStore
from served import port_of

GOOD = make_delivery(target="/hook", headers=(("Content-Type", "application/json"), ("X-A", "1")), body=b'{"a": 1}')
BAD = make_delivery(target="/hook", headers=(("Content-Type", "text/plain"), ("X-A", "2")), body=b'{"a": 2}')


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        plain = self.headers["Content-Type"] == "text/plain"
        fails = {"/hook": plain, "/both/hook": plain and b"2" in body, "/each/hook": plain or b"2" in body}
        status = 415 if fails.get(self.path, False) else 200
        if (kept := self.path.split("/")[1]).count("-"):
            # Refuses both: as the path says for the good one, and for the bad one's content type.
            status = int(kept.split("-")[plain])
        self.send_response(status)
        self.end_headers()


@pytest.fixture
def port() -> Iterator[int]:
    with port_of(Handler) as port:
        yield port


@pytest.fixture
def run(home, call):
    """Runs a command on a store with GOOD as 1 and BAD as 2."""

    async def keep() -> None:
        store = CaptureStore.open(home / "captures.db")
        await store.keep(GOOD, origin="live")
        await store.keep(BAD, origin="live")
        store.close()

    asyncio.run(keep())
    return call


def test_the_only_thing_that_matters_is_named(run, port, home):
    code, out, _ = run("bisect", "1", "2", "--to", str(port))
    assert code == 0
    assert "only this matters: content-type: text/plain (in the place of application/json)" in out
    assert "3 differences" in out
    store = CaptureStore.open(home / "captures.db")
    made = store.find("2").attempts
    store.close()
    assert f"{len(made)} sends" in out
    assert {attempt.origin for attempt in made} == {"probe"}


def test_both_ways_are_told(run, port):
    _, both, _ = run("bisect", "1", "2", "--to", f"{port}/both")
    assert "only these together turn the answer; taking one back is enough:" in both
    _, each, _ = run("bisect", "1", "2", "--to", f"{port}/each")
    assert "each of these turns the answer by itself; all must be taken back:" in each
    assert "the body's /a = 2" in each


def test_capture_files_leave_the_store_alone(run, port, tmp_path):
    (tmp_path / "g.json").write_text(dumps(Capture(delivery=GOOD)))
    (tmp_path / "b.json").write_text(dumps(Capture(delivery=BAD)))
    code, out, _ = run("bisect", "g.json", "b.json", "--to", str(port), "--json")
    assert code == 0
    said = json.loads(out)
    assert [difference["place"] for difference in said["turning"]] == ["headers.content-type"]
    assert said["turning"] == said["curing"]


def test_what_does_not_fail_now_cannot_be_bisected(run, port):
    code, out, _ = run("bisect", "1", "2", "--to", f"{port}/elsewhere")
    assert code == 1
    assert "the bad capture is accepted now" in out


@pytest.mark.parametrize(
    ("path", "code", "words", "title"),
    [
        ("404-401", 0, "turns HTTP 404 Not Found into HTTP 401 Unauthorized", "HTTP 404 Not Found into HTTP 401"),
        ("500-400", 0, "turns HTTP 500 Internal Server Error into HTTP 400", "into HTTP 400 Bad Request"),
        ("200-401", 0, "only this matters: content-type: text/plain", "the handler refuse it: content-type"),
        ("401-401", 1, "both are refused alike now", ""),
        ("404-200", 1, "name them the other way round", ""),
        ("201-204", 1, "the bad capture is accepted now", ""),
    ],
)
def test_two_answers_that_differ_are_bisected(run, port, path, code, words, title):
    found, out, _ = run("bisect", "1", "2", "--to", f"{port}/{path}")
    assert (found, words in out) == (code, True), out
    assert ("only this matters: content-type: text/plain" in out) is (code == 0)
    proofs = [one for one in json.loads(run("show", "2", "--json")[1])["findings"] if one.get("proved")]
    assert [title in one["title"] for one in proofs] == [True] * (code == 0)


def test_sends_that_run_out_are_told(run, port):
    code, out, _ = run("bisect", "1", "2", "--to", f"{port}/each", "--max-sends", "4")
    assert code == 1
    assert "what matters is among these:" in out
    assert "raise --max-sends" in out


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("1", "7"), 10, "7"),
        (("1", "2"), 6, "no handler is known"),
        (("1", "2", "--to", "1"), 6, "cannot be reached"),
        (("1", "2", "--max-sends", "1"), 2, "too few"),
        (("1", "2", "--repeat", "0"), 2, "too few"),
        (("1", "none.json"), 2, "cannot be read"),
    ],
)
def test_bad_input_has_its_own_exit_code(run, arguments, code, words):
    found, _, err = run("bisect", *arguments)
    assert found == code
    assert words in err
