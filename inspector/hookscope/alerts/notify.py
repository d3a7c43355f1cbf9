"""Tells whoever an alert names: on a thread of its own, one after the other, so that nobody else waits for it.

What goes wrong is told once, until it goes well again; it never ends anything else.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import secrets
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from hookscope.alerts.alert import Alert, Webhook
from hookscope.alerts.desktop import desktop_command, terminal_notice
from hookscope.alerts.forms import build_body, sign, to_mapping
from hookscope.alerts.judge import Alarm
from hookscope.config.executable import find_executable, located
from hookscope.text.safe import safe_text
from hookscope_relay.errors import HookscopeError

POST_WITHIN_S = 10.0
DESKTOP_WITHIN_S = 5.0
TRIES = 2
BETWEEN_TRIES_S = 1.0
MOST_WAITING = 100
LAST_WITHIN_S = 1.0


class NotToldError(Exception):
    """Somebody could not be told; the text says why."""


class Notifier:
    """Sends alarms. `wrong` hears in a sentence what went wrong, on the thread of this."""

    def __init__(self, environ: Mapping[str, str], wrong: Callable[[str], None]) -> None:
        self._environ = environ
        self._wrong = wrong
        self._waiting: queue.Queue[tuple[Alarm | None, Callable[[], None]] | None] = queue.Queue(MOST_WAITING)
        self._thread: threading.Thread | None = None
        self._complained: set[tuple[str, str]] = set()

    def send(self, alarm: Alarm | None, then: Callable[[], None]) -> None:
        """Have an alarm sent, if there is one, and `then` done, which may raise a `HookscopeError`; returns at once.
        Where very many wait already, it is let go."""
        if self._thread is None:
            # Nobody waits for it at the end: a command or an address may take its time.
            self._thread = threading.Thread(target=self._run, name="hookscope-alerts", daemon=True)
            self._thread.start()
        with contextlib.suppress(queue.Full):
            self._waiting.put_nowait((alarm, then))

    def close(self) -> None:
        """Give what waits a moment to leave."""
        if self._thread is not None:
            with contextlib.suppress(queue.Full):
                self._waiting.put_nowait(None)
            self._thread.join(LAST_WITHIN_S)

    def _run(self) -> None:
        while (waiting := self._waiting.get()) is not None:
            alarm, then = waiting
            for way, error in tell_all(alarm, self._environ) if alarm is not None else ():
                assert alarm is not None
                name = alarm.alert.name
                self._complain((name, way), error and f"alert {name}: {way} was not told: {error}")
            # Only now: who is ended before has it told once more, rather than never.
            try:
                then()
            except HookscopeError as failed:
                self._complain(("", ""), str(failed))

    def _complain(self, about: tuple[str, str], text: str) -> None:
        if text and about not in self._complained:
            self._complained.add(about)
            self._wrong(safe_text(text))
        elif not text:
            self._complained.discard(about)


def tell_all(alarm: Alarm, environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Tell everybody whom the alert names: each with why that failed, empty where it did not."""
    alert = alarm.alert
    ways: list[tuple[str, Callable[[], None]]] = []
    if alert.desktop:
        ways.append(("the desktop", lambda: _tell_desktop(alarm, environ)))
    if alert.command:
        ways.append((f"the command {alert.command[0]}", lambda: _run_command(alarm, environ)))
    if (webhook := alert.webhook) is not None:
        ways.append((f"the {webhook.form} webhook", lambda: _post(alarm, webhook)))
    for way, tell in ways:
        try:
            tell()
        except NotToldError as error:
            yield way, str(error)
        except Exception as error:  # whatever goes wrong here is no trouble of anybody else's
            yield way, f"{type(error).__name__}: {error}"
        else:
            yield way, ""


def variables(alarm: Alarm) -> dict[str, str]:
    """What a command reads from its environment."""
    return {
        "HOOKSCOPE_ALERT_NAME": alarm.alert.name,
        "HOOKSCOPE_ALERT_STATE": alarm.state,
        "HOOKSCOPE_ALERT_TEXT": alarm.text,
        "HOOKSCOPE_ALERT_JSON": json.dumps(to_mapping(alarm)),
    }


def _tell_desktop(alarm: Alarm, environ: Mapping[str, str]) -> None:
    title, text = f"hookscope: {alarm.alert.name}", alarm.text
    command = desktop_command(title, text, environ, find_executable)
    if command is not None:
        _run(command, environ, variables(alarm) | {"HOOKSCOPE_ALERT_NAME": title}, b"", DESKTOP_WITHIN_S)
        return
    try:
        terminal = os.open("/dev/tty", os.O_WRONLY | os.O_NOCTTY)
    except OSError:
        raise NotToldError("there is neither a program that shows notices nor a terminal here") from None
    try:
        os.write(terminal, terminal_notice(title, text, environ))
    finally:
        os.close(terminal)


def _run_command(alarm: Alarm, environ: Mapping[str, str]) -> None:
    alert = alarm.alert
    said = json.dumps(to_mapping(alarm)).encode() + b"\n"
    _run(list(alert.command), environ, variables(alarm), said, alert.command_timeout_s)


def _run(
    command: list[str], environ: Mapping[str, str], added: Mapping[str, str], said: bytes, within_s: float
) -> None:
    """Run a program of the user's in a group of its own, which ends with its time; what it prints is not read."""
    options: dict[str, Any] = {"start_new_session": True} if os.name == "posix" else {}  # Any: arguments by name
    try:
        process = subprocess.Popen(  # noqa: S603 - the user's own command, without a shell
            located(command),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**environ, **added},
            **options,
        )
    except OSError as error:
        raise NotToldError(f"it cannot be started ({error.strerror})") from None
    try:
        process.communicate(said, timeout=within_s)
    except subprocess.TimeoutExpired:
        _end_group(process)
        raise NotToldError(f"it took longer than {within_s:g} s") from None
    if process.returncode:
        raise NotToldError(f"it ended with {process.returncode}")


def _end_group(process: subprocess.Popen[bytes]) -> None:
    if os.name == "posix":
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.communicate()


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Follows no redirect: what is told is for the address that was configured."""

    def redirect_request(self, *_: Any) -> None:  # Any: the library's own
        return None


def _post(alarm: Alarm, webhook: Webhook) -> None:
    """Post an alarm, and once more where the first answer, or none, may be an accident."""
    body = build_body(alarm, webhook.form)
    message_id = f"msg_{secrets.token_hex(12)}"
    for left in reversed(range(TRIES)):
        try:
            _post_once(webhook, body, message_id)
        except _Passing as error:
            if not left:
                raise NotToldError(str(error)) from None
            time.sleep(BETWEEN_TRIES_S)  # on a thread of its own: whoever refused needs a moment
        else:
            return


class _Passing(Exception):
    """A failure that may be over at the next try."""


def _post_once(webhook: Webhook, body: bytes, message_id: str) -> None:
    headers = {"Content-Type": "application/json", "User-Agent": "hookscope"}
    if webhook.secret and webhook.form == "json":
        headers |= sign(webhook.secret, message_id, int(time.time()), body)
    request = urllib.request.Request(webhook.url, body, headers, method="POST")  # noqa: S310 - http and https only
    try:
        urllib.request.build_opener(_NoRedirect).open(request, timeout=POST_WITHIN_S).close()
    except urllib.error.HTTPError as error:
        error.close()
        failure = _Passing if error.code >= 500 or error.code == 429 else NotToldError
        raise failure(f"it answered {error.code}") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", None) or error
        raise _Passing(f"it cannot be reached ({reason})") from None


def is_told(alert: Alert) -> bool:
    """Whether an alert names anybody."""
    return alert.desktop or bool(alert.command) or alert.webhook is not None
