"""Getting in, and every way of not getting in: each one sentence, with its own exit code."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import gc
import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import nkeys
import pytest

from hookscope_relay.errors import HookscopeError, InputError, StoreRefused, StoreUnfit, StoreUnreachable
from hookscope_relay.log.nats.connect import connect, parse_servers, shown
from hookscope_relay.log.nats.log import NatsLog
from hookscope_relay.settings import NatsSettings
from nats_servers import SMALL, NatsServer, nats_settings, serving
from raw_http import free_port
from self_signed import self_signed_pem


async def nothing() -> None:
    pass


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("nats://a:4222", ("nats://a:4222",)),
        ("nats://a:4222, tls://b:4333", ("nats://a:4222", "tls://b:4333")),
        ("a:4222 b:4222", ("nats://a:4222", "nats://b:4222")),
    ],
)
def test_servers_are_named_by_url(text: str, expected: tuple[str, ...]) -> None:
    assert parse_servers(text) == expected


@pytest.mark.parametrize("text", ["redis://u:secret@a", "nats://", "nats://u:secret@a,http://u:secret@b"])
def test_what_is_no_server_is_said_without_its_password(text: str) -> None:
    with pytest.raises(InputError, match="is no place for a log") as refused:
        parse_servers(text)
    assert "secret" not in str(refused.value)
    assert shown("nats://user:secret@host:4222") == "nats://host:4222"
    assert "secret" not in repr(NatsSettings(servers=("nats://u:secret@a",), journal=Path("j")))


async def refusal(settings: NatsSettings) -> HookscopeError:
    with pytest.raises(HookscopeError) as refused:
        await NatsLog.open(settings, SMALL)
    assert "\n" not in str(refused.value)
    assert refused.value.remedy
    return refused.value


async def test_servers_that_are_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hookscope_relay.log.nats.connect.CONNECT_S", 0.5)
    address = f"nats://127.0.0.1:{free_port()}"
    error = await refusal(NatsSettings(servers=(address,), journal=tmp_path / "j.db"))
    assert (type(error), error.exit_code) == (StoreUnreachable, 14)
    assert f"NATS at {address} cannot be reached" in error.what


@contextlib.contextmanager
def with_users(tmp_path: Path) -> Iterator[tuple[NatsServer, Path]]:
    """A server that lets one user in, by JWT; and that user's credentials file."""
    operator, account, system, user = map(
        _pair, (nkeys.PREFIX_BYTE_OPERATOR, *[nkeys.PREFIX_BYTE_ACCOUNT] * 2, nkeys.PREFIX_BYTE_USER)
    )
    no_limits = dict.fromkeys(("subs", "conn", "leaf", "imports", "exports", "data", "payload"), -1) | {
        "wildcards": True
    }
    for_log = dict.fromkeys(("disk_storage", "mem_storage", "streams", "consumer"), -1)
    operator_jwt = _jwt(operator, operator, {"type": "operator", "version": 2})
    account_jwt = _jwt(operator, account, {"type": "account", "version": 2, "limits": {**no_limits, **for_log}})
    system_jwt = _jwt(operator, system, {"type": "account", "version": 2, "limits": no_limits})
    user_jwt = _jwt(account, user, {"type": "user", "version": 2, "subs": -1, "data": -1, "payload": -1})
    credentials = tmp_path / "relay.creds"
    credentials.write_text(
        f"-----BEGIN NATS USER JWT-----\n{user_jwt}\n------END NATS USER JWT------\n\n"
        f"-----BEGIN USER NKEY SEED-----\n{user.seed.decode()}\n------END USER NKEY SEED------\n"
    )
    configuration = (
        f'operator: "{operator_jwt}"\nsystem_account: {_name(system)}\nresolver: MEMORY\n'
        f'resolver_preload: {{ {_name(account)}: "{account_jwt}", {_name(system)}: "{system_jwt}" }}'
    )
    with serving(configuration, sync=False) as server:
        yield server, credentials


def _pair(prefix: int) -> nkeys.KeyPair:
    return nkeys.from_seed(nkeys.encode_seed(os.urandom(32), prefix))


def _name(pair: nkeys.KeyPair) -> str:
    return str(pair.public_key.decode())


def _jwt(issuer: nkeys.KeyPair, subject: nkeys.KeyPair, claims: dict[str, object]) -> str:
    def part(value: object) -> bytes:
        return base64.urlsafe_b64encode(json.dumps(value, separators=(",", ":")).encode()).rstrip(b"=")

    name = _name(subject)
    body = {"jti": name, "iat": int(time.time()), "iss": _name(issuer), "name": "x", "sub": name, "nats": claims}
    head = part({"typ": "JWT", "alg": "ed25519-nkey"}) + b"." + part(body)
    return (head + b"." + base64.urlsafe_b64encode(issuer.sign(head)).rstrip(b"=")).decode()


async def test_credentials_are_shown_and_others_refused(tmp_path: Path) -> None:
    with with_users(tmp_path) as (server, credentials):
        settings = nats_settings(server, tmp_path / "j.db", credentials=credentials)
        log = await NatsLog.open(settings, SMALL)
        await log.close()
        error = await refusal(replace(settings, credentials=None))
        assert (type(error), error.exit_code) == (StoreRefused, 15)
        assert "refuses the credentials" in error.what
        assert "--nats-creds" in error.remedy
        other = tmp_path / "other.creds"
        other.write_text(credentials.read_text().replace("eyJ", "eyK", 1))
        assert isinstance(await refusal(replace(settings, credentials=other)), StoreRefused | InputError)
        (tmp_path / "empty.creds").write_text("nothing")
        for name in ("empty.creds", "missing.creds"):
            error = await refusal(replace(settings, credentials=tmp_path / name))
            assert (type(error), error.exit_code) == (InputError, 2)


async def test_a_password_that_is_wrong_is_refused_and_never_said(tmp_path: Path) -> None:
    with serving("authorization { user: relay, password: right }", sync=False) as server:
        settings = nats_settings(server, tmp_path / "j.db")
        url = server.url.replace("//", "//relay:right@")
        log = await NatsLog.open(replace(settings, servers=(url,)), SMALL)
        await log.close()
        error = await refusal(replace(settings, servers=(url.replace("right", "wr0ng"),)))
        assert isinstance(error, StoreRefused)
        assert "wr0ng" not in str(error)


async def test_mutual_tls_lets_in_who_has_a_certificate(tmp_path: Path) -> None:
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    for path, content in zip((cert, key), self_signed_pem(), strict=True):
        path.write_bytes(content)
    tls = f'tls {{ cert_file: "{cert}", key_file: "{key}", ca_file: "{cert}", verify: true }}'
    with serving(tls, sync=False) as server:
        settings = nats_settings(server, tmp_path / "j.db", ca=cert, cert=cert, key=key)
        log = await NatsLog.open(settings, SMALL)
        await log.close()
        error = await refusal(replace(settings, ca=None, servers=(server.url.replace("nats:", "tls:"),)))
        assert isinstance(error, StoreRefused)
        assert "--nats-ca" in error.remedy
        broken = tmp_path / "broken.pem"
        broken.write_text("no certificate")
        assert isinstance(await refusal(replace(settings, cert=broken)), InputError)


async def test_what_is_meant_for_tls_is_not_said_in_the_clear(tmp_path: Path) -> None:
    cert = tmp_path / "cert.pem"
    cert.write_bytes(self_signed_pem()[0])
    with serving(sync=False) as server:
        settings = nats_settings(server, tmp_path / "j.db")
        for one in (
            replace(settings, ca=cert),
            replace(settings, servers=(server.url.replace("//", "//relay:secret@").replace("nats:", "tls:"),)),
        ):
            error = await refusal(one)
            assert (type(error), error.exit_code) == (StoreRefused, 15)
            assert "offers no TLS, so nothing was sent to it" in error.what
            assert "secret" not in str(error)


async def test_a_server_that_asks_for_a_certificate_refuses_in_one_sentence(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    for path, content in zip((cert, key), self_signed_pem(), strict=True):
        path.write_bytes(content)
    tls = f'tls {{ cert_file: "{cert}", key_file: "{key}", ca_file: "{cert}", verify: true }}'
    with serving(tls, sync=False) as server:
        error = await refusal(nats_settings(server, tmp_path / "j.db", ca=cert))
        assert (type(error), error.exit_code) == (StoreRefused, 15)
        assert "certificate required" in error.what
        gc.collect()
        assert caplog.text == ""
        strange = replace(
            nats_settings(server, tmp_path / "j.db"), servers=(server.url.replace("127.0.0.1", "localhost"),)
        )
        assert "self-signed certificate" in (await refusal(strange)).what


async def test_a_server_without_jetstream(tmp_path: Path) -> None:
    with serving(sync=False) as server:
        server.kill()
        server.jetstream = ""
        server.start(wait=False)
        error = await refusal(nats_settings(server, tmp_path / "j.db"))
    assert (type(error), error.exit_code) == (StoreUnfit, 16)
    assert "has no JetStream" in error.what


@contextlib.asynccontextmanager
async def an_older_server(version: str) -> AsyncIterator[str]:
    """What an older server says first (docs.nats.io, client protocol), which is all that is looked at."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        info = {"server_id": "x", "version": version, "headers": True, "jetstream": True, "max_payload": 1 << 20}
        writer.write(b"INFO " + json.dumps(info).encode() + b"\r\n")
        with contextlib.suppress(ConnectionError):
            while line := await reader.readline():
                if line.startswith(b"PING"):
                    writer.write(b"PONG\r\n")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1")
    async with server:
        yield f"nats://127.0.0.1:{server.sockets[0].getsockname()[1]}"


@pytest.mark.parametrize("version", ["2.9.10", "2.10.29"])
async def test_a_version_without_batched_direct_gets(tmp_path: Path, version: str) -> None:
    async with an_older_server(version) as url:
        with pytest.raises(StoreUnfit, match=r"which has no batched direct get; update the servers to 2\.11"):
            await connect(NatsSettings(servers=(url,), journal=tmp_path / "j.db"), nothing)


def test_a_relay_without_nats_loads_nothing_of_it() -> None:
    code = (
        "import sys, hookscope_relay.app, hookscope.apps.relay, hookscope.commands.relay\n"
        "print([name for name in sys.modules if name == 'nats' or name.startswith(('nats.', 'hookscope_relay.log.nats', 'hookscope_relay.cluster'))])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
