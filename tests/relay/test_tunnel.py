"""The tunnel's server end: who is let in, and what ends a session."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from factories import make_key, open_sealed
from hookscope.model.errors import RelayRefused
from hookscope.tunnel.client import Dialling, Tunnel
from hookscope_relay.app import Relay
from hookscope_relay.errors import LogUnavailable, SealError
from hookscope_relay.keys.claim import ClaimRefused, build_claim
from hookscope_relay.keys.endpoint_key import EndpointKey, KeyRing
from hookscope_relay.settings import Limits, Rates
from hookscope_relay.tunnel import Wish, parse_wish, public_url
from hookscope_relay.wire import MAX_LABEL, SUBPROTOCOL, Gap, Reply, Welcome, decode, encode
from raw_http import RawMessage, exchange
from relays import FINE, KEY, WITHIN_S, ask, inspecting, opened, problem_of, relaying, until, with_body

TARGET = f"/-/session/{KEY.id}"


def make_claim(
    relay: Relay, *, seed: int = 1, origin: str = "", target: str = TARGET, off_s: float = 0, nonce: bytes = b"n" * 16
) -> str:
    return build_claim(make_key(seed), origin or relay.origin, target, b"s" * 16, time.time() + off_s, nonce)


async def upgrade(relay: Relay, headers: dict[str, str], target: str = TARGET) -> RawMessage:
    """The answer to an upgrade; a header of an empty value is left out."""
    values = {
        "Host": relay.origin.partition("://")[2],
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
        "Sec-WebSocket-Protocol": SUBPROTOCOL,
        "Authorization": make_claim(relay),
    } | headers
    lines = [f"GET {target} HTTP/1.1", *(f"{name}: {value}" for name, value in values.items() if value)]
    return RawMessage(await exchange(relay.settings.port, ("\r\n".join(lines) + "\r\n\r\n").encode()))


CLAIMS = {
    "another's key": ({"seed": 2}, 401, "claim-key"),
    "a relay of another name": ({"origin": "https://other.example"}, 401, "claim-signature"),
    "another target": ({"target": "/-/session/x"}, 401, "claim-signature"),
    "a clock that is slow": ({"off_s": -120}, 401, "claim-clock"),
    "a clock that is fast": ({"off_s": 120}, 401, "claim-clock"),
}


@pytest.mark.parametrize(("changes", "status", "problem"), CLAIMS.values(), ids=CLAIMS)
async def test_a_claim_that_does_not_hold_is_refused(changes, status, problem):
    async with relaying() as relay:
        answer = await upgrade(relay, {"Authorization": make_claim(relay, **changes)})
        assert relay.metrics.refused == {problem: 1}
    body = json.loads(answer.body)
    assert (answer.status, body["type"]) == (status, f"urn:hookscope:problem:{problem}")
    assert abs(body["time"] - time.time()) < 5


UPGRADES = {
    "a browser's page": ({"Origin": "https://x.example"}, 403, "browser-refused"),
    "no subprotocol": ({"Sec-WebSocket-Protocol": ""}, 426, "version"),
    "another subprotocol": ({"Sec-WebSocket-Protocol": "hookscope.v0, chat"}, 426, "version"),
    "no claim": ({"Authorization": ""}, 401, "claim-malformed"),
    "another scheme": ({"Authorization": "Bearer x"}, 401, "claim-malformed"),
}


@pytest.mark.parametrize(("headers", "status", "problem"), UPGRADES.values(), ids=UPGRADES)
async def test_an_upgrade_that_is_no_inspectors_is_refused(headers, status, problem):
    async with relaying() as relay:
        answer = await upgrade(relay, headers)
    assert (answer.status, json.loads(answer.body)["type"]) == (status, f"urn:hookscope:problem:{problem}")
    assert answer.values(b"Upgrade") == ([b"websocket"] if status == 426 else [])


@pytest.mark.parametrize("value", ["", "h2c", "websocket2"])
@pytest.mark.parametrize("claim", [{}, {"Authorization": ""}], ids=["a claim", "no claim"])
async def test_an_upgrade_that_did_not_arrive_is_named_whatever_the_claim(value, claim):
    async with relaying() as relay:
        answer = await upgrade(relay, {"Upgrade": value} | claim)
    body = json.loads(answer.body)
    assert (answer.status, body["type"], body["missing"]) == (426, "urn:hookscope:problem:version", "upgrade")


async def test_a_claim_for_the_dialled_name_of_a_relay_with_another_is_said_to_be_so():
    async with relaying(public_url="https://relay.example", allowed_hosts=("127.0.0.1",)) as relay:
        dialled = f"127.0.0.1:{relay.settings.port}"
        claim = make_claim(relay, origin=f"http://{dialled}")
        answer = await upgrade(relay, {"Host": dialled, "Authorization": claim})
    assert json.loads(answer.body)["type"] == "urn:hookscope:problem:claim-origin"


async def test_too_many_wishes_are_malformed_and_no_bug_of_ours(caplog):
    async with relaying() as relay:
        answer = await upgrade(relay, {}, TARGET + "?" + "a=1&" * 30)
    assert (answer.status, caplog.text) == (400, "")


async def test_a_claim_is_good_once():
    async with relaying() as relay:
        claim = {"Authorization": make_claim(relay)}
        first, second = await upgrade(relay, claim), await upgrade(relay, claim)
    assert (first.status, second.status) == (101, 401)
    assert json.loads(second.body)["type"] == "urn:hookscope:problem:claim-replayed"


@pytest.mark.parametrize(("token", "status"), [("s3cret", 101), ("", 403), ("s3cre", 403)])
async def test_a_relay_with_an_access_token_asks_for_it(token, status):
    async with relaying(access_token="s3cret") as relay:
        assert (await upgrade(relay, {"Hookscope-Access-Token": token})).status == status


async def test_an_id_that_is_none_is_unknown():
    async with relaying() as relay:
        answer = await upgrade(relay, {}, "/-/session/UPPER")
    assert json.loads(answer.body)["type"] == "urn:hookscope:problem:unknown-endpoint"


async def test_a_real_inspector_with_the_wrong_token_is_refused():
    async def receive(*_: Any) -> None: ...

    async with relaying(access_token="s3cret") as relay:
        dialling = Dialling(relay=relay.origin, key=KEY, access_token="other")
        tunnel = Tunnel(dialling, cursor=lambda: None, receive=receive, changed=lambda _: None)
        with pytest.raises(RelayRefused):
            await tunnel.run()


@contextlib.asynccontextmanager
async def attached(relay: Relay, nonce: bytes = b"n" * 16, query: str = "") -> AsyncIterator[ClientConnection]:
    target = TARGET + query
    async with (
        asyncio.timeout(WITHIN_S),
        connect(
            "ws" + relay.origin.removeprefix("http") + target,
            subprotocols=[Subprotocol(SUBPROTOCOL)],
            additional_headers={"Authorization": make_claim(relay, target=target, nonce=nonce)},
            proxy=None,
            close_timeout=1,
        ) as connection,
    ):
        yield connection


async def welcome(connection: ClientConnection) -> Welcome:
    message = await connection.recv()
    assert isinstance(message, bytes)
    decoded = decode(message)
    assert decoded is not None
    assert isinstance(decoded[0], Welcome)
    return decoded[0]


async def close_code(connection: ClientConnection) -> int | None:
    with pytest.raises(ConnectionClosed):
        while True:
            await connection.recv()
    return connection.close_code


async def test_the_welcome_comes_first():
    async with relaying(deadline_s=3.0) as relay, attached(relay) as connection:
        first = await welcome(connection)
    assert (first.url, first.role) == (f"{relay.origin}/{KEY.id}", "answering")
    assert (first.deadline_ms, first.after, first.newest) == (3000, 0, 0)


async def test_a_session_that_watches_is_told_so():
    async with relaying() as relay, attached(relay, query="?mode=watch") as connection:
        assert (await welcome(connection)).role == "watching"


BROKEN = {
    "text": "hello",
    "too short": b"\x01",
    "no MessagePack": b"\x03\x00\x00\x00\x00\x01\xc1",
    "a relay's frame": b"\x05\x00\x00\x00\x00\x0f\x81\xa4role\xa8watching",
}


@pytest.mark.parametrize("message", BROKEN.values(), ids=BROKEN)
async def test_a_broken_frame_closes_with_4000(message):
    async with relaying() as relay, attached(relay) as connection:
        await welcome(connection)
        await connection.send(message)
        assert await close_code(connection) == 4000


async def test_a_replaced_session_closes_with_4002():
    async with relaying() as relay, attached(relay, b"1" * 16) as first:
        await welcome(first)
        async with attached(relay, b"2" * 16) as second:
            assert await close_code(first) == 4002
            assert (await welcome(second)).role == "answering"


async def test_a_relay_that_stops_closes_with_1012():
    async with relaying() as relay, attached(relay) as connection:
        await welcome(connection)
        stopping = asyncio.create_task(relay.stop())
        assert await close_code(connection) == 1012
        await stopping
    assert relay.metrics.closed == {"1012": 1}


EPOCH = "0123456789abcdef"
WISHES = {
    "nothing": ("", Wish("capture", None, None, None)),
    "all of it": (
        f"mode=handler&after={EPOCH}:7&away=refuse&away_status=204",
        Wish("handler", (EPOCH, 7), "refuse", 204),
    ),
    "only new": ("after=new&mode=watch", Wish("watch", "new", None, None)),
    "answers as they come": ("streams=1", Wish("capture", None, None, None, streams=True)),
    "its own name, to answer": (
        "label=ada%40laptop&take_over=1",
        Wish("capture", None, None, None, "ada@laptop", True),
    ),
    "a name that would act": ("label=%1b%5b2Ja%0a%e2%80%aeb%20", Wish("capture", None, None, None, "[2Jab")),
    "a name that goes on": (f"label={'x' * 500}", Wish("capture", None, None, None, "x" * MAX_LABEL)),
    "what a later version asks": ("mode=capture&later=1", Wish("capture", None, None, None)),
}


@pytest.mark.parametrize(("query", "wish"), WISHES.values(), ids=WISHES)
def test_a_wish_is_read_from_the_query(query, wish):
    assert parse_wish(query) == wish


NONSENSE = (
    "mode=root",
    "after=7",
    f"after={EPOCH}:",
    f"after={EPOCH}:-1",
    "away=maybe",
    "away_status=500",
    "away_status=2",
)


@pytest.mark.parametrize("query", [*NONSENSE, "&".join(f"a{number}=1" for number in range(30))])
def test_a_wish_that_makes_no_sense_is_malformed(query):
    with pytest.raises(ClaimRefused, match="malformed"):
        parse_wish(query)


def test_the_address_for_senders_is_the_origin_and_the_id():
    assert public_url("https://r.example", "abc") == "https://r.example/abc"
    assert public_url("https://r.example:8443", "abc", as_subdomain=True) == "https://abc.r.example:8443"


def fresh_claim(relay: Relay, number: int, **changes: Any) -> dict[str, str]:
    return {"Authorization": make_claim(relay, nonce=number.to_bytes(16), **changes)}


async def test_upgrades_are_limited_before_anything_of_them_is_checked():
    async with relaying(rates=Rates(upgrades=2.0)) as relay:
        answers = [await upgrade(relay, {"Authorization": "nonsense"}) for _ in range(3)]
        assert relay.metrics.limited == {"upgrade-rate": 1}
    assert [answer.status for answer in answers] == [401, 401, 429]
    assert (problem_of(answers[2]), answers[2].values(b"Retry-After")) == ("rate-limited", [b"1"])


async def test_so_many_sessions_on_an_endpoint_and_a_returning_one_is_no_further_one():
    async with relaying(limits=Limits(sessions=1)) as relay, attached(relay, b"1" * 16) as first:
        await welcome(first)
        another = build_claim(KEY, relay.origin, TARGET, b"other session id"[:16], time.time(), b"2" * 16)
        refused = await upgrade(relay, {"Authorization": another})
        assert (refused.status, problem_of(refused)) == (503, "relay-busy")
        assert relay.metrics.limited == {"max-sessions": 1}
        async with attached(relay, b"3" * 16) as again:
            await welcome(again)


OPENINGS = {
    "an hour's share": ({"rates": Rates(new_endpoints_an_hour=1.0)}, 429, "new-endpoints", b"3600"),
    "all that the relay has": ({"limits": Limits(endpoints=1)}, 503, "max-endpoints", b"3600"),
}


@pytest.mark.parametrize(("settings", "status", "limit", "retry"), OPENINGS.values(), ids=OPENINGS)
async def test_new_endpoints_are_limited_and_known_ones_come_back(settings, status, limit, retry):
    other = make_key(2)
    async with relaying(**settings) as relay:
        for _ in range(3):
            await opened(relay)
        target = f"/-/session/{other.id}"
        claim = build_claim(other, relay.origin, target, b"s" * 16, time.time(), b"o" * 16)
        refused = await upgrade(relay, {"Authorization": claim}, target)
        assert relay.metrics.limited == {limit: 1}
    assert (refused.status, refused.values(b"Retry-After")) == (status, [retry])
    assert json.loads(refused.body)["limit"] == limit


async def test_frames_are_read_no_faster_than_the_limit():
    async with relaying(rates=Rates(frames=50.0)) as relay, attached(relay) as connection:
        await welcome(connection)
        started = time.monotonic()
        for seq in range(150):
            await connection.send(encode(Reply(seq=seq, status=200, reason="", headers=(), size=0)))
        await until(lambda: relay.metrics.frames == 150)
        assert time.monotonic() - started >= 0.9
        assert relay.metrics.limited["frame-rate"] >= 1


async def test_a_frame_larger_than_the_limit_ends_the_session():
    async with relaying() as relay, attached(relay) as connection:
        await welcome(connection)
        await connection.send(bytes(600 * 1024))
        assert await close_code(connection) == 1009


async def test_an_inspector_that_does_not_read_is_noticed(monkeypatch):
    monkeypatch.setattr("hookscope_relay.inspector_connection.PING_INTERVAL_S", 0.2)
    monkeypatch.setattr("hookscope_relay.inspector_connection.PONG_WITHIN_S", 0.2)
    monkeypatch.setattr("hookscope_relay.inspector_connection.CLOSE_WITHIN_S", 0.2)
    async with relaying(deadline_s=0.1) as relay, asyncio.timeout(WITHIN_S):
        reader, writer = await asyncio.open_connection("127.0.0.1", relay.settings.port, limit=1024)
        lines = {
            "Host": relay.origin.partition("://")[2],
            "Connection": "Upgrade",
            "Upgrade": "websocket",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
            "Sec-WebSocket-Protocol": SUBPROTOCOL,
            "Authorization": make_claim(relay),
        }
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        writer.write(f"GET {TARGET} HTTP/1.1\r\n{head}\r\n".encode())
        await reader.readuntil(b"\r\n\r\n")
        await asyncio.gather(*(ask(relay, with_body(b"x" * 1_000_000)) for _ in range(8)))
        assert relay._hub is not None
        await until(lambda: not relay._hub.sessions(KEY.id))
        await until(lambda: relay.metrics.closed == {"4003": 1})
        await until(lambda: not relay._runner.server.connections)
        writer.transport.abort()


async def test_a_gap_before_the_cursor_is_declared_at_once():
    async with relaying() as relay:
        await opened(relay)
        for _ in range(3):
            await ask(relay, with_body(b"hi"))
        await relay._log.trim(time.time() + 10**9, relay.settings.retention)
        async with attached(relay, query=f"?after={relay._log.epoch}:1") as connection:
            first = await welcome(connection)
            gap = decode(await connection.recv())
    assert (first.after, first.newest) == (3, 3)
    assert gap == (Gap(after=1, until=3, reason="expired"), b"")


RING = KeyRing(KEY)
LATER = RING.rotated(b"2" * 32)
LAST = LATER.rotated(b"3" * 32)


async def test_a_rotated_key_has_the_url_and_the_older_ones_are_refused_for_good():
    async with relaying() as relay:
        async with inspecting(relay, key=RING.current) as first:
            waiting = asyncio.create_task(ask(relay, with_body(b"sealed to the first key")))
            await first.until(lambda: first.arrivals)
            first.tunnel.replies.send(1, FINE, "")
            assert (await waiting).status == 200
        await until(lambda: not relay._hub.sessions(KEY.id))
        assert (await ask(relay, with_body(b"also to the first"))).status == 202
        async with inspecting(relay, key=LATER.current) as second:
            await second.until(lambda: len(second.arrivals) == 2)
            waiting = asyncio.create_task(ask(relay, with_body(b"to the second")))
            await second.until(lambda: len(second.arrivals) == 3)
            second.tunnel.replies.send(3, FINE, "")
            assert (await waiting).status == 200
        bodies = [open_sealed(one.pieces, one.id, KEY.id, LATER.sealing).body for one in second.arrivals]
        urls = {frame.url for one in (first, second) for frame in one.incoming if isinstance(frame, Welcome)}
        assert bodies == [b"sealed to the first key", b"also to the first", b"to the second"]
        assert len(urls) == 1
        with pytest.raises(SealError):
            open_sealed(second.arrivals[2].pieces, second.arrivals[2].id, KEY.id, RING.sealing)
        with pytest.raises(RelayRefused, match="rotated"):
            async with inspecting(relay, key=RING.current):
                pass
        async with inspecting(relay, key=LAST.current):
            pass
        for older in (RING.current, LATER.current):
            with pytest.raises(RelayRefused, match="rotated"):
                async with inspecting(relay, key=older):
                    pass
        assert relay.metrics.refused == {"key-superseded": 3}


async def test_a_session_with_the_older_key_is_closed_with_4001():
    async with relaying() as relay, attached(relay) as older:
        await welcome(older)
        async with inspecting(relay, key=LATER.current):
            assert await close_code(older) == 4001
            await until(lambda: relay.metrics.closed == {"4001": 1})


async def test_a_real_inspector_whose_key_was_rotated_away_ends_and_says_why():
    async with relaying() as relay, inspecting(relay) as older, inspecting(relay, key=LATER.current):
        await older.until(lambda: older.changes[-1].state == "refused")
        assert "rotated" in older.changes[-1].reason


async def test_of_two_rotations_to_the_same_generation_the_first_stays():
    rival = RING.rotated(b"4" * 32)
    async with relaying() as relay:
        await opened(relay, key=LATER.current)
        with pytest.raises(RelayRefused, match="rotated"):
            async with inspecting(relay, key=rival.current):
                pass
        await opened(relay, key=LATER.current)


async def test_a_stranger_cannot_rotate_an_endpoint():
    stolen = EndpointKey(b"5" * 32, first=make_key(9), generation=7)
    target = f"/-/session/{KEY.id}"
    async with relaying() as relay:
        await opened(relay)
        claim = build_claim(stolen, relay.origin, target, b"s" * 16, time.time(), b"o" * 16)
        assert problem_of(await upgrade(relay, {"Authorization": claim})) == "claim-key"
        forged = claim.replace("from=", "x=").replace('v="1"', f'v="1", from="{"A" * 43}.9.{"A" * 86}"')
        assert problem_of(await upgrade(relay, {"Authorization": forged})) == "claim-key"


async def test_a_rotation_outlives_a_restart_and_disuse(tmp_path):
    settings = {"database": tmp_path / "relay.db", "limits": Limits(unused_s=0.01)}
    async with relaying(**settings) as relay:
        await opened(relay, key=LATER.current)
    async with relaying(**settings) as relay:
        await asyncio.sleep(0.05)
        await relay._log.forget_unused(time.time())
        with pytest.raises(RelayRefused, match="rotated"):
            async with inspecting(relay, key=RING.current):
                pass


async def test_a_session_that_its_inspector_ends_is_counted_as_its_own():
    async with relaying() as relay:
        async with attached(relay) as connection:
            await welcome(connection)
        await until(lambda: relay.metrics.closed == {"1000": 1})


@pytest.mark.parametrize(("off_s", "status"), [(0, 101), (-30, 401)])
async def test_a_relay_that_remembers_no_claims_takes_none_from_before_its_start(off_s, status, tmp_path):
    for settings in ({}, {"database": tmp_path / "new.db"}):
        async with relaying(**settings) as relay:
            answer = await upgrade(relay, {"Authorization": make_claim(relay, off_s=off_s)})
        assert answer.status == status
        if status == 401:
            assert problem_of(answer) == "claim-clock"


async def test_a_relay_whose_log_is_older_takes_a_slow_clocks_claim_and_knows_a_used_one(tmp_path):
    settings = {
        "database": tmp_path / "relay.db",
        "public_url": "http://relay.example",
        "allowed_hosts": ("127.0.0.1",),
    }
    async with relaying(**settings) as relay:
        used = {"Authorization": make_claim(relay), "Host": "relay.example"}
        assert (await upgrade(relay, used)).status == 101
    async with relaying(**settings) as relay:
        assert problem_of(await upgrade(relay, used)) == "claim-replayed"
        slow = {"Authorization": make_claim(relay, off_s=-30, nonce=b"2" * 16), "Host": "relay.example"}
        assert (await upgrade(relay, slow)).status == 101


async def test_a_log_that_cannot_be_read_refuses_the_upgrade_and_is_no_bug(monkeypatch, caplog):
    async def broken(*_: object) -> tuple[int, int]:
        raise LogUnavailable("disk I/O error")

    async with relaying() as relay:
        monkeypatch.setattr(relay._log, "ends", broken)
        answer = await upgrade(relay, {})
    assert (answer.status, problem_of(answer), answer.values(b"Retry-After")) == (503, "store-unavailable", [b"5"])
    assert "a bug of ours" not in caplog.text
