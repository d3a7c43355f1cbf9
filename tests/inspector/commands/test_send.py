from __future__ import annotations

import hashlib
import hmac
import json
import socket
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from factories import make_ring
from hookscope.config.endpoint_keys import write
from served import at_work

SECRET = "secret_for_tests"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((self.path, self.headers, body))
        expected = "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
        right = hmac.compare_digest(expected, self.headers.get("X-Notion-Signature", ""))
        waiting = self.server.fails.pop() if self.server.fails else 0
        self.send_response(waiting or (200 if right or self.path == "/trusting" else 401))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def handler():
    """A handler that checks Notion's signature, and answers with the statuses in `fails` first."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    server.got, server.fails = [], []
    server.to = f"127.0.0.1:{server.server_port}"
    with at_work(server):
        yield server


@pytest.fixture
def run(call, monkeypatch):
    """Runs a command of hookscope."""
    monkeypatch.setenv("HOOKSCOPE_SECRET_NOTION", SECRET)
    return call


def test_a_time_limit_that_runs_out_has_an_exit_code_of_its_own(run):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        to = f"127.0.0.1:{silent.getsockname()[1]}"
        code, _, err = run("send", "notion", "page.created", "--to", to, "--timeout", "50ms")
    assert (code, "0 accepted, 1 not" in err) == (13, True)


def test_a_signed_sample_is_accepted_and_captured_as_a_sample(run, handler):
    code, out, err = run("send", "notion", "page.created", "--to", f"{handler.to}/hooks")
    assert (code, out[:2]) == (0, "✓ ")
    assert "200 OK" in out
    assert "by the handler" in out
    assert "1 accepted, 0 not" in err
    ((path, headers, body),) = handler.got
    assert path == "/hooks"
    assert headers["Hookscope-Origin"] == "sample"
    assert json.loads(body)["type"] == "page.created"
    shown = json.loads(run("show", "last", "--json")[1])
    assert shown["delivery"]["body"]["text"].encode() == body
    assert shown["attempts"][0]["origin"] == "sample"


def test_nothing_is_kept_where_that_is_not_wanted(run, handler):
    assert run("send", "notion", "page.created", "--to", handler.to, "--no-capture")[0] == 0
    assert run("list")[1] == ""


def test_json_tells_everything_a_line_a_delivery(run, handler):
    _, out, _ = run("send", "notion", "page.created", "--to", handler.to, "--count", "2", "--duplicate", "--json")
    rows = [json.loads(line) for line in out.splitlines()]
    assert [(row["number"], row["duplicate"], row["status"], row["answered_by"]) for row in rows] == [
        (1, False, 200, "handler"),
        (2, True, 200, "handler"),
        (3, False, 200, "handler"),
        (4, True, 200, "handler"),
    ]
    bodies = [body for _, _, body in handler.got]
    assert bodies[0] == bodies[1] != bodies[2] == bodies[3]


@pytest.mark.parametrize("spoilt", ["--tamper", "--unsigned"])
def test_a_bad_one_is_refused_by_a_handler_that_checks(run, handler, spoilt):
    code, out, _ = run("send", "notion", "page.created", "--to", handler.to, spoilt)
    assert code == 1
    assert "401" in out


def test_a_bad_one_that_is_accepted_is_told(run, handler):
    code, _, err = run("send", "notion", "page.created", "--to", f"{handler.to}/trusting", "--tamper")
    assert code == 0
    assert "accepted in spite of --tamper" in err


def test_values_are_set_before_signing(run, handler):
    options = ("--set", "/entity/id=abc", "--set", "/data/count=3", "--set-header", "X-More: 1")
    assert run("send", "notion", "page.created", "--to", handler.to, *options)[0] == 0
    _, headers, body = handler.got[0]
    event = json.loads(body)
    assert (event["entity"]["id"], event["data"]["count"], headers["X-More"]) == ("abc", 3, "1")


def test_it_is_sent_again_until_it_is_accepted(run, handler):
    handler.fails = [500, 503]
    code, out, err = run("send", "notion", "page.created", "--to", handler.to, "--retry", "--within", "300ms")
    assert code == 0
    assert [json.loads(body)["attempt_number"] for _, _, body in handler.got] == [1, 2, 3]
    assert "attempt 3" in out
    assert "eight attempts" in err


def test_a_burst_tells_of_one_page_in_aggregated_events(run, handler):
    assert run("send", "notion", "page.content_updated", "--to", handler.to, "--burst", "--count", "8")[0] == 0
    events = [json.loads(body) for _, _, body in handler.got]
    assert len({event["entity"]["id"] for event in events}) == 1
    assert len({event["id"] for event in events}) == 8
    assert max(len(event["data"]["updated_blocks"]) for event in events) > 1


def test_shuffled_events_come_out_of_order(run, handler):
    assert run("send", "notion", "page.created", "--to", handler.to, "--count", "4", "--shuffle")[0] == 0
    times = [json.loads(body)["timestamp"] for _, _, body in handler.got]
    assert times != sorted(times)


def test_a_provider_with_its_own_key_gets_a_test_key_and_the_user_is_told(run, handler, tmp_path):
    code, _, err = run("send", "discord", "interaction", "--to", f"{handler.to}/trusting")
    assert code == 0
    assert "local test key" in err
    assert (tmp_path / "home/test-keys/discord-discord.pub.pem").exists()
    assert str(tmp_path / "home/test-keys/discord-discord.pub.pem") in err


def test_a_handshake_brings_a_made_up_token_where_none_is_configured(run, handler, monkeypatch):
    monkeypatch.delenv("HOOKSCOPE_SECRET_NOTION")
    _, _, err = run("send", "notion", "verification_token", "--to", f"{handler.to}/trusting")
    assert "made up" in err
    token = json.loads(handler.got[0][2])["verification_token"]
    assert token.startswith("secret_")
    assert token not in err


def test_the_url_that_was_signed_is_told_in_forwarded_headers(run, handler):
    options = ("--url", "https://hooks.example.com/in", "--secret-file", "s")
    Path("s").write_text("token")
    run("send", "twilio", "received", "--to", f"{handler.to}/trusting", *options)
    headers = handler.got[0][1]
    assert (headers["X-Forwarded-Host"], headers["X-Forwarded-Proto"]) == ("hooks.example.com", "https")
    assert "verifies" in run("show", "last")[1]


def test_an_endpoints_url_gets_it_without_a_word_of_ours(run, handler, tmp_path):
    write(tmp_path / "home/endpoints", "default", make_ring(1))
    url = f"http://{handler.to}/{make_ring(1).current.id}"
    assert run("send", "notion", "page.created", "--to", url)[0] == 0
    assert run("send", "notion", "page.created", "--relay", f"http://{handler.to}")[0] == 0
    for path, headers, _ in handler.got:
        assert path == "/" + make_ring(1).current.id
        assert not [name for name in headers if name.lower().startswith(("hookscope-", "x-forwarded"))]
    assert run("list")[1] == ""


def test_the_list_shows_what_there_is(run):
    code, out, _ = run("send", "notion", "--list")
    assert code == 0
    assert "page.created" in out
    assert "stripe" not in out
    rows = [json.loads(line) for line in run("send", "--list", "--json")[1].splitlines()]
    assert len({row["provider"] for row in rows}) >= 71


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ((), 2, "no provider is given"),
        (("notoin", "page.created"), 2, "did you mean notion"),
        (("notion",), 2, "nothing says where to send"),
        (("notion", "page.creatd", "--to", "3000"), 2, "did you mean page.created"),
        (("notion", "page.created"), 2, "nothing says where to send"),
        (("stripe", "invoice.paid", "--to", "3000"), 2, "hookscope secret set stripe`, or set HOOKSCOPE_SECRET_STRIPE"),
        (("notion", "page.created", "--to", "3000", "--stale"), 2, "signs no timestamp"),
        (("notion", "page.created", "--to", "3000", "--shuffle"), 2, "out of order"),
        (("notion", "page.created", "--to", "3000", "--rate", "fast"), 2, "'fast' is not a rate"),
        (("notion", "page.created", "--to", "3000", "--set", "/x/y/z=1"), 2, "no 'x'"),
        (("notion", "page.created", "--to", "3000", "--scheme", "x"), 2, "no scheme 'x'"),
        (("github", "push", "--to", "3000", "--retry", "--unsigned"), 2, "does not try again by itself"),
        (("notion", "page.created", "--to", "http://203.0.113.7/"), 11, "--allow-remote"),
    ],
)
def test_bad_input_says_what_and_what_to_do(run, arguments, code, words):
    got, _, err = run("send", *arguments)
    assert (got, words in err) == (code, True), err
    assert "Traceback" not in err


def test_a_handler_that_is_not_there_exits_6(run):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    code, out, err = run("send", "notion", "page.created", "--to", f"127.0.0.1:{port}", "--count", "5")
    assert code == 6
    assert "nothing could be handed over" in err
    assert len([line for line in out.splitlines() if line.startswith("✗")]) == 1
