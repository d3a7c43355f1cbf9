from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from factories import NOW, make_delivery
from held import begun
from hookscope import cli
from hookscope.config.settings import places
from hookscope.model.capture import Capture, Failure, SentRequest
from hookscope.model.capture_file import loads
from hookscope.store.captures import CaptureStore
from hookscope_relay.delivery import Answer, Delivery

Run = Callable[..., tuple[int, bytes, bytes]]
Keep = Callable[..., Capture]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]) -> Run:
    """Runs `hookscope show`; gives the exit code, standard output and standard error."""
    monkeypatch.setenv("HOOKSCOPE_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str) -> tuple[int, bytes, bytes]:
        code = cli.main(["show", *arguments])
        out, err = capsysbinary.readouterr()
        return code, out, err

    return call


@pytest.fixture
def keep(tmp_path: Path) -> Keep:
    """Holds a delivery with an answered and a failed attempt in the store that `show` reads."""

    async def work(delivery: Delivery) -> Capture:
        store = CaptureStore.open(places({"HOOKSCOPE_HOME": str(tmp_path / "home")}).captures)
        await store.keep(delivery, origin="live")
        first = await store.begin_attempt(delivery.id, begun("live", "http://127.0.0.1:3000/", NOW))
        answer = Answer(status=500, reason="\x1b[31mno", headers=(("X-Odd", "\x1b]0;x\x07"),), body=b"\x1b[2Jwrong")
        await store.end_attempt(delivery.id, first, elapsed_ms=4.0, answer=answer)
        second = await store.begin_attempt(delivery.id, begun("replay", "http://127.0.0.1:3000/", NOW + 1))
        await store.end_attempt(delivery.id, second, elapsed_ms=5.0, failure=Failure(kind="closed", detail="\x1bgone"))
        await store.begin_attempt(delivery.id, begun("replay", "http://127.0.0.1:3000/", NOW + 2))
        capture = store.find(delivery.id)
        store.close()
        return capture

    return lambda **changes: asyncio.run(work(make_delivery(**changes)))


BODIES = [b"", b'{"a":"caf\xc3\xa9"}', bytes(range(256)) * 300, b"\r\n\r\n"]


@pytest.mark.parametrize("body", BODIES, ids=len)
def test_json_is_a_capture_file_that_reads_back_equal(run: Run, keep: Keep, body: bytes) -> None:
    capture = keep(body=body)
    code, out, err = run("last", "--json")
    assert (code, err, loads(out)) == (0, b"", capture)


@pytest.mark.parametrize("body", BODIES, ids=len)
def test_body_is_the_exact_bytes(run: Run, keep: Keep, body: bytes) -> None:
    keep(body=body)
    assert run("1", "--body") == (0, body, b"")


@pytest.mark.parametrize("body", [b"\x1b[2J\x9b31m text", b'{"a":"\\u001b[2J"}', b"\x00\x1b\xff"])
def test_no_byte_of_sender_or_handler_steers_the_terminal(run: Run, keep: Keep, body: bytes) -> None:
    keep(body=body, target="/\x1b[2J", headers=(("X\x1b", "\x1b[31m\x9b\r"), ("Content-Type", "application/json")))
    code, out, _ = run("last")
    shown = out.decode()
    assert code == 0
    assert [mark for mark in shown if mark != "\n" and (ord(mark) < 32 or 127 <= ord(mark) < 160)] == []


def test_the_text_shows_every_attempt(run: Run, keep: Keep) -> None:
    keep()
    shown = run("1")[1].decode()
    for words in ("POST /webhooks/notion", "HTTP 500", "no answer: closed", "outcome unknown", "Café"):
        assert words in shown


def test_what_was_sent_in_the_place_of_the_delivery_is_shown(run: Run, keep: Keep, tmp_path: Path) -> None:
    capture = keep(body=b'{"a":1}')
    store = CaptureStore.open(places({"HOOKSCOPE_HOME": str(tmp_path / "home")}).captures)
    headers = (("X-Env", "dev"), ("Authorization", "Bearer a-secret-token"))
    sent = SentRequest(method="PUT", target="/y", headers=headers, body=b'{"a":2}')
    asyncio.run(store.begin_attempt(capture.delivery.id, replace(begun("live", "http://h/y", NOW), request=sent)))
    store.close()
    shown = run("1")[1].decode()
    assert "it was sent something else: PUT /y\n  X-Env: dev\n  Authorization: Bearer" in shown
    assert '\n  {\n    "a": 2\n  }\n' in shown
    assert "a-secret-token" not in shown and "a-secret-token" in run("1", "--reveal")[1].decode()


def test_a_long_body_is_cut_and_says_by_how_much(run: Run, keep: Keep) -> None:
    keep(body=b"x" * (64 * 1024 + 7))
    assert b"7 bytes more; --body writes all of them" in run("1")[1]


@pytest.mark.parametrize("name", ["1", "last", "0ZZZZ"])
@pytest.mark.parametrize("option", [[], ["--json"], ["--body"]])
def test_an_unknown_capture_is_told(run: Run, name: str, option: list[str]) -> None:
    code, out, err = run(name, *option)
    assert (code, out, err.count(b"\n")) == (10, b"", 1)


@pytest.mark.parametrize("option", ["--json", "--body"])
def test_redacted_it_has_no_secret(option: str, run: Run, keep: Keep) -> None:
    keep(body=b'{"password": "hunter2hunter2", "n": 1}', headers=(("Content-Type", "application/json"),))
    code, out, err = run("last", option, "--redacted")
    assert (code, err) == (0, b"")
    assert b"hunter2" not in out
    assert b'"n": 1' in out.replace(b'\\"', b'"')


def test_credentials_are_hidden_unless_they_are_asked_for(run: Run, keep: Keep) -> None:
    keep(headers=(("Authorization", "Bearer a-secret-token"), ("Cookie", "sid=a-secret-session")))
    _, hidden, _ = run("last")
    assert b"a-secret" not in hidden
    assert "Authorization: Bearer ••••".encode() in hidden
    assert "`hookscope show 1 --reveal` shows what stands behind ••••".encode() in hidden
    _, revealed, _ = run("last", "--reveal")
    assert b"Authorization: Bearer a-secret-token\nCookie: sid=a-secret-session\n" in revealed
    assert "••••".encode() not in revealed
