"""Telling: real commands, and a real server that is posted to."""

from __future__ import annotations

import json
import os
import stat
import sys
import threading
import time
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from hookscope.alerts import notify
from hookscope.alerts.alert import Alert, Webhook
from hookscope.alerts.forms import sign, to_mapping
from hookscope.alerts.judge import Alarm, Measured
from hookscope.alerts.notify import Notifier, tell_all
from raw_http import free_port

WITHIN_S = 10.0
ALERT = Alert(name="stripe fails", kind="silence", bound_text="1h")


def alarm_of(**changes: Any) -> Alarm:
    alert = replace(ALERT, **changes)
    return Alarm(alert=alert, state="raised", at=1.0, text="nothing", measured=Measured(now=1.0, since=0.0))


def told(alarm: Alarm, **environ: str) -> list[tuple[str, str]]:
    return list(tell_all(alarm, {"PATH": os.environ["PATH"], **environ}))


def python(*lines: str) -> tuple[str, ...]:
    return (sys.executable, "-S", "-c", "\n".join(lines))


def test_a_command_has_the_alarm_on_its_input_and_in_its_environment(tmp_path: Path) -> None:
    script = "import os, sys; open(sys.argv[1], 'w').write(sys.stdin.read() + os.environ['HOOKSCOPE_ALERT_JSON'])"
    alarm = alarm_of(command=(*python(script), str(tmp_path / "out; rm -rf $HOME")))
    assert told(alarm) == [(f"the command {sys.executable}", "")]
    first, second = (tmp_path / "out; rm -rf $HOME").read_text().splitlines()
    assert json.loads(first) == json.loads(second) == to_mapping(alarm)


FAILS = {
    "one that says so": (python("raise SystemExit(7)"), "it ended with 7"),
    "one that is not there": (("/nowhere/at all",), "it cannot be started (No such file or directory)"),
    "one that takes too long": (python("import time; time.sleep(60)"), "it took longer than 0.3 s"),
    "one that leaves a child behind": (
        python("import os, time", "if not os.fork(): time.sleep(60)", "time.sleep(60)"),
        "it took longer than 0.3 s",
    ),
}


@pytest.mark.parametrize(("command", "why"), FAILS.values(), ids=FAILS)
def test_a_command_that_fails_says_why(command, why):
    started = time.monotonic()
    assert [error for _, error in told(alarm_of(command=command, command_timeout_s=0.3))] == [why]
    assert time.monotonic() - started < WITHIN_S


def test_a_command_that_does_not_read_is_none_that_fails():
    assert [error for _, error in told(alarm_of(command=python("pass"), name="x" * 90))] == [""]


class Server:
    """Takes posts, and answers each with the next of `answers`, the last one for ever."""

    def __init__(self, *answers: int) -> None:
        self.posts: list[tuple[dict[str, str], bytes]] = []
        server = self

        class Taking(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                server.posts.append(({name.lower(): value for name, value in self.headers.items()}, body))
                self.send_response(answers[min(len(server.posts), len(answers)) - 1])
                self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None: ...

        self._server = HTTPServer(("127.0.0.1", 0), Taking)
        self.url = f"http://127.0.0.1:{self._server.server_port}/alerts"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    def __enter__(self) -> Server:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def test_a_webhook_is_signed() -> None:
    with Server(204) as server:
        alarm = alarm_of(webhook=Webhook(url=server.url, secret=b"secret"))
        assert told(alarm) == [("the json webhook", "")]
    ((headers, body),) = server.posts
    assert json.loads(body) == to_mapping(alarm)
    signed = sign(b"secret", headers["webhook-id"], int(headers["webhook-timestamp"]), body)
    assert headers["webhook-signature"] == signed["webhook-signature"]


ANSWERS = {
    "an accident that passes": ((503, 200), "", 2),
    "one that does not": ((500,), "it answered 500", 2),
    "too many": ((429, 200), "", 2),
    "a refusal": ((404,), "it answered 404", 1),
    "a redirect": ((302,), "it answered 302", 1),
}


@pytest.mark.parametrize(("answers", "why", "tries"), ANSWERS.values(), ids=ANSWERS)
def test_a_webhook_is_tried_again_where_that_may_help(answers, why, tries, monkeypatch):
    monkeypatch.setattr(notify, "BETWEEN_TRIES_S", 0.0)
    with Server(*answers) as server:
        errors = [error for _, error in told(alarm_of(webhook=Webhook(url=server.url, form="slack")))]
    assert (errors, len(server.posts)) == ([why], tries)
    assert "webhook-signature" not in server.posts[0][0]


def test_an_address_that_is_gone_is_told(monkeypatch):
    monkeypatch.setattr(notify, "BETWEEN_TRIES_S", 0.0)
    url = f"http://127.0.0.1:{free_port()}/secret-path"
    ((way, error),) = told(alarm_of(webhook=Webhook(url=url)))
    assert way == "the json webhook"
    assert error.startswith("it cannot be reached")
    assert "secret-path" not in error


@pytest.mark.skipif(sys.platform != "linux", reason="the program of this desktop")
def test_the_desktop_is_told_by_its_program(tmp_path: Path) -> None:
    program = tmp_path / "notify-send"
    program.write_text(f'#!/bin/sh\nprintf "%s|" "$@" > {tmp_path}/shown\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", path)
        assert told(alarm_of(desktop=True), DISPLAY=":0", PATH=path) == [("the desktop", "")]
    assert (tmp_path / "shown").read_text() == "--app-name=hookscope|--|hookscope: stripe fails|nothing|"


def test_a_notifier_never_waits_and_complains_once() -> None:
    wrong: list[str] = []
    notifier = Notifier(dict(os.environ), wrong.append)
    started = time.monotonic()
    for _ in range(3):
        notifier.send(alarm_of(command=("/nowhere",)), lambda: None)
    assert time.monotonic() - started < 1.0
    notifier.close()
    assert wrong == [
        "alert stripe fails: the command /nowhere was not told: it cannot be started (No such file or directory)"
    ]


def test_what_went_well_meanwhile_may_be_complained_of_again(tmp_path: Path) -> None:
    wrong: list[str] = []
    notifier = Notifier(dict(os.environ), wrong.append)
    command = tmp_path / "program"
    for step in ("fails", "works", "fails"):
        command.write_text(f"#!/bin/sh\nexit {int(step == 'fails')}\n")
        command.chmod(0o700)
        notifier.send(alarm_of(command=(str(command),)), lambda: None)
        notifier._waiting.put(None)
        assert notifier._thread is not None
        notifier._thread.join(WITHIN_S)
        notifier._thread = None
    assert len(wrong) == 2


def test_one_that_was_never_used_has_nothing_to_end() -> None:
    Notifier({}, lambda _: None).close()
