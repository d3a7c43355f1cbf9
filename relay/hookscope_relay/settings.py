"""The relay's settings, with the limits that hold unless the operator says otherwise. Durations are seconds, sizes bytes."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias

Away: TypeAlias = Literal["store", "refuse"]

DEFAULT_PORT = 7420
DEADLINE_S = 25.0
MIB = 1024 * 1024
DAY_S = 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much a sender or an inspector may ask for, and how many at a time; each refusal is a problem answer of its own.

    `min_rate` is in bytes a second, once `slack_s` have passed. Of deliveries and bytes in flight there is a limit for each endpoint
    and one for the whole relay; of replies that are still arriving, one for each session and one for all.
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
    endpoint_bytes: int = 64 * MIB
    bytes: int = 96 * MIB
    session_reply_bytes: int = 64 * MIB
    reply_bytes: int = 96 * MIB
    sessions: int = 16
    endpoints: int = 100_000
    unused_s: float = 90 * DAY_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """How often: deliveries and upgrades a second, endpoints opened for the first time an hour, frames from a session a second.

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
class RelaySettings:
    """How one relay runs. `public_url` is the origin that senders and inspectors dial; empty for a relay that is its own front.

    `database` is None for a log that lives in memory only. `port` 0 takes a free one; `port_fixed` says that the user chose it.
    `metrics_bind` is the address and port of a listener for metrics alone; without it they are on the relay's own, for loopback only.
    """

    bind: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    port_fixed: bool = True
    public_url: str = ""
    allowed_hosts: tuple[str, ...] = ()
    trusted_proxies: tuple[str, ...] = ()
    tls_cert: Path | None = None
    tls_key: Path | None = None
    database: Path | None = None
    deadline_s: float = DEADLINE_S
    away: Away = "store"
    allow_browsers: bool = False
    access_token: str = field(default="", repr=False)
    metrics_bind: tuple[str, int] | None = None
    limits: Limits = Limits()
    rates: Rates = Rates()
    retention: Retention = Retention()
