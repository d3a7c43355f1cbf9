"""Dialling; what is tried in which order is in `test_forwarder_connections.py` and `test_http2.py`."""

from __future__ import annotations

import ssl

import pytest

from hookscope.forward.addresses import system_lookup
from hookscope.forward.connection import NoCommonProtocol
from hookscope.forward.dial import Dialler
from hookscope.forward.exchange import ForwardProgress
from hookscope.model.errors import RefusedForSafety
from hookscope.model.handler import parse_handler
from raw_http import RawServer, self_signed

SERVER_TLS, _ = self_signed()


def dialler(typed: str) -> Dialler:
    return Dialler(parse_handler(typed), insecure=True, allow_remote=False, lookup=system_lookup)


@pytest.mark.parametrize("tls", [None, SERVER_TLS], ids=["plain", "tls"])
async def test_a_connection_is_made_and_its_address_told(tls: ssl.SSLContext | None) -> None:
    async with RawServer(tls=tls) as server:
        dialling, progress = dialler(server.url), ForwardProgress()
        connection = await dialling.connect(progress)
        assert (dialling.is_tls, progress.peer) == (tls is not None, f"127.0.0.1:{server.port}")
        assert not connection.speaks_http2
        connection.close()


async def test_the_other_protocol_is_offered_where_one_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    offered: list[str] = []

    def context(insecure: bool, protocol: str = "http/1.1") -> str:
        return protocol

    async def refusing(sock: object, peer: str, offer: str, name: str) -> None:
        offered.append(offer)
        sock.close()  # type: ignore[attr-defined]
        raise NoCommonProtocol("tls", "refused")

    monkeypatch.setattr("hookscope.forward.dial.tls_context", context)
    monkeypatch.setattr("hookscope.forward.dial.open_tls", refusing)
    async with RawServer() as server:
        dialling = dialler(f"https://127.0.0.1:{server.port}")
        for _ in range(2):
            with pytest.raises(NoCommonProtocol):
                await dialling.connect(ForwardProgress())
    # Each time from the beginning: nothing was agreed on.
    assert offered == ["http/1.1", "h2"] * 2


async def test_another_machine_is_refused() -> None:
    with pytest.raises(RefusedForSafety):
        await dialler("http://203.0.113.7:80").check_remote()
