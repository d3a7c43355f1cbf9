"""Getting in: a connection to the NATS servers, or one sentence that says why there is none."""

from __future__ import annotations

import asyncio
import logging
import re
import ssl
from collections.abc import Awaitable, Callable
from typing import Any

from nats import errors

from hookscope_relay.errors import HookscopeError, InputError, StoreRefused, StoreUnfit, StoreUnreachable
from hookscope_relay.hosts import split_url
from hookscope_relay.log.nats.client import NatsClient
from hookscope_relay.log_lines import tell
from hookscope_relay.settings import NatsSettings

CONNECT_S = 8.0
# A server that stopped without a word is given up after about three of these.
PING_S = 2
RECONNECT_S = 0.1
# Batched direct gets came with this version (ADR-31).
OLDEST = (2, 11)
SCHEMES = frozenset({"nats", "tls"})

logger = logging.getLogger("hookscope.relay")
# Ours say what matters, once.
logging.getLogger("nats.aio.client").setLevel(logging.CRITICAL)


async def connect(settings: NatsSettings, came_back: Callable[[], Awaitable[None]]) -> NatsClient:
    """A connection that finds another server whenever it breaks, and then calls `came_back`.

    Raises `StoreUnreachable`, `StoreRefused`, `StoreUnfit` or `InputError`.
    """
    names = ", ".join(map(shown, settings.servers))
    client = NatsClient()
    refused: asyncio.Future[Exception] = asyncio.get_running_loop().create_future()
    last: list[Exception] = []

    async def note(error: Exception) -> None:
        last.append(error)
        if (_is_refusal(error) or isinstance(error, ssl.SSLError)) and not refused.done():
            refused.set_result(error)
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
            tls=_tls(settings),
            user_credentials=_credentials(settings),
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
    if isinstance(error, ssl.SSLError):
        return StoreRefused(
            f"no TLS connection to NATS at {names} could be made ({error.reason or error})",
            "give the servers' CA with --nats-ca, and this relay's certificate with --nats-cert and --nats-key",
        )
    if error is not None and _is_refusal(error):
        return StoreRefused(
            f"NATS at {names} refuses the credentials", "give those of this relay's user with --nats-creds"
        )
    reason = f" ({error})" if isinstance(error, OSError) and error.strerror else ""
    return StoreUnreachable(
        f"NATS at {names} cannot be reached{reason}", "start the servers, or name others with --store nats://HOST:PORT"
    )


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


def _credentials(settings: NatsSettings) -> str | None:
    """The file of credentials, looked at: the library would only say that nothing can be reached."""
    if settings.credentials is None:
        return None
    remedy = "give a file as `nsc generate creds` writes it, readable for the relay's user"
    try:
        text = settings.credentials.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "no text"
        raise InputError(f"the NATS credentials {settings.credentials} cannot be read ({reason})", remedy) from None
    if not ("BEGIN NATS USER JWT" in text and "BEGIN USER NKEY SEED" in text):
        raise InputError(f"{settings.credentials} holds no NATS credentials", remedy)
    return str(settings.credentials)


def _tls(settings: NatsSettings) -> ssl.SSLContext | None:
    if not (settings.ca or settings.cert or any(server.startswith("tls://") for server in settings.servers)):
        return None
    try:
        context = ssl.create_default_context(cafile=str(settings.ca) if settings.ca else None)
        if settings.cert:
            context.load_cert_chain(settings.cert, settings.key)
    except (OSError, ssl.SSLError) as error:
        raise InputError(
            f"the certificates for NATS cannot be used ({error})",
            "give PEM files with --nats-ca, --nats-cert and --nats-key",
        ) from None
    return context


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
