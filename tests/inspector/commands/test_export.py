from __future__ import annotations

import ast
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from factories import NOW, make_delivery
from hookscope import cli
from hookscope.commands.export import AS
from hookscope.model.capture import Attempt, Capture
from hookscope.model.capture_file import dumps, loads

Run = Callable[..., tuple[int, bytes, bytes]]

SECRET = "Bearer sk_live_51H8xyzabcdefghijkl"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]) -> Run:
    """Runs `hookscope export` on a capture file; gives the exit code, standard output and standard error."""
    monkeypatch.setenv("HOOKSCOPE_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    write(tmp_path)

    def call(*arguments: str) -> tuple[int, bytes, bytes]:
        code = cli.main(["export", *arguments])
        return (code, *capsysbinary.readouterr())

    return call


def write(directory: Path, handler_url: str = "", provider: str = "notion", **changes: Any) -> None:
    attempts = ()
    if handler_url:
        attempts = (Attempt(number=1, origin="live", handler_url=handler_url, started_at=NOW),)
    capture = Capture(delivery=make_delivery(**{"headers": ()} | changes), attempts=attempts, provider=provider)
    (directory / "a.json").write_text(dumps(capture), "utf-8")


def test_curl_is_what_is_written_unless_asked(run: Run) -> None:
    code, out, err = run("a.json")
    assert (code, err) == (0, b"")
    assert out.startswith(b"curl -q ")


@pytest.mark.parametrize("form", [form for form in AS if form != "pytest"])
def test_every_form_is_written(run: Run, form: str) -> None:
    assert run("a.json", "--as", form)[0] == 0


@pytest.mark.parametrize(
    ("handler_url", "options", "url"),
    [
        ("", [], "https://relay.example/abc/webhooks/notion"),
        ("http://127.0.0.1:3000/hook", [], "http://127.0.0.1:3000/hook"),
        ("http://127.0.0.1:3000/hook", ["--to", "4000"], "http://localhost:4000/webhooks/notion"),
        ("", ["--to", "https://example.com/base"], "https://example.com/base/webhooks/notion"),
    ],
)
def test_it_goes_where_it_was_asked_to_else_where_it_went(
    run: Run, tmp_path: Path, handler_url: str, options: list[str], url: str
) -> None:
    write(tmp_path, handler_url)
    assert f" {url} \\".encode() in run("a.json", *options)[1]


def test_a_raw_request_is_what_the_sender_sent(run: Run, tmp_path: Path) -> None:
    write(tmp_path, "http://127.0.0.1:3000/hook", headers=(("Host", "relay.example"),), body=b"\x1b\xff")
    sent = b"POST /webhooks/notion HTTP/1.1\r\nHost: relay.example\r\nContent-Length: 2\r\n\r\n\x1b\xff"
    assert run("a.json", "--as", "raw")[1] == sent
    assert (
        b"POST /b/webhooks/notion HTTP/1.1\r\nHost: localhost:1\r\n" in run("a.json", "--as", "raw", "--to", "1/b")[1]
    )


def test_a_terminal_gets_no_byte_that_acts_on_it(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, headers=(("X", "\x1b]0;x\x07"),), body=b"\x1b[2J\xff")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    for form in ("raw", "curl", "har", "python"):
        out = run("a.json", "--as", form)[1].decode()
        assert [mark for mark in out if mark not in "\n" and (ord(mark) < 32 or 127 <= ord(mark) < 160)] == []


def test_credentials_are_kept_and_told(run: Run, tmp_path: Path) -> None:
    write(tmp_path, headers=(("Authorization", SECRET),), body=b'{"token":"abcdefghijklmnop"}')
    code, out, err = run("a.json")
    assert (code, err.count(b"\n")) == (0, 1)
    assert SECRET.encode() in out
    assert b"holds credentials" in err
    assert SECRET.encode() not in err


def test_a_pytest_module_has_redacted_fixtures_beside_it(run: Run, tmp_path: Path) -> None:
    write(tmp_path, "http://127.0.0.1:3000/", headers=(("Authorization", SECRET),))
    code, out, err = run("a.json", "--as", "pytest", "--output", "tests/test_hook.py")
    assert (code, out, err) == (0, b"", b"")
    ast.parse((tmp_path / "tests/test_hook.py").read_text("utf-8"))
    (fixture,) = (tmp_path / "tests/fixtures").iterdir()
    assert SECRET not in fixture.read_text("utf-8")
    assert loads(fixture.read_text("utf-8")).attempts == ()


def test_a_pytest_module_keeps_every_byte_where_that_is_asked(run: Run, tmp_path: Path) -> None:
    write(tmp_path, headers=(("Authorization", SECRET),))
    code, _, err = run("a.json", "--as", "pytest", "--output", "test_hook.py", "--keep-bytes")
    (fixture,) = (tmp_path / "fixtures").iterdir()
    assert code == 0
    assert SECRET in fixture.read_text("utf-8")
    assert b"holds credentials" in err


def test_a_file_is_for_its_owner_and_is_not_overwritten(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "replay.sh"
    assert run("a.json", "--output", "replay.sh")[0] == 0
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert run("a.json", "--output", "replay.sh")[0] == 0, "the same content again is no harm"
    path.write_text("mine")
    code, _, err = run("a.json", "--output", "replay.sh")
    assert (code, path.read_text()) == (8, "mine")
    assert b"--force" in err
    assert run("a.json", "--output", "replay.sh", "--force")[0] == 0
    assert path.read_text("utf-8").startswith("curl")


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["a.json", "--as", "pytest"], 2, b"--output"),
        (["a.json", "a.json", "--as", "raw"], 2, b"one at a time"),
        (["a.json", "--as", "postman"], 2, b"none of curl"),
        (["a.json", "--to", "ftp://x"], 2, b"http://"),
        (["7"], 10, b"no capture"),
        (["a.json", "--output", "a.json/b"], 8, b"cannot be written"),
        (["a.json", "--output", "."], 8, b"cannot be written"),
    ],
)
def test_what_cannot_be_done_is_told(run: Run, arguments: list[str], code: int, words: bytes) -> None:
    got, out, err = run(*arguments)
    assert (got, out, err.count(b"\n")) == (code, b"", 1)
    assert words in err


def test_what_the_client_changes_is_told(run: Run, tmp_path: Path) -> None:
    write(tmp_path, headers=(("A", "1"), ("a", "2")))
    assert b"HTTPie writes repeated headers in one place" in run("a.json", "--as", "httpie")[2]
