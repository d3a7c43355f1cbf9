"""Bisecting two captures against a handler on a socket: planted causes, single and double, are all found."""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
import statistics
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from factories import Forgetful, make_delivery
from hookscope.attempts.explain import Explainer
from hookscope.attempts.make import Attempts
from hookscope.config.settings import places
from hookscope.model.capture import Capture
from hookscope.model.secret import Secret
from hookscope.providers.registry import load_providers
from hookscope.store.captures import CaptureStore
from hookscope.tools.bisect.run import Bisected, Bisecter
from hookscope.tools.diff.difference import Difference
from hookscope.tools.replay.trials import Tries
from hookscope_relay.delivery import Delivery
from hookscope_relay.errors import InputError
from raw_http import Conversation, RawMessage, RawServer

SECRET = Secret("notion", "default", "secret_abc")
GOOD = make_delivery(
    target="/hook?mode=live&page=1",
    headers=(
        ("Host", "relay.example"),
        ("User-Agent", "notion-api"),
        ("Content-Type", "application/json"),
        ("Accept", "*/*"),
        ("X-Notion-Signature", "sha256=00"),
        ("X-Trace", "a"),
    ),
    body=b'{"id":"e1","type":"page.created","n":1,"name":"Cafe","entity":{"id":"p1","type":"page"}}',
)
BAD = make_delivery(
    method="PUT",
    target="/hook/?mode=test&page=1",
    headers=(
        ("Host", "relay.example"),
        ("User-Agent", "notion-api"),
        ("Content-Type", "text/plain"),
        ("Accept", "text/html"),
        ("Cookie", "session=1"),
        ("X-Notion-Signature", "sha256=11"),
        ("X-Trace", "b"),
    ),
    body=b'{ "id": "e2",\n "n": 1.0, "type": "page.moved", "name": "\\u0043afe", "entity": {"id": "p2"}, "extra": [1] }\n',
)

# How a handler notices a difference, by the place that is reported.
NOTICED: dict[str, Callable[[RawMessage], bool]] = {
    "method": lambda m: m.head.startswith(b"PUT "),
    "path": lambda m: b" /hook/?" in m.head,
    "query.mode": lambda m: b"mode=test" in m.head,
    "headers.content-type": lambda m: m.values(b"content-type") == [b"text/plain"],
    "headers.accept": lambda m: m.values(b"accept") == [b"text/html"],
    "headers.cookie": lambda m: bool(m.values(b"cookie")),
    "body/id": lambda m: json.loads(m.body)["id"] == "e2",
    "body/n": lambda m: b"1.0" in m.body,
    "body/type": lambda m: json.loads(m.body)["type"] == "page.moved",
    "body/entity/type": lambda m: "type" not in json.loads(m.body)["entity"],
    "body/extra": lambda m: "extra" in json.loads(m.body),
    "body escapes": lambda m: b"\\u0043" in m.body,
    "body spacing": lambda m: b'"id": ' in m.body,
    "body edges": lambda m: m.body.endswith(b"\n"),
}
SINGLE = [((name,), False) for name in NOTICED]
PAIRS = list(itertools.combinations(NOTICED, 2))
DOUBLE = [(pair, index % 2 == 0) for index, pair in enumerate(PAIRS[::5])][:18]
PLANTED = [*SINGLE, *DOUBLE]


sends: list[int] = []


def named(difference: Difference) -> str:
    """The place; and the manner where the place says the same on both sides."""
    return f"{difference.place} {difference.kind}" if difference.left == difference.right else difference.place


def is_signed(message: RawMessage) -> bool:
    wanted = "sha256=" + hmac.new(SECRET.value, message.body, hashlib.sha256).hexdigest()
    return message.values(b"x-notion-signature") == [wanted.encode()]


def behaviour(fails: Callable[[RawMessage], bool]) -> Callable[[Conversation], Awaitable[None]]:
    async def converse(conversation: Conversation) -> None:
        while (raw := await conversation.request()) is not None:
            message = RawMessage(raw)
            status = b"401 No" if not is_signed(message) else b"422 No" if fails(message) else b"200 OK"
            await conversation.send(b"HTTP/1.1 " + status + b"\r\nContent-Length: 0\r\n\r\n")

    return converse


@asynccontextmanager
async def bench(
    home: Path, bad: Delivery = BAD, secrets: tuple[Secret, ...] = (SECRET,)
) -> AsyncIterator[tuple[CaptureStore, Attempts]]:
    store = CaptureStore.open(home / "captures.db")
    explainer = Explainer(
        providers=load_providers(),
        secrets=secrets,
        memory=Forgetful(),
        keep=lambda *_: (),
    )
    await store.keep(bad, origin="live")
    try:
        yield store, Attempts(store=store, explainer=explainer, emit=lambda _: None)
    finally:
        explainer.close()
        store.close()


async def run(
    home: Path, fails: Callable[[RawMessage], bool], bad: Delivery = BAD, max_sends: int = 200, good: Delivery = GOOD
) -> tuple[Bisected, CaptureStore]:
    async with bench(home, bad) as (store, attempts), RawServer(behaviour=behaviour(fails)) as server:
        tries = Tries(attempts, places({"HOOKSCOPE_HOME": str(home)}), to=str(server.port))
        try:
            found = await Bisecter(tries).run(Capture(delivery=good), Capture(delivery=bad), 1, max_sends=max_sends)
        finally:
            await tries.close()
        return found, store


@pytest.mark.parametrize(
    ("causes", "together"), PLANTED, ids=lambda value: "+".join(value) if isinstance(value, tuple) else str(value)
)
async def test_a_planted_cause_is_found(tmp_path: Path, causes: tuple[str, ...], together: bool) -> None:
    combine = all if together else any
    bisected, _ = await run(tmp_path, lambda message: combine(NOTICED[name](message) for name in causes))
    found = {named(difference) for difference in bisected.found.causes}
    assert found == set(causes)
    sends.append(bisected.found.sends)


def test_few_sends_are_enough(record_property: Callable[[str, object], None]) -> None:
    if len(sends) < len(PLANTED):
        pytest.skip("counts the sends of the whole table")
    record_property("median_sends", statistics.median(sends))
    print(f"{len(sends)} planted causes, median sends {statistics.median(sends)}, most {max(sends)}")
    assert statistics.median(sends) <= 20


async def test_trials_are_attempts_of_the_failing_capture(tmp_path: Path) -> None:
    async with (
        bench(tmp_path) as (store, attempts),
        RawServer(behaviour=behaviour(NOTICED["headers.cookie"])) as server,
    ):
        tries = Tries(attempts, places({"HOOKSCOPE_HOME": str(tmp_path)}), to=str(server.port))
        found = await Bisecter(tries).run(Capture(delivery=GOOD), Capture(delivery=BAD), 1, max_sends=50)
        await tries.close()
        made = store.find(BAD.id).attempts
    assert len(made) == found.found.sends
    assert {attempt.origin for attempt in made} == {"probe"}


async def test_a_bad_signature_is_not_the_trivial_answer(tmp_path: Path) -> None:
    bisected, _ = await run(tmp_path, lambda _: False)
    assert not bisected.found.found
    assert bisected.found.start == ("good", "good")
    assert "secret_abc" not in bisected.note


async def test_requests_without_a_difference_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="do not differ"):
        await run(tmp_path, lambda _: True, good=BAD)
