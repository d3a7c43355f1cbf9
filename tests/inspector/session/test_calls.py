"""A session with a gateway: a relay, a handler that calls an API, the API, all real."""

from __future__ import annotations

import asyncio
import json
import uuid
from pathlib import Path

import pytest
from aiohttp import ClientSession, ServerDisconnectedError, web

from hookscope.api.directory import Api
from hookscope.api.fault import parse_faults
from hookscope.model.events import CallEnded, Captured, Noticed
from hookscope.model.session_requests import Replay
from hookscope.session.plan import Outward
from hookscope.store.captures import CaptureStore
from hookscope.tools.redaction.placeholders import Masks
from hookscope.tools.redaction.redactor import Redactor
from hookscope_relay.app import Relay
from raw_http import RawServer, free_port
from sessions import Session, make_plan

TOKEN = "ntn_" + "K7" * 21 + "zzzz"
REFUSED = b"HTTP/1.1 403 Forbidden\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n" + json.dumps(
    {"object": "error", "status": 403, "code": "restricted_resource", "message": "no"}
).encode().ljust(99)


def outward(base: str, *faults: str, port: int = 0) -> Outward:
    apis = {"notion": Api(name="notion", base=base, title="Notion")}
    return Outward(apis=apis, port=port or free_port(), faults=parse_faults(faults, apis), redactor=Redactor(Masks()))


async def serve(handler: object) -> tuple[web.AppRunner, int]:
    app = web.Application()
    app.router.add_post("/{tail:.*}", handler)  # type: ignore[arg-type]
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    return runner, runner.addresses[0][1]


async def test_a_call_is_kept_beside_its_delivery_and_told(relay: Relay, tmp_path: Path) -> None:
    async with RawServer(REFUSED) as api, ClientSession() as client:
        out = outward(api.url)

        async def handle(request: web.Request) -> web.Response:
            body = json.dumps({"parent": {"page_id": json.loads(await request.read())["entity"]["id"]}})
            url = f"http://127.0.0.1:{out.port}/notion/v1/comments"
            headers = {
                "Authorization": f"Bearer {TOKEN}",
                "Notion-Version": "2022-06-28",
                "Content-Type": "application/json",
            }
            async with client.post(url, data=body, headers=headers) as answer:
                assert answer.status == 403
            return web.Response(text="ok")

        runner, port = await serve(handle)
        session = Session(make_plan(tmp_path, relay.origin, f"127.0.0.1:{port}", outward=out))
        async with session.running():
            notices = [event.text for event in session.events if isinstance(event, Noticed)]
            await session.post("/hook", json.dumps({"entity": {"id": str(uuid.UUID(int=5))}}).encode())
            told = await session.until(CallEnded)
        await runner.cleanup()
    assert f"calls to Notion: http://127.0.0.1:{out.port}/notion in the place of {api.url}" in notices
    store = CaptureStore.open(tmp_path / "captures.db")
    capture = store.find("1")
    (call,) = store.calls(capture.delivery.id)
    store.close()
    assert call == told.call
    assert told.number == 1
    assert (call.tie.delivery, call.tie.others) == (capture.delivery.id, ())
    assert call.tie.confidence > 0.9
    assert call.findings[0].cause == "capability-missing"
    assert "Insert comments" in call.findings[0].hint
    assert call.credential is not None
    assert (call.credential.kind, call.credential.shown) == ("notion-token", "ntn_…zzzz")
    assert api.last.values(b"Authorization") == [f"Bearer {TOKEN}".encode()]
    assert all(TOKEN.encode() not in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


async def test_twenty_at_once_with_three_calls_each_and_work_after_the_answer(relay: Relay, tmp_path: Path) -> None:
    """The first call is made before the answer, two in the background after it,
    over a pool of connections that all share."""
    wanted: dict[str, str] = {}
    late: set[asyncio.Task[None]] = set()

    async def talk(request: web.Request) -> web.Response:
        await asyncio.sleep(0.01)  # an API takes its time, so that the deliveries overlap
        return web.json_response(
            {"object": "page", "id": "x", "parent": {"block_id": str(uuid.uuid5(uuid.NAMESPACE_URL, request.path))}}
        )

    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", talk)
    api_runner = web.AppRunner(app)
    await api_runner.setup()
    await web.TCPSite(api_runner, "127.0.0.1", 0).start()
    out = outward(f"http://127.0.0.1:{api_runner.addresses[0][1]}")
    async with ClientSession() as client:

        async def ask(method: str, target: str, delivery: str, body: str = "") -> dict[str, object]:
            wanted[f"{method} {target} {body}"] = delivery
            async with client.request(method, f"http://127.0.0.1:{out.port}/notion{target}", data=body) as answer:
                found: dict[str, object] = await answer.json()
                return found

        async def work(page: str, found: dict[str, object], delivery: str) -> None:
            parent = found["parent"]["block_id"]  # type: ignore[index]
            await ask("PATCH", f"/v1/blocks/{parent}", delivery, "{}")
            await ask("POST", "/v1/comments", delivery, json.dumps({"parent": {"page_id": page}}))

        async def handle(request: web.Request) -> web.Response:
            delivery, page = request.headers["Hookscope-Delivery"], json.loads(await request.read())["entity"]["id"]
            found = await ask("GET", f"/v1/pages/{page.replace('-', '')}", delivery)
            task = asyncio.create_task(work(page, found, delivery))
            late.add(task)
            return web.Response(text="ok")

        runner, port = await serve(handle)
        session = Session(make_plan(tmp_path, relay.origin, f"127.0.0.1:{port}", outward=out))
        async with session.running():
            bodies = [
                json.dumps({"workspace_id": "w-1", "entity": {"id": str(uuid.uuid4())}}).encode() for _ in range(20)
            ]
            await asyncio.gather(*(session.post("/hook", body) for body in bodies))
            await session.until(CallEnded, 60)
        await asyncio.gather(*late)
        await runner.cleanup()
        await api_runner.cleanup()
    calls = [event.call for event in session.events if isinstance(event, CallEnded)]
    right = [call for call in calls if wanted[f"{call.method} {call.target} {call.body.decode()}"] == call.tie.delivery]
    assert len(calls) == 60
    assert len(right) / len(calls) >= 0.99


async def test_a_call_of_nobody_and_one_after_a_replay(relay: Relay, tmp_path: Path) -> None:
    async with RawServer() as api, RawServer() as handler, ClientSession() as client:
        out = outward(api.url)
        session = Session(make_plan(tmp_path, relay.origin, handler.url, outward=out))
        async with session.running():
            async with client.get(f"http://127.0.0.1:{out.port}/notion/v1/users/me") as answer:
                assert answer.status == 200
            first = await session.until(CallEnded)
            await session.post("/hook", b'{"id":"order_4711x"}')
            await session.until(Captured)
            await session.runner.ask(Replay(name="1"))
            async with client.get(f"http://127.0.0.1:{out.port}/notion/v1/x/order_4711x") as answer:
                assert answer.status == 200
            second = await session.until(CallEnded, 2)
    assert (first.number, first.call.tie.delivery) == (0, "")
    assert second.number == 1
    assert second.call.tie.delivery


async def test_what_an_api_does_takes_down_neither_delivery_nor_session(relay: Relay, tmp_path: Path) -> None:
    async with RawServer() as api, RawServer() as handler, ClientSession() as client:
        out = outward(api.url, "notion: hang-up on GET /gone")
        session = Session(make_plan(tmp_path, relay.origin, handler.url, outward=out))
        async with session.running():
            with pytest.raises(ServerDisconnectedError):
                await client.get(f"http://127.0.0.1:{out.port}/notion/gone")
            told = await session.until(CallEnded)
            assert (await session.post()).startswith(b"HTTP/1.1 200")
    assert told.call.findings[0].cause == "connection-reset"
    assert "played this" in told.call.findings[0].evidence[0].text


async def test_what_waits_too_long_is_let_go_of_but_not_the_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hookscope.api.judge import Judge
    from hookscope.model.call import Call
    from hookscope.session import calls as module

    monkeypatch.setattr(module, "WAITING_BYTES", 100_000)
    told: list[CallEnded] = []
    store = CaptureStore.open(tmp_path / "state" / "captures.db")
    calls = module.Calls(apis={}, store=store, redactor=Redactor(Masks()), judge=Judge(), emit=told.append)  # type: ignore[arg-type]
    size = module.WAITING_BYTES // 2 + 1
    for _ in range(3):
        calls._take(
            Call(
                api="x", base="https://x", method="POST", target="/", started_at=0.0, body=b"a" * size, body_bytes=size
            )
        )
    working = asyncio.create_task(calls.run())
    await calls.finish()
    working.cancel()
    store.close()
    assert [len(event.call.body) for event in told] == [size, 0, 0]
    assert [event.call.body_bytes for event in told] == [size] * 3
