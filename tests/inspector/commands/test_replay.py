"""`hookscope replay` against a real handler in another thread."""

from __future__ import annotations

import asyncio
import json
import socket
import sys
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from factories import NOW, Run, make_delivery
from hookscope import cli
from hookscope.config.session_note import NoteFile, SessionNote
from hookscope.config.settings import places
from hookscope.model.capture import Capture
from hookscope.model.capture_file import dumps
from hookscope.store.captures import CaptureStore
from hookscope_relay.delivery import Delivery, new_delivery_id
from raw_http import free_port
from served import at_work


class Recorder(ThreadingHTTPServer):
    """Answers 200, or 500 to the path /fails, and keeps method, target and body."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Recording)
        self.seen: list[tuple[str, str, bytes]] = []


class Recording(BaseHTTPRequestHandler):
    server: Recorder

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self.server.seen.append((self.command, self.path, body))
        self.send_response(500 if self.path == "/fails" else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_PUT = do_POST

    def log_message(self, format: str, *args: object) -> None:
        """Nothing on the tests' output."""


@pytest.fixture
def handler() -> Iterator[Recorder]:
    with at_work(Recorder()) as server:
        yield server


def deliveries(*targets: str) -> list[Delivery]:
    return [
        make_delivery(id=new_delivery_id(NOW + index, bytes(10)), received_at=NOW + index, target=target)
        for index, target in enumerate(targets)
    ]


def keep(tmp_path: Path, *targets: str) -> None:
    async def work() -> None:
        store = CaptureStore.open(places({"HOOKSCOPE_HOME": str(tmp_path / "home")}).captures)
        for delivery in deliveries(*targets):
            await store.keep(delivery, origin="live")
        store.close()

    asyncio.run(work())


def test_a_filter_replays_in_order_and_says_what_came_of_each(run: Run, handler: Recorder, tmp_path: Path) -> None:
    keep(tmp_path, "/a", "/fails", "/b")
    code, out, err = run("--where", "method:POST", "--to", str(handler.server_port))
    assert code == 1
    assert [target for _, target, _ in handler.seen] == ["/a", "/fails", "/b"]
    assert [line[:4] for line in out.splitlines() if "→ http" in line] == ["✓ #1", "✗ #2", "✓ #3"]
    assert "3 replayed" in err
    assert "2 accepted, 1 not" in err


def test_a_time_limit_that_runs_out_has_an_exit_code_of_its_own(run: Run, tmp_path: Path) -> None:
    keep(tmp_path, "/a")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        to = str(silent.getsockname()[1])
        code, out, _ = run("1", "--to", to, "--timeout", "50ms")
    assert (code, "timeout" in out) == (13, True)
    assert run("1", "--to", to, "--timeout", "50ms")[0] == 1  # nobody listens there any more


def test_edits_and_json(run: Run, handler: Recorder, tmp_path: Path) -> None:
    keep(tmp_path, "/a")
    edits = ["--method", "PUT", "--path", "/x?y", "--set", "/type=z", "--set-header", "X-N: 1", "--json"]
    code, out, _ = run("last", "--to", str(handler.server_port), *edits)
    (line,) = out.splitlines()
    assert (code, json.loads(line)["status"], json.loads(line)["attempt"]) == (0, 200, 1)
    assert [(method, target) for method, target, _ in handler.seen] == [("PUT", "/x?y")]
    assert b'"type":"z"' in handler.seen[0][2]


def test_a_body_file(run: Run, handler: Recorder, tmp_path: Path) -> None:
    keep(tmp_path, "/a")
    (tmp_path / "body.bin").write_bytes(b"\xff\x00")
    assert run("1", "--to", str(handler.server_port), "--body", "body.bin")[0] == 0
    assert handler.seen[0][2] == b"\xff\x00"


def test_a_capture_file_is_replayed_without_touching_the_captures(run: Run, handler: Recorder, tmp_path: Path) -> None:
    (tmp_path / "one.json").write_text(dumps(Capture(delivery=deliveries("/file")[0])), "utf-8")
    code, out, _ = run("one.json", "--to", str(handler.server_port))
    assert (code, handler.seen[0][1]) == (0, "/file")
    assert "✓ one.json → http" in out
    assert not (tmp_path / "home" / "captures.db").exists()


def test_a_folder_of_files_is_replayed_and_fails_on_a_bad_one(run: Run, handler: Recorder, tmp_path: Path) -> None:
    (tmp_path / "fx").mkdir()
    for name, target in (("a", "/a"), ("b", "/b")):
        delivery = replace(deliveries(target)[0], id="")
        (tmp_path / f"fx/{name}.json").write_text(dumps(Capture(delivery=delivery)), "utf-8")
    (tmp_path / "fx/bad.json").write_text("{", "utf-8")
    code, out, err = run("fx", "--to", str(handler.server_port))
    assert (code, [target for _, target, _ in handler.seen]) == (1, ["/a", "/b"])
    assert [line.split()[1] for line in out.splitlines() if "→ http" in line] == ["fx/a.json", "fx/b.json"]
    assert "fx/bad.json is not JSON" in err


def test_what_cannot_be_sent_is_told_once_with_its_file(run: Run, handler: Recorder, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(dumps(Capture(delivery=deliveries("http://elsewhere/")[0])), "utf-8")
    code, _, err = run("a.json", "--to", str(handler.server_port))
    assert (code, err.count("does not begin with /"), "hookscope: a.json: " in err) == (2, 1, True)


def test_signed_anew(run: Run, handler: Recorder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOOKSCOPE_SECRET_NOTION", "secret_abc")
    keep(tmp_path, "/a")
    code, out, _ = run("1", "--to", str(handler.server_port), "--resign", "--provider", "notion")
    assert code == 0
    assert "signed with the verification token 'default'" in out
    assert "secret_abc" not in out


def test_an_edit_in_an_editor(run: Run, handler: Recorder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keep(tmp_path, "/a")
    script = tmp_path / "editor.py"
    script.write_text(
        "import sys\np = sys.argv[1]\nb = open(p, 'rb').read()\nopen(p, 'wb').write(b.replace(b'/a', b'/edited'))\n"
    )
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", f"{sys.executable} {script}")
    assert run("1", "--to", str(handler.server_port), "--edit")[0] == 0
    assert handler.seen[0][1] == "/edited"


def test_an_editor_that_fails_sends_nothing(
    run: Run, handler: Recorder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(tmp_path, "/a")
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", f"{sys.executable} -c exit(3)")
    code, _, err = run("1", "--to", str(handler.server_port), "--edit")
    assert (code, handler.seen) == (2, [])
    assert "ended with exit code 3" in err


@pytest.mark.parametrize(
    ("arguments", "code", "part"),
    [
        ([], 2, "nothing is named"),
        (["7"], 10, "there is no capture"),
        (["path:/c"], 10, "--where 'path:/c' has replay or save take all of it"),
        (["no.json"], 2, "no.json cannot be read"),
        (["x" * 5000], 10, "there is no capture"),
        (["1", "--concurrency", "0"], 2, "--concurrency 0 is too few"),
        (["bad.json"], 2, "bad.json"),
        (["1", "bad.json"], 2, "together"),
        (["1"], 6, "--to"),
        (["1", "--to", "1", "--rate", "x"], 2, "is not a rate"),
        (["1", "--to", "1", "--set", "x"], 2, "has no ="),
        (["1", "--to", "1", "--body", "missing"], 2, "missing cannot be read"),
        (["1", "2", "--to", "1", "--edit"], 2, "--edit is for one"),
        (["--where", "colour:red"], 2, "colour"),
        (["1", "--to", "http://203.0.113.1"], 11, "--allow-remote"),
    ],
)
def test_bad_input_is_one_sentence(arguments: list[str], code: int, part: str, run: Run, tmp_path: Path) -> None:
    keep(tmp_path, "/a", "/b")
    (tmp_path / "bad.json").write_text("{", "utf-8")
    got, _, err = run(*arguments)
    assert (got, part in err, "Traceback" in err) == (code, True, False), err


def test_a_handler_that_is_down_is_a_failed_attempt(run: Run, tmp_path: Path) -> None:
    keep(tmp_path, "/a")
    code, out, _ = run("1", "--to", "127.0.0.1:1")
    assert code == 1
    assert "no answer: refused" in out


def test_it_goes_by_the_routes_unless_a_handler_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    home, project = tmp_path / "home", tmp_path / "project"
    project.mkdir()
    monkeypatch.setenv("HOOKSCOPE_HOME", str(home))
    monkeypatch.chdir(project)
    home.mkdir(mode=0o700)
    store = CaptureStore.open(home / "captures.db")
    asyncio.run(store.keep(make_delivery(target="/shop/x"), origin="live"))
    store.close()
    (project / "hookscope.toml").write_text('[[route]]\nhandler = "1"\n')
    route = f"a=path:/shop -> 127.0.0.1:{free_port()}/in"
    assert cli.main(["replay", "1", "--route", route]) == 1
    assert "/in/shop/x (by a)  no answer: refused" in capsys.readouterr().out
    assert cli.main(["replay", "1", "--to", f"127.0.0.1:{free_port()}/to"]) == 1
    assert "/to/shop/x  no answer: refused" in capsys.readouterr().out
    assert cli.main(["replay", "1"]) == 11
    assert "[[route]], which is for you to allow" in capsys.readouterr().err
    assert cli.main(["replay", "1", "--route", "a=path:/other -> 1"]) == 6
    assert "No route takes it. The nearest is a" in capsys.readouterr().err


def test_what_went_to_no_handler_goes_to_that_of_the_session_whose_transform_it_goes_through(
    run: Run, home: Path, tmp_path: Path, handler: Recorder
) -> None:
    """As one does once a transform that failed is mended."""
    (tmp_path / "mine.py").write_text("import dataclasses\ndef f(d): return dataclasses.replace(d, body=b'changed')\n")
    store = CaptureStore.open(places({"HOOKSCOPE_HOME": str(home)}).captures)
    asyncio.run(store.keep(make_delivery(target="/a/x"), origin="live", endpoint="id"))
    store.close()
    endpoints = places({"HOOKSCOPE_HOME": str(home)}).endpoints
    endpoints.mkdir(exist_ok=True)
    url = f"http://127.0.0.1:{handler.server_port}"
    note = SessionNote(
        pid=1,
        url="u",
        handler="",
        relay="",
        endpoint="id",
        rest=url,
        transform="mine:f",
        transform_folder=str(tmp_path),
    )
    NoteFile(endpoints, "mine", note).opened("u", "", "")
    code, out, err = run("1")
    assert (code, [one[1:] for one in handler.seen]) == (0, [("/a/x", b"changed")]), out + err


def test_it_goes_by_the_routes_and_the_transform_of_the_last_session_at_its_endpoint(
    run: Run, home: Path, tmp_path: Path, handler: Recorder
) -> None:
    (tmp_path / "mine.py").write_text("import dataclasses\ndef f(d): return dataclasses.replace(d, body=b'changed')\n")
    url = f"http://127.0.0.1:{handler.server_port}"
    routes = (
        {"name": "pay", "handler": url, "strip-prefix": "/a"},
        {"name": "audit", "handler": f"{url}/fails", "path": "/"},
    )
    store = CaptureStore.open(places({"HOOKSCOPE_HOME": str(home)}).captures)
    asyncio.run(store.keep(make_delivery(target="/a/x"), origin="live", endpoint="id"))
    store.close()
    endpoints = places({"HOOKSCOPE_HOME": str(home)}).endpoints
    endpoints.mkdir(exist_ok=True)
    note = SessionNote(
        pid=1,
        url="u",
        handler="",
        relay="",
        endpoint="id",
        routes=routes,
        transform="mine:f",
        transform_folder=str(tmp_path),
    )
    NoteFile(endpoints, "mine", note).opened("u", "", "")
    code, out, err = run("1")
    assert (code, [one[1:] for one in handler.seen]) == (0, [("/x", b"changed"), ("/fails/", b"changed")])
    assert f"✓ #1 → {url}/x (by pay)  200 OK" in out and f"copy to audit → {url}/fails/  200 OK" in out
    assert "changed by your transform" in out
    assert "by the routes pay, audit and the transform mine:f of the last session" in err
    code, out, _ = run("1", "--to", url, "--json")
    assert handler.seen[2:] == [("POST", "/a/x", make_delivery().body)]
    told = json.loads(out)
    assert (told["route"], told["transformed"], told["copies"]) == ("", False, [])
