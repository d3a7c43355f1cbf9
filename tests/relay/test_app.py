"""A whole relay over real sockets: its own pages, what its parser refuses, and how it starts and stops."""

from __future__ import annotations

import asyncio
import json
import socket
import time

import pytest

from hookscope_relay.app import Relay
from hookscope_relay.delivery import Answer
from hookscope_relay.errors import AlreadyInUse, InputError
from hookscope_relay.settings import Limits, RelaySettings, Retention
from raw_http import RawClient, RawMessage
from relays import FINE, ID, KEY, WITHIN_S, ask, inspecting, opened, problem_of, relaying, until, with_body


def make_request(target: bytes, host: bytes = b"127.0.0.1", method: bytes = b"GET") -> bytes:
    return method + b" " + target + b" HTTP/1.1\r\nHost: " + host + b"\r\n\r\n"


PAGES = {
    "health": (b"/-/health", 200, {"relay": "hookscope", "protocol": "hookscope.v1"}),
    "health with a query": (b"/-/health?x=1", 200, {"relay": "hookscope"}),
    "ready": (b"/-/ready", 200, {"relay": "hookscope", "ready": True}),
    "no page": (b"/-/nothing", 404, {"type": "urn:hookscope:problem:unknown-endpoint"}),
    "no own page at all": (b"/-", 404, {"type": "urn:hookscope:problem:unknown-endpoint"}),
}


@pytest.mark.parametrize(("target", "status", "members"), PAGES.values(), ids=PAGES)
async def test_the_relays_own_pages(target, status, members):
    async with relaying() as relay:
        answer = await ask(relay, make_request(target))
    page = json.loads(answer.body)
    assert answer.status == status
    assert {name: page[name] for name in members} == members


async def test_a_relay_that_cannot_keep_is_not_ready():
    async with relaying() as relay:
        assert relay._log is not None
        await relay._log.close()
        answer = await ask(relay, make_request(b"/-/ready"))
    assert (answer.status, json.loads(answer.body)["ready"]) == (503, False)


HOSTS = {
    "its address": (b"127.0.0.1", 200),
    "its address with a port": (b"127.0.0.1:9", 200),
    "another loopback name": (b"LOCALHOST", 200),
    "a host that the operator allowed": (b"also.example", 200),
    "another host": (b"other.example", 421),
    "an empty host": (b"", 421),
    "a subdomain that is no endpoint": (b"www.also.example", 421),
}


@pytest.mark.parametrize(("host", "status"), HOSTS.values(), ids=HOSTS)
async def test_a_relay_answers_for_its_own_hosts(host, status):
    async with relaying(allowed_hosts=("also.example",)) as relay:
        assert (await ask(relay, make_request(b"/-/health", host))).status == status


async def test_a_port_in_use_is_said():
    async with relaying() as relay:
        with pytest.raises(AlreadyInUse, match=f"port {relay.settings.port} on 127.0.0.1"):
            await Relay(RelaySettings(port=relay.settings.port)).start()


async def test_a_port_that_nobody_chose_moves_on_to_a_free_one():
    async with relaying() as first, relaying(port=first.settings.port, port_fixed=False) as second:
        assert second.settings.port > first.settings.port
        assert second.origin == f"http://127.0.0.1:{second.settings.port}"


async def test_an_unusable_certificate_is_bad_input(tmp_path):
    with pytest.raises(InputError, match="certificate"):
        await Relay(RelaySettings(port=0, tls_cert=tmp_path / "none.pem")).start()


async def test_a_public_url_is_the_origin():
    async with relaying(public_url="https://relay.example") as relay:
        assert relay.origin == "https://relay.example"
        assert (await ask(relay, make_request(b"/-/health", b"relay.example"))).status == 200
        assert (await ask(relay, make_request(b"/-/health", b"127.0.0.1"))).status == 421


async def test_a_relay_that_never_started_can_be_stopped():
    await Relay(RelaySettings(port=0)).stop()


async def test_a_relay_that_stops_answers_what_is_in_flight():
    relay = Relay(RelaySettings(port=0))
    await relay.start()
    async with asyncio.timeout(WITHIN_S), inspecting(relay) as inspector:
        sender = asyncio.create_task(ask(relay, make_request(b"/" + ID, method=b"POST")))
        await inspector.until(lambda: inspector.arrivals)
        stopping = asyncio.create_task(relay.stop(5.0))
        await asyncio.sleep(0)
        assert relay._site is None
        inspector.tunnel.replies.send(1, Answer(status=207, reason="", headers=(), body=b"late"), "")
        answer = await sender
        await stopping
        await inspector.until(lambda: "restarts" in inspector.changes[-1].reason)
    assert (answer.status, answer.body) == (207, b"late")
    with pytest.raises(ConnectionRefusedError), socket.create_connection(("127.0.0.1", relay.settings.port)):
        pass


async def test_a_relay_that_drains_is_not_ready_and_takes_nothing_new():
    relay = Relay(RelaySettings(port=0))
    await relay.start()
    async with (
        inspecting(relay) as inspector,
        RawClient(relay.settings.port) as kept,
        RawClient(relay.settings.port) as asking,
    ):
        await kept.send(with_body(b"first"))
        await inspector.until(lambda: inspector.arrivals)
        await asking.send(make_request(b"/-/ready"))
        assert RawMessage(await asking.answer()).status == 200
        stopping = asyncio.create_task(relay.stop(WITHIN_S))
        await asyncio.sleep(0)
        await asking.send(make_request(b"/-/ready"))
        assert RawMessage(await asking.answer()).status == 503
        await asking.send(with_body(b"second"))
        refused = RawMessage(await asking.answer(b"POST"))
        inspector.tunnel.replies.send(1, FINE, "")
        assert RawMessage(await kept.answer(b"POST")).status == 200
        async with asyncio.timeout(WITHIN_S):
            await stopping
    assert (refused.status, problem_of(refused), refused.values(b"Retry-After")) == (503, "relay-busy", [b"5"])
    assert refused.values(b"Connection") == [b"close"]


async def test_a_large_answer_in_the_middle_of_being_written_is_not_cut():
    relay = Relay(RelaySettings(port=0))
    await relay.start()
    large = Answer(status=200, headers=(), body=b"x" * 8_000_000)
    async with inspecting(relay) as inspector, RawClient(relay.settings.port) as sender:
        await sender.send(with_body(b"hi"))
        await inspector.until(lambda: inspector.arrivals)
        inspector.tunnel.replies.send(1, large, "")
        head = await sender.reader.readuntil(b"\r\n\r\n")
        stopping = asyncio.create_task(relay.stop(WITHIN_S))
        await asyncio.sleep(0.05)
        body = await sender.reader.readexactly(len(large.body))
        async with asyncio.timeout(WITHIN_S):
            await stopping
    assert (b" 200 " in head, body == large.body) == (True, True)


async def test_stopping_leaves_no_task_behind():
    before = asyncio.all_tasks()
    async with relaying() as relay, inspecting(relay, FINE):
        assert (await ask(relay, with_body(b"hi"))).status == 200
    await until(lambda: asyncio.all_tasks() <= before)


async def test_an_endpoint_that_is_listened_on_is_in_use(monkeypatch):
    monkeypatch.setattr("hookscope_relay.app.TRIM_EVERY_S", 0.02)
    async with relaying(limits=Limits(unused_s=0.1)) as relay:
        async with inspecting(relay, FINE):
            await asyncio.sleep(0.4)
            assert (await ask(relay, with_body(b"hi"))).status == 200
        assert relay._log is not None
        await relay._log.trim(time.time(), Retention(count=0))
        await until(lambda: KEY.id not in relay._log._endpoints)
        assert (await ask(relay, with_body(b"hi"))).status == 404
        async with inspecting(relay, FINE):
            assert (await ask(relay, with_body(b"hi"))).status == 200


async def test_what_retention_drops_is_counted(monkeypatch):
    monkeypatch.setattr("hookscope_relay.app.TRIM_EVERY_S", 0.02)
    async with relaying(retention=Retention(count=2)) as relay:
        await opened(relay)
        for _ in range(5):
            await ask(relay, with_body(b"hi"))
        await until(lambda: relay.metrics.trimmed == 3)
        async with inspecting(relay) as inspector:
            await inspector.until(lambda: len(inspector.arrivals) == 2)
    assert [arrival.seq for arrival in inspector.arrivals] == [4, 5]


async def test_metrics_on_a_port_that_is_taken_are_refused_and_nothing_stays_open():
    async with relaying() as other:
        second = Relay(RelaySettings(port=0, metrics_bind=("127.0.0.1", other.settings.port)))
        with pytest.raises(AlreadyInUse, match="metrics"):
            await second.start()
    with pytest.raises(ConnectionRefusedError), socket.create_connection(("127.0.0.1", second.settings.port)):
        pass


@pytest.mark.parametrize(
    ("changes", "says"),
    [({"port": 65536}, "port 65536"), ({"port": -1}, "port -1"), ({"deadline_s": 0.0}, "a deadline of 0 s")],
)
async def test_numbers_that_make_no_sense_are_refused(changes, says):
    with pytest.raises(InputError, match=says):
        await Relay(RelaySettings(database=None, **changes)).start()


@pytest.mark.parametrize(
    "changes", [{"bind": "192.0.2.1"}, {"bind": "nowhere.invalid"}, {"metrics_bind": ("192.0.2.1", 0)}]
)
async def test_an_address_that_is_not_this_machines_is_bad_input(changes):
    with pytest.raises(InputError, match=r"cannot be used .*bind"):
        await Relay(RelaySettings(port=0, **changes)).start()
