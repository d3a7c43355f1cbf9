"""`hookscope replay --compare` against a real handler, by captures and by files."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from xml.etree import ElementTree

import pytest

from factories import NOW, Run, make_delivery
from held import begun
from hookscope.store.captures import CaptureStore
from hookscope_relay.delivery import Answer, new_delivery_id
from served import at_work


class Counting(BaseHTTPRequestHandler):
    """Answers with a number that is never the same, and with what the server is told to say."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self.server.count += 1  # type: ignore[attr-defined]  # ours
        body = json.dumps({"n": self.server.count, "said": self.server.says}).encode()  # type: ignore[attr-defined]
        self.send_response(self.server.status)  # type: ignore[attr-defined]  # ours
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing on the tests' output."""


@pytest.fixture
def handler() -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Counting)
    server.count, server.says, server.status = 100, "hello", 200  # type: ignore[attr-defined]  # ours
    with at_work(server):
        yield server


@pytest.fixture
def run(home: Path, call: Run, handler: ThreadingHTTPServer) -> Run:
    """Replays, with two captures recorded that were answered with "hello", and one that was never handed over."""
    url = f"http://127.0.0.1:{handler.server_port}"
    asyncio.run(fill(home / "captures.db", url))
    return lambda *arguments: call("replay", *arguments, "--to", url)


async def fill(path: Path, url: str) -> None:
    store = CaptureStore.open(path)
    for index, tried in enumerate((True, True, False)):
        made = make_delivery(
            id=new_delivery_id(NOW + index, bytes(10)),
            target=f"/hook/{index}",
            headers=(("Authorization", "Bearer a-token"),),
        )
        await store.keep(made, origin="live")
        if tried:
            number = await store.begin_attempt(made.id, begun("live", f"{url}/hook/{index}", NOW))
            headers = (("Server", "x"), ("Content-Type", "application/json"))
            answer = Answer(status=200, headers=headers, body=b'{"n": 1, "said": "hello"}')
            await store.end_attempt(made.id, number, elapsed_ms=1.0, answer=answer)
    store.close()


IGNORED = ("--ignore", "headers.server")


def test_answers_as_they_were_end_with_0(run: Run) -> None:
    code, out, err = run("1", "2", "--compare", *IGNORED)
    assert code == 0, out
    assert out.count("same") == 2
    assert "2 compared: 2 same; these vary by themselves: /n" in err


def test_a_difference_ends_with_1_and_is_told_everywhere(run: Run, handler: ThreadingHTTPServer) -> None:
    handler.says = "good\x1bbye"  # type: ignore[attr-defined]  # ours
    code, out, err = run("1", "3", "--compare", "--junit", "report.xml", *IGNORED)
    assert code == 1
    assert '/said: "hello" was recorded, now "good' in out
    assert "\x1b" not in out
    assert "2 compared: 1 different, 1 nothing recorded" in err
    (suite,) = ElementTree.fromstring(Path("report.xml").read_text("utf-8"))
    assert (suite.get("failures"), suite.get("skipped")) == ("1", "1")


def test_programs_get_a_line_of_json_each(run: Run) -> None:
    code, out, _ = run("1", "--compare", "--json", "--ignore", "/said")
    told = json.loads(out)
    assert (code, told["state"], told["varying"]) == (1, "different", ["/n"])
    assert [difference["place"] for difference in told["differences"]] == ["headers.server"]


def test_places_without_a_comparison_are_refused(run: Run) -> None:
    assert run("1", "--ignore", "/a")[0] == 2


def test_what_is_no_place_leaves_nothing_out_and_is_refused(run: Run, handler: ThreadingHTTPServer) -> None:
    code, _, err = run("1", "--compare", "--ignore", "said")
    assert (code, "'said' is no place in an answer; give /said, " in err) == (2, True)
    assert handler.count == 100  # type: ignore[attr-defined]  # ours


def test_saved_captures_are_a_regression_test(run: Run, call: Run, handler: ThreadingHTTPServer) -> None:
    """A folder as `hookscope save` writes it: the answers as they were, and one that became another."""
    assert call("save", "1", "2", "3", "fixtures")[0] == 0
    assert call("save", "1", "2", "3", "fixtures")[2].count("unchanged") == 1
    code, out, err = run("fixtures", "--compare", *IGNORED)
    assert (code, out.count("same")) == (0, 2), out + err
    assert "3 compared: 2 same, 1 nothing recorded" in err
    handler.says = "goodbye"  # type: ignore[attr-defined]  # ours
    code, out, err = run("fixtures", "--compare", *IGNORED)
    assert (code, out.count('/said: "hello" was recorded, now "goodbye"')) == (1, 2), out + err


@pytest.mark.parametrize(
    ("status", "keep", "told"), [(401, (), True), (500, (), False), (401, ("--keep-bytes",), False)]
)
def test_who_refuses_a_redacted_file_may_want_a_signature(
    run: Run, call: Run, handler: ThreadingHTTPServer, status: int, keep: tuple[str, ...], told: bool
) -> None:
    assert call("save", "1", "fixtures", *keep)[0] == 0
    handler.status = status  # type: ignore[attr-defined]  # ours
    code, _, err = run("fixtures", "--compare", *IGNORED)
    assert (code, "--resign signs them anew" in err) == (1, told), err


def test_what_was_never_answered_is_nothing_to_compare_with(run: Run, call: Run, handler: ThreadingHTTPServer) -> None:
    code, _, err = run("3", "--compare")
    assert (code, "none of 1 has a recorded answer" in err) == (2, True)
    assert handler.count == 100  # type: ignore[attr-defined]  # ours
