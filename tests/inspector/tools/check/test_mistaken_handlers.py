"""What a mistaken handler signs is named, over real processes; the correct one beside it differs in nothing else."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest

from checking_bench import HANDLERS, live_kit, ready
from hookscope.forward.forwarder import Forwarder
from hookscope.model.handler import parse_handler
from hookscope.tools.check.run import FRESH, Checker
from hookscope.tools.check.table import choose
from raw_http import free_port

CASES: tuple[tuple[str, str], ...] = (
    ("/correct", ""),
    ("/newline", "the body and a newline"),
    ("/mark", "behind a byte-order mark"),
    ("/string", "the body as one JSON string"),
    ("/string-in-ascii", "one JSON string, in ASCII"),
    ("/first-kilobyte", "the first 1,024 bytes of the body"),
    ("/quoted", "the secret in its quotes"),
    ("/secret-newline", "the secret with a newline"),
    ("/latin", "the body as latin-1, written as UTF-8"),
    ("/ascii", "nothing for each byte that is not ASCII"),
    ("/empty", "an empty body"),
    ("/sorted", "re-serialised (spaced, sorted, ascii)"),
    ("/as-go", "re-serialised (compact, sorted"),
    ("/indented", "re-serialised (indent of 2"),
    ("/lower-case", "the body in lower case"),
    ("/sha1", "a signature by sha1, behind 'sha1='"),
    ("/as-dictionary", "a dictionary turned into text by Python"),
    ("/stripe-correct", ""),
    ("/stripe-order", "the body before the timestamp"),
    ("/stripe-joined", "without the '.' between"),
    ("/stripe-float", "the timestamp as a float"),
    ("/stripe-milliseconds", "a timestamp in milliseconds"),
    ("/stripe-no-time", "the body alone"),
)


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    found = free_port()
    process = subprocess.Popen([sys.executable, str(HANDLERS / "mistaken_handlers.py"), str(found)])
    yield found
    process.kill()
    process.wait()


@pytest.mark.parametrize(("path", "named"), CASES, ids=[path[1:] for path, _ in CASES])
async def test_what_a_handler_signs_is_named(port: int, path: str, named: str) -> None:
    kit = live_kit("stripe" if path.startswith("/stripe") else "github", path, port, limit_s=60.0)
    forwarder = Forwarder(parse_handler(f"{port}{path}"), idle_s=FRESH)
    try:
        await ready(forwarder)
        facts = await Checker(forwarder, kit, timeout_s=10.0).run(choose(("valid",)))
    finally:
        await forwarder.close()
    valid = next(fact for fact in facts if fact.name == "valid")
    assert valid.state == ("failed" if named else "passed"), valid
    assert named in " ".join(valid.evidence), valid
