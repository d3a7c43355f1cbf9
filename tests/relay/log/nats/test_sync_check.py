"""Only servers that sync before they acknowledge are taken, unless the operator accepts less."""

from __future__ import annotations

from pathlib import Path

import pytest

from hookscope_relay.errors import StoreUnfit, StoreUnreachable
from hookscope_relay.log.nats.log import NatsLog
from hookscope_relay.log.nats.sync_check import check_sync
from nats_servers import SMALL, NatsServer, nats_settings, serving
from raw_http import free_port


async def test_a_server_that_syncs_always_is_taken(tmp_path: Path) -> None:
    with serving(sync=True) as server:
        log = await NatsLog.open(nats_settings(server, tmp_path / "j.db", accept_lazy_sync=False), SMALL)
        await log.close()


async def test_one_that_syncs_now_and_then_is_refused_unless_that_is_accepted(nats: NatsServer, tmp_path: Path) -> None:
    settings = nats_settings(nats, tmp_path / "j.db", accept_lazy_sync=False)
    with pytest.raises(StoreUnfit, match="acknowledges before it has written to the disk") as refused:
        await NatsLog.open(settings, SMALL)
    assert (refused.value.exit_code, "--accept-lazy-sync" in refused.value.remedy) == (16, True)


async def test_one_whose_page_cannot_be_read_is_not_believed(nats: NatsServer) -> None:
    down, strange = StoreUnreachable, StoreUnfit
    for page, kind in (
        (f"http://127.0.0.1:{free_port()}", down),
        (f"{nats.monitor}/none", strange),
        (nats.url.replace("nats:", "http:"), strange),
    ):
        with pytest.raises(kind, match="does not say whether NATS writes to the disk") as refused:
            await check_sync((nats.url,), (page,))
        assert "--nats-monitor" in refused.value.remedy


async def test_without_a_page_the_usual_port_of_each_server_is_tried() -> None:
    with pytest.raises(StoreUnreachable, match=r"http://127\.0\.0\.7:8222 does not say"):
        await check_sync(("nats://127.0.0.7:4222",), ())


async def test_a_server_that_is_down_keeps_no_relay_from_starting(caplog: pytest.LogCaptureFixture) -> None:
    down = f"http://127.0.0.1:{free_port()}"
    with serving(sync=True) as server, serving(sync=False) as lazy:
        await check_sync((), (server.monitor, down, server.monitor))
        assert down in caplog.text
        with pytest.raises(StoreUnreachable, match="does not say"):
            await check_sync((), (server.monitor, down))
        with pytest.raises(StoreUnfit, match="before it has written"):
            await check_sync((), (server.monitor, down, lazy.monitor))
