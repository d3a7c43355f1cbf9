"""The relay's settings, with the limits that hold unless the operator says otherwise.

Durations are seconds, sizes bytes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias

from hookscope_relay.errors import InputError

Away: TypeAlias = Literal["store", "refuse"]

DEFAULT_PORT = 7420
DEADLINE_S = 25.0
MIB = 1024 * 1024
DAY_S = 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much a sender or an inspector may ask for, and how many at a time;
    each refusal is a problem answer of its own.

    `min_rate` is in bytes a second, once `slack_s` have passed. Of deliveries and bytes in flight there is a limit for
    each endpoint and one for the whole relay; of replies that are still arriving, one for each session and one for all.
    `heads_bytes` is of all heads that have begun and not ended, `unread_bytes` of what came of bodies and nobody has
    taken in yet. `stream_idle_s` is how long an answer that is written as it comes may stand still, or an upgraded
    connection be silent, `stream_bytes` how long it may get.
    """

    body_bytes: int = 25 * MIB
    answer_bytes: int = 25 * MIB
    target_bytes: int = 16 * 1024
    field_bytes: int = 32 * 1024
    header_bytes: int = 128 * 1024
    header_count: int = 200
    idle_s: float = 20.0
    head_s: float = 10.0
    body_s: float = 30.0
    min_rate: float = 1024.0
    slack_s: float = 5.0
    linger_s: float = 2.0
    endpoint_deliveries: int = 256
    deliveries: int = 2048
    endpoint_bytes: int = 52 * MIB
    bytes: int = 64 * MIB
    session_reply_bytes: int = 64 * MIB
    reply_bytes: int = 96 * MIB
    sessions: int = 16
    connections: int = 4096
    address_connections: int = 512
    heads_bytes: int = 16 * MIB
    unread_bytes: int = 16 * MIB
    endpoint_streams: int = 256
    streams: int = 1024
    stream_idle_s: float = 300.0
    stream_bytes: int = 8192 * MIB
    endpoints: int = 100_000
    unused_s: float = 90 * DAY_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """How often: deliveries and upgrades a second, endpoints opened for the first time an hour,
    frames from a session a second.

    0 is no limit, as for a relay that serves one person on their own machine.
    """

    endpoint: float = 0.0
    address: float = 0.0
    upgrades: float = 0.0
    new_endpoints_an_hour: float = 0.0
    frames: float = 0.0


# For a relay that strangers reach.
PUBLIC_RATES = Rates(endpoint=100.0, address=200.0, upgrades=10.0, new_endpoints_an_hour=20.0, frames=4000.0)


@dataclass(frozen=True, slots=True)
class Retention:
    """How much is kept: per endpoint by age, count and bytes, and in bytes for the whole log."""

    age_s: float = 3 * DAY_S
    count: int = 10_000
    bytes: int = 256 * MIB
    total_bytes: int = 8 * 1024 * MIB


@dataclass(frozen=True, slots=True, kw_only=True)
class NatsSettings:
    """NATS servers that keep the log, for relays that share it.

    `servers` are URLs, which may hold a password. `journal` is the file that takes deliveries while the cluster cannot.
    `monitors` are the servers' own pages, where they say whether they sync; without them the usual port is tried.
    Relays of one `space` share a log.
    """

    servers: tuple[str, ...] = field(repr=False)
    journal: Path
    credentials: Path | None = None
    ca: Path | None = None
    cert: Path | None = None
    key: Path | None = None
    replicas: int = 3
    monitors: tuple[str, ...] = ()
    accept_lazy_sync: bool = False
    space: str = "hookscope"
    journal_bytes: int = 1024 * MIB


@dataclass(frozen=True, slots=True, kw_only=True)
class RelaySettings:
    """How one relay runs.

    `public_url` is where senders and inspectors dial; empty for a relay that is its own front. `subdomains` says that
    the names below its host lead here too: endpoints are then told those as their URLs.

    `database` is None for a log that lives in memory only; `nats` is where nodes share one. `port` 0 takes a free one;
    `port_fixed` says that the user chose it. `metrics_bind` is the address and port of a listener for metrics alone;
    without it they are on the relay's own, for loopback only.
    """

    bind: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    port_fixed: bool = True
    public_url: str = ""
    subdomains: bool = False
    allowed_hosts: tuple[str, ...] = ()
    trusted_proxies: tuple[str, ...] = ()
    tls_cert: Path | None = None
    tls_key: Path | None = None
    database: Path | None = None
    nats: NatsSettings | None = None
    deadline_s: float = DEADLINE_S
    away: Away = "store"
    allow_browsers: bool = False
    access_token: str = field(default="", repr=False)
    metrics_bind: tuple[str, int] | None = None
    limits: Limits = Limits()
    rates: Rates = Rates()
    retention: Retention = Retention()


# Which numbers the settings may hold: one that would lose or refuse everything is told at the start, by its option's
# name.
MAX_PORT = 65535

# Fields of `Limits` and `Retention`, with the option that sets each: all must be above 0. A slowest rate of 0 is none.
LIMIT_OPTIONS = {
    "body_bytes": "max-body",
    "answer_bytes": "max-answer",
    "target_bytes": "max-target",
    "field_bytes": "max-header",
    "header_bytes": "max-header-bytes",
    "header_count": "max-headers",
    "head_s": "header-time",
    "body_s": "body-time",
    "endpoint_deliveries": "max-deliveries-endpoint",
    "deliveries": "max-deliveries",
    "endpoint_bytes": "max-in-flight-endpoint",
    "bytes": "max-in-flight",
    "session_reply_bytes": "max-replies-session",
    "reply_bytes": "max-replies",
    "sessions": "max-sessions",
    "connections": "max-connections",
    "address_connections": "max-connections-address",
    "heads_bytes": "max-heads",
    "unread_bytes": "max-unread",
    "endpoint_streams": "max-streams-endpoint",
    "streams": "max-streams",
    "stream_idle_s": "stream-idle",
    "stream_bytes": "max-stream",
    "endpoints": "max-endpoints",
    "unused_s": "unused-after",
}
RETENTION_OPTIONS = {"age_s": "keep-age", "count": "keep-count", "bytes": "keep-bytes", "total_bytes": "keep-total"}


def check_numbers(settings: RelaySettings) -> None:
    """Raise `InputError` for a number that makes no sense."""
    if not 0 <= settings.port <= MAX_PORT:
        raise InputError(f"port {settings.port} is none", "give a port from 1 to 65535, or 0 for a free one")
    if not settings.deadline_s > 0:
        raise InputError(f"a deadline of {settings.deadline_s:g} s lets no sender wait", "give one such as 25s")
    if settings.subdomains and not _may_have_subdomains(settings.public_url):
        raise InputError(
            f"--subdomains needs a --public-url of a host name alone, and it is {settings.public_url or 'not given'}",
            "leave it out, or give one such as https://relay.example.org",
        )
    for name, option in LIMIT_OPTIONS.items():
        _check_above_nothing(option, getattr(settings.limits, name), "makes no sense")
    for name, option in RETENTION_OPTIONS.items():
        _check_above_nothing(option, getattr(settings.retention, name), "would keep nothing")
    if not settings.limits.min_rate >= 0:
        raise InputError(f"--min-rate {settings.limits.min_rate:g} is no rate", "give one such as 1KiB, or 0 for none")


def _may_have_subdomains(url: str) -> bool:
    _, _, rest = url.partition("://")
    host = rest.partition(":")[0]
    return bool(host) and "/" not in rest and "[" not in rest and not host.replace(".", "").isdigit()


def _check_above_nothing(option: str, value: float, effect: str) -> None:
    if not value > 0:
        raise InputError(f"--{option} {value:g} {effect}", "give a number above 0")
