"""Getting in: a connection to the NATS servers, or one sentence that says why there is none."""

from __future__ import annotations

import asyncio
import logging
import os
import re
import ssl
from collections.abc import Awaitable, Callable
from typing import Any

from nats import errors

from hookscope_relay.errors import HookscopeError, InputError, StoreRefused, StoreUnfit, StoreUnreachable
from hookscope_relay.hosts import split_url
from hookscope_relay.log.nats.client import NatsClient, Unencrypted
from hookscope_relay.log.nats.credentials import find_certificates, find_credentials
from hookscope_relay.log_lines import tell
from hookscope_relay.settings import NatsSettings

CONNECT_S = 8.0
# A server that stopped without a word is given up after about three of these.
PING_S = 2
RECONNECT_S = 0.1
# Batched direct gets came with this version (ADR-31).
OLDEST = (2, 11)
# How a server's word on what this user may not do begins.
DENIED = "permissions violation for "
SCHEMES = frozenset({"nats", "tls"})

logger = logging.getLogger("hookscope.relay")
# Ours say what matters, once.
logging.getLogger("nats.aio.client").setLevel(logging.CRITICAL)
# What the library's streams say at the end of a TLS connection is of no use to anybody.
logging.getLogger("asyncio").addFilter(lambda record: "eof_received() has no effect" not in str(record.msg))


async def connect(settings: NatsSettings, came_back: Callable[[], Awaitable[None]]) -> NatsClient:
    """A connection that finds another server whenever it breaks, and then calls `came_back`.

    Raises `StoreUnreachable`, `StoreRefused`, `StoreUnfit` or `InputError`.
    """
    names = ", ".join(map(shown, settings.servers))
    credentials, tls = find_credentials(settings), find_certificates(settings)
    client = NatsClient(encrypted=tls is not None)
    refused: asyncio.Future[Exception] = asyncio.get_running_loop().create_future()
    last: list[Exception] = []

    async def note(error: Exception) -> None:
        last.append(error)
        if (_is_refusal(error) or isinstance(error, ssl.SSLError | Unencrypted)) and not refused.done():
            refused.set_result(error)
        if DENIED in str(error) and (denied := str(error).partition(DENIED)[2].strip(" '")) not in client.denied:
            client.denied.append(denied)
            # At the start it is the reason why the relay does not start.
            if client.is_trusted:
                tell(logger, "nats forbids", logging.ERROR, what=denied)
        if client.is_reconnecting and len(last) % 50 == 1:
            tell(logger, "nats trouble", logging.WARNING, reason=type(error).__name__)
        del last[:-1]

    connecting = asyncio.ensure_future(
        client.connect(
            list(settings.servers),
            name="hookscope relay",
            error_cb=note,
            disconnected_cb=client.forget_pending,
            reconnected_cb=came_back,
            connect_timeout=2,
            ping_interval=PING_S,
            max_outstanding_pings=2,
            reconnect_time_wait=RECONNECT_S,  # type: ignore[arg-type]  # seconds; fractions are as good
            max_reconnect_attempts=-1,
            pending_size=0,
            tls=tls,
            user_credentials=credentials,
        )
    )
    first: list[asyncio.Future[Any]] = [connecting, refused]
    await asyncio.wait(first, timeout=CONNECT_S, return_when=asyncio.FIRST_COMPLETED)
    if connecting.done() and connecting.exception() is None:
        return await _checked(client, names)
    connecting.cancel()
    await asyncio.gather(connecting, return_exceptions=True)
    await client.give_up()
    raise _explain(names, connecting, refused, last)


def _explain(
    names: str, connecting: asyncio.Future[None], refused: asyncio.Future[Exception], last: list[Exception]
) -> HookscopeError:
    if refused.done():
        error: BaseException | None = refused.result()
    elif connecting.done() and not connecting.cancelled():
        error = connecting.exception()
    else:
        error = last[-1] if last else None
    if isinstance(error, Unencrypted):
        return StoreRefused(
            f"NATS at {names} offers no TLS, so nothing was sent to it",
            "set `tls { … }` on the servers, or leave --nats-ca and --nats-cert out and name them nats://HOST:PORT",
        )
    if isinstance(error, ssl.SSLError):
        reason = getattr(error, "verify_message", "") or (error.reason or str(error)).lower().replace("_", " ")
        return StoreRefused(
            f"no TLS connection to NATS at {names} could be made ({reason.rstrip('.')})",
            "give the servers' CA with --nats-ca, this relay's certificate with --nats-cert and --nats-key,"
            " and the servers' names as their certificates have them",
        )
    if error is not None and _is_refusal(error):
        return StoreRefused(
            f"NATS at {names} refuses the credentials", "give those of this relay's user with --nats-creds"
        )
    reason = f" ({_reason(error)})" if isinstance(error, OSError) and error.strerror else ""
    return StoreUnreachable(
        f"NATS at {names} cannot be reached{reason}", "start the servers, or name others with --store nats://HOST:PORT"
    )


def _reason(error: OSError) -> str:
    """Why, without the number and the address that stand in some texts."""
    return os.strerror(error.errno) if error.errno and error.errno > 0 else str(error.strerror)


def _is_refusal(error: BaseException) -> bool:
    said = str(error).lower()
    return isinstance(error, errors.AuthorizationError) or any(
        words in said for words in ("authorization violation", "authentication", "user authentication")
    )


async def _checked(client: NatsClient, names: str) -> NatsClient:
    version = client.connected_server_version
    wrong = None
    if (version.major, version.minor) < OLDEST:
        wrong = StoreUnfit(
            f"NATS at {names} is of version {version.major}.{version.minor}, which has no batched direct get",
            f"update the servers to {OLDEST[0]}.{OLDEST[1]} or newer",
        )
    elif not client._server_info.get("jetstream", False) and not client._server_info.get("connect_urls"):
        wrong = no_jetstream(names)
    if wrong is not None:
        await client.close()
        raise wrong
    return client


def no_jetstream(names: str) -> StoreUnfit:
    """JetStream is not there, or not for this account."""
    return StoreUnfit(
        f"NATS at {names} has no JetStream for this relay",
        "enable it on the servers (`jetstream { store_dir: …, sync_interval: always }`) and for the relay's account",
    )


def parse_servers(text: str) -> tuple[str, ...]:
    """The servers of `--store nats://HOST:PORT,nats://…`; `InputError` for what is none."""
    servers = tuple(part if "://" in part else f"nats://{part}" for part in re.split(r"[,\s]+", text.strip()) if part)
    for server in servers:
        parts = split_url(server)
        if parts is None or parts.scheme not in SCHEMES or not parts.hostname:
            raise InputError(
                f"{shown(server)} is no place for a log", "give one such as nats://127.0.0.1:4222, several with commas"
            )
    return servers


def shown(server: str) -> str:
    """A server's URL without what is secret in it."""
    return re.sub(r"//[^/@]*@", "//", server)
