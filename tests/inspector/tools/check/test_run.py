"""Checks of real handlers, in Flask, Django, FastAPI, Express and plain Node: each has one fault,
and exactly that is named."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from checking_bench import HANDLERS, live_kit, ready
from hookscope.forward.forwarder import Forwarder
from hookscope.model.errors import HandlerUnreachable, RefusedForSafety
from hookscope.model.handler import parse_handler
from hookscope.tools.check.kit import Kit
from hookscope.tools.check.report import CheckReport
from hookscope.tools.check.run import FRESH, Checker
from hookscope.tools.check.table import choose
from node_packages import node_environment
from raw_http import RawServer, free_port

PACKAGES: dict[str, tuple[str, ...]] = {"node": (), "express": ("express@5",)}
OBSTACLES: dict[str, str] = {}
PROGRAMS = {
    "flask": (sys.executable, "flask_handlers.py"),
    "django": (sys.executable, "django_handlers.py"),
    "fastapi": (sys.executable, "fastapi_handlers.py"),
    "node": ("node", "node_handlers.js"),
    "express": ("node", "express_handlers.js"),
}

# Handler, path, provider, and the one fault that must be named (empty: none).
CASES = (
    ("flask", "/correct", "notion", ""),
    ("flask", "/reserialises", "notion", "raw-body"),
    ("flask", "/unsigned", "notion", "missing-signature"),
    ("django", "/correct", "notion", ""),
    ("django", "/csrf", "notion", "valid"),
    ("django", "/redirected", "notion", "slash"),
    ("fastapi", "/correct", "slack", ""),
    ("fastapi", "/bad-json", "slack", "malformed-json"),
    ("fastapi", "/timeless", "slack", "stale"),
    ("node", "/correct", "notion", ""),
    ("node", "/base64", "notion", "signature-form"),
    ("node", "/prefix", "notion", "truncated-signature"),
    ("node", "/slow", "notion", "speed"),
    ("express", "/correct", "notion", ""),
    ("express", "/stringifies", "notion", "raw-body"),
    ("express", "/not-idempotent", "notion", "same-event-twice"),
)


@pytest.fixture(scope="module")
def ports() -> Iterator[dict[str, int]]:
    """The port of each framework's handlers; all start at the same time."""
    found: dict[str, int] = {}
    with ExitStack() as stack:
        for framework, (program, file) in PROGRAMS.items():
            try:
                environ = node_environment(*PACKAGES[framework]) if framework in PACKAGES else dict(os.environ)
            except pytest.skip.Exception as skipped:
                OBSTACLES[framework] = str(skipped)
                continue
            found[framework] = free_port()
            process = subprocess.Popen(
                [program, str(HANDLERS / file), str(found[framework])], stderr=subprocess.DEVNULL, env=environ
            )
            stack.callback(process.wait)
            stack.callback(process.kill)
        yield found


async def check(
    kit: Kit, port: int, path: str = "", *, only: tuple[str, ...] = (), timeout_s: float = 10.0
) -> CheckReport:
    forwarder = Forwarder(parse_handler(f"{port}{path or kit.target}"), idle_s=FRESH)
    try:
        await ready(forwarder)
        facts = await Checker(forwarder, kit, timeout_s=timeout_s).run(choose(only))
    finally:
        await forwarder.close()
    return CheckReport(url=forwarder.handler.url, provider=kit.provider.name, event=kit.sample.event, facts=facts)


@pytest.mark.parametrize(
    ("framework", "path", "provider", "fault"), CASES, ids=[f"{case[0]}{case[1]}" for case in CASES]
)
async def test_exactly_the_fault_of_a_handler_is_named(
    ports: dict[str, int], framework: str, path: str, provider: str, fault: str
) -> None:
    if reason := OBSTACLES.get(framework):
        pytest.skip(reason)
    # A handler that is in time is in time on a machine that is busy, too.
    limit_s = 0.1 if path == "/slow" else 60.0
    report = await check(live_kit(provider, path, ports[framework], limit_s=limit_s), ports[framework])
    assert [fact.name for fact in report.faults] == ([fault] if fault else []), report.to_mapping()
    if not fault:
        assert [fact.name for fact in report.facts if fact.state == "warning"] == []


async def test_a_refused_valid_delivery_is_explained_by_the_rules(ports: dict[str, int]) -> None:
    report = await check(live_kit("notion", "/csrf", ports["django"]), ports["django"], only=("valid",))
    assert "CSRF" in " ".join((report.facts[0].finding, *report.facts[0].evidence)), report.facts[0]


async def test_a_handler_that_verifies_nothing_has_one_fault() -> None:
    async with RawServer(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") as server:
        report = await check(live_kit("slack", "/hook", server.port), server.port, only=("signature",))
    assert [fact.name for fact in report.faults] == ["wrong-signature"]
    assert {fact.because for fact in report.facts if fact.state == "failed"} == {"", "wrong-signature"}


async def test_without_a_secret_only_unsigned_checks_are_made(ports: dict[str, int]) -> None:
    report = await check(live_kit("notion", "/correct", ports["flask"], secret=None), ports["flask"])
    made = {fact.name for fact in report.facts if fact.state == "passed"}
    assert made == {"missing-signature", "malformed-json", "content-type", "empty-body", "methods", "handshake"}
    assert not report.failed
    skipped = [fact for fact in report.facts if fact.state == "skipped" and fact.applies]
    assert all("no signing secret" in fact.evidence[0] for fact in skipped)


async def test_a_scheme_without_a_timestamp_has_no_stale_deliveries(ports: dict[str, int]) -> None:
    report = await check(live_kit("notion", "/correct", ports["flask"]), ports["flask"], only=("stale",))
    assert [(fact.name, fact.state, fact.applies) for fact in report.facts] == [("stale", "skipped", False)]


async def test_a_handler_that_is_not_there_is_unreachable() -> None:
    forwarder = Forwarder(parse_handler(f"{free_port()}/hook"))
    with pytest.raises(HandlerUnreachable):
        await Checker(forwarder, live_kit("notion", "/hook", 1), timeout_s=1).run(choose())


async def test_a_handler_on_another_machine_is_refused() -> None:
    forwarder = Forwarder(parse_handler("192.0.2.1:80/hook"))
    with pytest.raises(RefusedForSafety):
        await Checker(forwarder, live_kit("notion", "/hook", 1), timeout_s=1).run(choose())
