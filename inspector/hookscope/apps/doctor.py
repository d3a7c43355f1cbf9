"""The examination of `doctor`: each check is a line with what was found and, where it is wrong, what to do."""

from __future__ import annotations

import asyncio
import json
import math
import os
import ssl
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http.client import HTTPException
from typing import Literal

from websockets.exceptions import InvalidHandshake, InvalidProxy

from hookscope.apps.relay_access import check_relay, relay_tls
from hookscope.config.endpoint_keys import load
from hookscope.config.settings import Settings
from hookscope.forward.forwarder import Forwarder
from hookscope.model.containers import ADVICE, INSIDE
from hookscope.model.handler import parse_handler
from hookscope.providers.registry import all_providers
from hookscope.secrets.kept import load_secrets
from hookscope.text.safe import safe_text
from hookscope.tunnel.ask import HttpReply, ask
from hookscope.tunnel.probe import BODY, probe_headers, read_answerer
from hookscope.tunnel.reach import describe, remedy_for, through
from hookscope.tunnel.redial import Refusal, read_refusal
from hookscope_relay.errors import HookscopeError
from hookscope_relay.made_answers import ANSWERED_BY, PROBLEM_TYPE
from hookscope_relay.settings import DEFAULT_PORT
from hookscope_relay.sqlite_files import open_database
from hookscope_relay.wire import SUBPROTOCOL

CLOCK_TOLERANCE_S = 60
# What asking a relay may raise where none answers.
UNREACHED = (OSError, EOFError, ImportError, HTTPException, InvalidHandshake, InvalidProxy)
# What reading a field of hostile JSON may raise: too deep, too large a number, another shape.
UNREADABLE = (ValueError, KeyError, TypeError, OverflowError, RecursionError)
REMEDIES = {
    "tls": "give --insecure for a self-signed certificate, or http:// for a handler without TLS",
    "dns": "correct the handler's host name",
    "timeout": "look whether it is stopped in a debugger, or correct the port",
}
UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "aG9va3Njb3BlIGRvY3Rvcg==",
    "Sec-WebSocket-Protocol": SUBPROTOCOL,
}
MARKS = {"ok": "✓", "warning": "!", "wrong": "✗", "skipped": "·"}


@dataclass(frozen=True, slots=True)
class Checkup:
    """What one check found; `remedy` where it is not ok."""

    name: str
    state: Literal["ok", "warning", "wrong", "skipped"]
    found: str
    remedy: str = ""


def examine(settings: Settings) -> int:
    """Run every check and print it; 1 where one is wrong, else 0."""
    checks = asyncio.run(_examine(settings))
    for check in checks:
        print(json.dumps(_mapping(check)) if settings.flag("json") else render(check))
    return 1 if any(check.state == "wrong" for check in checks) else 0


def render(check: Checkup) -> str:
    """A check as a line, or two."""
    remedy = f"\n    → {check.remedy}" if check.remedy else ""
    return f"{MARKS[check.state]} {check.name}: {safe_text(check.found)}{remedy}"


def _mapping(check: Checkup) -> dict[str, str]:
    return {"check": check.name, "state": check.state, "found": check.found, "remedy": check.remedy}


async def _examine(settings: Settings) -> list[Checkup]:
    relay_tls(settings)
    checks: dict[str, Callable[[Settings], Awaitable[Checkup]]] = {
        "places": _places,
        "captures": _captures,
        "endpoint": _key,
        "signing secrets": _secrets,
        "relay": _relay,
        "handler": _handler,
    }
    if settings.flag("send"):
        checks["probe"] = _send
    return [await _guarded(name, check, settings) for name, check in checks.items()]


async def _guarded(name: str, check: Callable[[Settings], Awaitable[Checkup]], settings: Settings) -> Checkup:
    try:
        return await check(settings)
    except HookscopeError as error:
        return Checkup(name, "wrong", error.what, error.remedy)


async def _places(settings: Settings) -> Checkup:
    state = settings.places.state
    there = next(path for path in (state, *state.parents) if path.exists())
    if not there.is_dir() or not os.access(there, os.W_OK):
        return Checkup(
            "places", "wrong", f"{state} cannot be written", "make room, correct its permissions, or set HOOKSCOPE_HOME"
        )
    return Checkup("places", "ok", f"state in {state}, keys in {settings.places.endpoints}")


async def _captures(settings: Settings) -> Checkup:
    from hookscope.store.schema import APPLICATION, MIGRATIONS

    path = settings.places.captures
    if not path.exists():
        return Checkup("captures", "skipped", "none yet")
    open_database(path, MIGRATIONS, application=APPLICATION).close()
    return Checkup("captures", "ok", f"{path}, {path.stat().st_size / 1e6:.1f} MB")


async def _key(settings: Settings) -> Checkup:
    name = settings.text("endpoint")
    ring = load(settings.places.endpoints, name)
    if ring is None:
        return Checkup("endpoint", "skipped", f"{name!r} has no key yet; the first `hookscope listen` makes it")
    return Checkup("endpoint", "ok", f"{name!r} is {ring.current.id}")


async def _secrets(settings: Settings) -> Checkup:
    names = {secret.provider for secret in load_secrets(settings.environ, settings.places)}
    count = len(all_providers(settings.user, settings.project).names)
    known = ", ".join(sorted(names)) or "none: signatures are not verified"
    return Checkup(
        "signing secrets",
        "ok" if names else "warning",
        f"{known} ({count} providers are known)",
        "" if names else "`hookscope secret set notion` keeps one",
    )


async def _relay(settings: Settings) -> Checkup:
    relay = check_relay(settings)
    if not relay:
        return Checkup(
            "relay",
            "skipped",
            "none given: `listen` starts an embedded one on loopback",
            "listen with --public, or give --relay URL, to be reached from outside",
        )
    try:
        reply = await asyncio.to_thread(ask, relay, "GET", "/-/health", tls=relay_tls(settings))
    except UNREACHED as error:
        return _unreached("relay", relay, relay, error)
    skew = _skew(reply.body)
    if skew is None:
        return Checkup(
            "relay", "wrong", f"{relay} answers, and is not a hookscope relay", "check --relay, and what runs there"
        )
    if abs(skew) > CLOCK_TOLERANCE_S:
        return Checkup(
            "relay", "wrong", f"{relay} answers; its clock is {skew:+.0f} s from this machine's", "set the clock"
        )
    refusal = await asyncio.to_thread(_try_upgrade, relay, relay_tls(settings))
    if refusal.missing == "upgrade":
        told = refusal.error(relay)
        return Checkup("relay", "wrong", told.what, told.remedy)
    return Checkup("relay", "ok", f"{relay} answers{through(relay)}; the clocks agree within {abs(skew) + 1:.0f} s")


def _try_upgrade(relay: str, tls: ssl.SSLContext | None) -> Refusal:
    """What the relay says to an upgrade without a claim: it lets nobody in,
    and tells whether the upgrade reached it."""
    try:
        reply = ask(relay, "GET", "/-/session/doctor", headers=UPGRADE, tls=tls)
    except UNREACHED:
        return Refusal(0)
    return read_refusal(reply.status, reply.body, f"{reply.value('Server')} {reply.value('Via')}")


def _unreached(check: str, what: str, relay: str, error: Exception) -> Checkup:
    told = f"{what} cannot be reached{through(relay)}: {describe(error)}"
    return Checkup(check, "wrong", told, remedy_for(error, relay))


def _skew(health: bytes) -> float | None:
    """By how many seconds the relay that says this is ahead of us; None where no relay says such a thing."""
    try:
        said = json.loads(health)
        ahead = float(said["time"]) - time.time()
        return ahead if said["relay"] == "hookscope" and math.isfinite(ahead) else None
    except UNREADABLE:
        return None


async def _handler(settings: Settings) -> Checkup:
    if not settings.text("handler"):
        return Checkup("handler", "skipped", "none given")
    handler = parse_handler(settings.text("handler"))
    forwarder = Forwarder(handler, insecure=settings.flag("insecure"), allow_remote=settings.flag("allow-remote"))
    await forwarder.check_remote()
    failure = await forwarder.probe()
    await forwarder.close()
    if failure is not None:
        remedy = REMEDIES.get(failure.kind, "start it, or correct the port")
        remedy = f"{remedy}; {ADVICE}" if INSIDE in failure.detail else remedy
        return Checkup("handler", "wrong", f"{handler.url}: {failure.detail}", remedy)
    return Checkup("handler", "ok", f"{handler.url} accepts connections")


async def _send(settings: Settings) -> Checkup:
    """Post a probe to the public URL: the answer's marks say how far it came."""
    given = check_relay(settings)
    relay = given or f"http://127.0.0.1:{DEFAULT_PORT}"
    ring = load(settings.places.endpoints, settings.text("endpoint"))
    if ring is None:
        return Checkup("probe", "wrong", "there is no endpoint to probe", "run `hookscope listen` first")
    target, headers = f"/{ring.current.id}", dict(probe_headers(ring.current))
    try:
        reply = await asyncio.to_thread(ask, relay, "POST", target, BODY, headers, relay_tls(settings))
    except UNREACHED as error:
        if not given:
            told = f"no `hookscope listen` runs on port {DEFAULT_PORT} of this machine"
            return Checkup("probe", "wrong", told, "run it first, or give --relay URL")
        return _unreached("probe", "the public URL", relay, error)
    return judge_probe(reply)


def judge_probe(reply: HttpReply) -> Checkup:
    """How far a probe came, by who answered it."""
    by, name = reply.value(ANSWERED_BY), reply.value("Hookscope-Delivery")
    problem = _problem(reply.body)
    if not by and not name:
        return Checkup(
            "probe",
            "wrong",
            f"something in front of the relay answered {reply.status}",
            "look at the proxy or CDN there",
        )
    if by == "relay" and not problem:
        return Checkup(
            "probe", "warning", f"the relay stored it ({reply.status}); nobody is listening", "run `hookscope listen`"
        )
    if by == "relay":
        return Checkup(
            "probe",
            "wrong",
            f"the relay answered {reply.status} ({problem})",
            "run `hookscope listen` on this endpoint",
        )
    if by == "inspector":
        return _judge_inspector(reply.status, problem, read_answerer(reply.body))
    return Checkup("probe", "ok", f"it reached the handler, which answered {reply.status} (capture {name})")


def _judge_inspector(status: int, problem: str, answerer: str) -> Checkup:
    if problem:
        return Checkup(
            "probe",
            "wrong",
            f"it reached the inspector, which got no answer from the handler ({problem})",
            "start the handler",
        )
    if status == 200:
        who = f"the session of {answerer}, which answers" if answerer else "the session that listens"
        return Checkup("probe", "ok", f"it reached {who} here; no handler is asked, and nothing is kept")
    found = f"it reached the inspector, which answered {status} itself"
    if status >= 400:
        remedy = "see what --only-path and --respond of `hookscope listen` say"
        return Checkup("probe", "warning", f"{found}: the handler was not asked", remedy)
    return Checkup("probe", "ok", found)


def _problem(body: bytes) -> str:
    try:
        kind = json.loads(body)["type"]
    except UNREADABLE:
        return ""
    return kind.removeprefix(PROBLEM_TYPE) if isinstance(kind, str) and kind.startswith(PROBLEM_TYPE) else ""
