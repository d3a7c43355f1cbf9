"""A user's function that changes deliveries, in a real process, and over a real session."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from factories import Forgetful, make_delivery
from hookscope.attempts.explain import Explainer
from hookscope.config.settings import places
from hookscope.model.events import Attempted, Diagnosed
from hookscope.model.secret import Secret
from hookscope.model.session_requests import Replay
from hookscope.model.verdict import Recognition
from hookscope.providers.registry import load_providers
from hookscope.secrets.resign import resign
from hookscope.session import transform as module
from hookscope.session.transform import Transform, TransformFailed, TransformPlan, parse_transform
from hookscope.signatures.verification import verify
from hookscope.store.captures import CaptureStore
from hookscope_relay.errors import InputError
from raw_http import RawServer
from relays import relaying
from sessions import Session, make_plan

SECRET = Secret(provider="github", name="default", value=b"it-is-a-secret")
GITHUB = Recognition(provider="github")
CODE = """
import time
from dataclasses import replace

def other(delivery):
    print("seen", delivery.target)
    return replace(delivery, body=b'{"b":2}', headers=(*delivery.headers, ("X-Mine", "yes")))

def same(delivery):
    return delivery

def none(delivery):
    return None

def wrong(delivery):
    return {}["missing"]

def text(delivery):
    return "x"

def evil(delivery):
    return replace(delivery, headers=(("A", "b\\r\\nC: d"),))

def slow(delivery):
    time.sleep(30)

def gone(delivery):
    import os
    os._exit(3)
"""


@pytest.fixture
async def make(tmp_path: Path) -> AsyncIterator[Callable[[str], Transform]]:
    (tmp_path / "mine.py").write_text(CODE)
    explainer = Explainer(providers=load_providers(), secrets=(SECRET,), memory=Forgetful(), keep=lambda *_: ())
    made: list[Transform] = []

    def transform(function: str) -> Transform:
        plan = TransformPlan(f"mine:{function}", tmp_path)
        ours = places({"HOOKSCOPE_HOME": str(tmp_path)})
        made.append(Transform(plan, tmp_path / "log", explainer, ours))
        return made[-1]

    yield transform
    for one in made:
        await one.close()
    explainer.close()


async def test_it_changes_leaves_out_and_leaves_alone(make: Callable[[str], Transform], tmp_path: Path) -> None:
    delivery = make_delivery()
    changed = await make("other").change(delivery, Recognition())
    assert changed == replace(delivery, body=b'{"b":2}', headers=(*delivery.headers, ("X-Mine", "yes")))
    assert await make("none").change(delivery, Recognition()) is None
    assert await make("same").change(delivery, Recognition()) is delivery
    assert (tmp_path / "log").read_text() == f"seen {delivery.target}\n"


@pytest.mark.parametrize(
    ("function", "said"),
    [
        ("wrong", r"The transform mine:wrong failed: KeyError: 'missing' \(mine.py:16\)"),
        ("text", "gave back str, and not a delivery or None"),
        ("evil", "made what cannot be sent: the value of the header A"),
        ("gone", "ended its process"),
    ],
)
async def test_what_goes_wrong_is_one_sentence(make: Callable[[str], Transform], function: str, said: str) -> None:
    transform = make(function)
    for _ in range(2):
        with pytest.raises(TransformFailed, match=said):
            await transform.change(make_delivery(), Recognition())


async def test_one_that_takes_too_long_is_ended_and_started_anew(
    make: Callable[[str], Transform], monkeypatch: pytest.MonkeyPatch
) -> None:
    transform = make("slow")
    await transform.start()
    monkeypatch.setattr(module, "LIMIT_S", 0.1)
    for _ in range(2):
        with pytest.raises(TransformFailed, match=r"took longer than 0\.1 s"):
            await transform.change(make_delivery(), Recognition())
        await transform.start()


async def test_only_a_signature_that_held_is_made_anew(make: Callable[[str], Transform], tmp_path: Path) -> None:
    delivery = make_delivery(headers=(("Host", "x"), ("X-GitHub-Event", "push")))
    provider, ours = load_providers().get("github"), places({"HOOKSCOPE_HOME": str(tmp_path)})
    signed = resign(delivery, provider, (SECRET,), ours, 0.0).delivery
    assert provider is not None
    changed = await make("other").change(signed, GITHUB)
    assert changed is not None
    assert verify(changed, provider, (SECRET,), 0.0, "", {}).state == "verified"
    forged = replace(signed, body=b'{"forged":1}')
    changed = await make("other").change(forged, GITHUB)
    assert changed is not None
    assert verify(changed, provider, (SECRET,), 0.0, "", {}).state == "rejected"


@pytest.mark.parametrize("name", ["nothere:x", "mine:absent", "mine:CODE"])
async def test_a_function_that_is_not_there_is_told_at_the_start(tmp_path: Path, name: str) -> None:
    (tmp_path / "mine.py").write_text("CODE = 1\n")
    explainer = Explainer(providers=load_providers(), secrets=(), memory=Forgetful(), keep=lambda *_: ())
    transform = Transform(TransformPlan(name, tmp_path), tmp_path / "log", explainer, places({}))
    with pytest.raises(InputError, match=f"the transform {name} cannot be loaded: "):
        await transform.start()
    explainer.close()


@pytest.mark.parametrize("text", ["", "mine", "mine:", ":f", "a/b.py:f", "mine:f g"])
def test_what_names_no_function_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(InputError, match="is not MODULE:FUNCTION"):
        parse_transform(text, tmp_path)


@pytest.mark.parametrize(
    ("function", "status", "code"),
    [("other", b"200", ""), ("none", b"200", "delivery.transform"), ("wrong", b"502", "delivery.transform")],
)
async def test_the_handler_gets_what_it_made_and_the_capture_stays(
    tmp_path: Path, function: str, status: bytes, code: str
) -> None:
    (tmp_path / "mine.py").write_text(CODE)
    async with relaying() as relay, RawServer() as handler:
        plan = make_plan(tmp_path, relay.origin, handler.url, transform=TransformPlan(f"mine:{function}", tmp_path))
        session = Session(plan)
        async with session.running():
            answer = await session.post("/x")
            large = await session.post("/y", b"z" * 600_000)
            await session.until(Diagnosed, 2)
            if function == "other":
                await session.runner.ask(Replay(name="1"))
                await session.until(Attempted, 3)
        assert answer.split(b" ")[1] == large.split(b" ")[1] == status
        bodies = [request.partition(b"\r\n\r\n")[2] for request in handler.requests]
    found = [one.findings for one in session.events if isinstance(one, Diagnosed)]
    assert all((code in {finding.code for finding in findings}) == bool(code) for findings in found[:2])
    store = CaptureStore.open(tmp_path / "captures.db")
    kept = {store.find(name).delivery.body for name in ("1", "2")}
    assert kept == {b'{"a":1}', b"z" * 600_000}
    if function == "other":
        assert bodies == [b'{"b":2}'] * 3
        first = store.find("1")
        assert first.attempts[0].request is not None and first.attempts[0].request.body == b'{"b":2}'
        assert first.outcome == first.attempts[-1]  # a replay through the transform is no experiment
    else:
        assert bodies == [] and store.find("1").attempts == ()
    store.close()
