"""Whether the servers write to the disk before they acknowledge: by default NATS does so every two minutes.

A server says it on its monitoring page only (docs.nats.io, `sync_interval` and `/varz`).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable

import msgspec
from aiohttp import ClientConnectionError, ClientError, ClientSession, ClientTimeout

from hookscope_relay.errors import StoreUnfit, StoreUnreachable
from hookscope_relay.hosts import split_url
from hookscope_relay.log_lines import tell

MONITOR_PORT = 8222
WITHIN_S = 3.0
DOWN, STRANGE = "down", "strange"

logger = logging.getLogger("hookscope.relay")


class _Config(msgspec.Struct):
    sync_always: bool = False


class _JetStream(msgspec.Struct):
    config: _Config = msgspec.field(default_factory=_Config)


class _Varz(msgspec.Struct):
    server_name: str = ""
    jetstream: _JetStream = msgspec.field(default_factory=_JetStream)


async def check_sync(servers: Iterable[str], monitors: Iterable[str]) -> None:
    """Raise `StoreUnfit` unless every server says that it syncs always, `StoreUnreachable` where most are down.

    Of several a minority may be silent, which is told: a server may be down while a relay starts.
    """
    given = tuple(monitors)
    hosts = {host for server in servers if (host := _host(server))}
    pages = given or tuple(sorted(f"http://{host}:{MONITOR_PORT}" for host in hosts))
    async with ClientSession(timeout=ClientTimeout(total=WITHIN_S)) as session:
        said = await asyncio.gather(*(_ask(session, page) for page in pages))
    silent = [page for page, varz in zip(pages, said, strict=True) if not isinstance(varz, _Varz)]
    if len(silent) * 2 >= len(pages):
        # What is down may come up by itself, another page does not.
        kind = StoreUnreachable if DOWN in said else StoreUnfit
        raise kind(
            f"{silent[0]} does not say whether NATS writes to the disk before it acknowledges",
            "start that server, or name the servers' monitoring pages with --nats-monitor http://HOST:8222,"
            " or accept that a loss of power may take deliveries with --accept-lazy-sync",
        )
    for page, varz in zip(pages, said, strict=True):
        if isinstance(varz, _Varz) and not varz.jetstream.config.sync_always:
            raise StoreUnfit(
                f"the NATS server {varz.server_name or page} acknowledges before it has written to the disk",
                "set `sync_interval: always` in its `jetstream` block,"
                " or accept that a loss of power may take deliveries with --accept-lazy-sync",
            )
    for page in silent:
        tell(logger, "nats server does not say whether it syncs", logging.WARNING, page=page)


def _host(server: str) -> str:
    parts = split_url(server)
    host = (parts and parts.hostname) or ""
    return f"[{host}]" if ":" in host else host


async def _ask(session: ClientSession, page: str) -> _Varz | str:
    """What a page says; `DOWN` where there is none, `STRANGE` where it says something else."""
    try:
        async with session.get(f"{page.rstrip('/')}/varz", allow_redirects=False) as answer:
            return msgspec.json.decode(await answer.read(), type=_Varz) if answer.status == 200 else STRANGE
    except (ClientConnectionError, OSError, TimeoutError):
        return DOWN
    except (ClientError, msgspec.MsgspecError, ValueError):
        return STRANGE
