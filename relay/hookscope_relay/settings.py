"""The relay's settings, with the limits that hold unless the operator says otherwise. Durations are seconds, sizes bytes."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias

Away: TypeAlias = Literal["store", "refuse"]

DEFAULT_PORT = 7420
DEADLINE_S = 25.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a sender or an inspector may ask for; each refusal is a problem answer of its own."""

    body_bytes: int = 25 * 1024 * 1024
    answer_bytes: int = 25 * 1024 * 1024
    target_bytes: int = 16 * 1024
    field_bytes: int = 32 * 1024
    header_bytes: int = 128 * 1024
    header_count: int = 200
    idle_s: float = 20.0
    head_s: float = 10.0
    body_s: float = 30.0
    linger_s: float = 2.0


@dataclass(frozen=True, slots=True)
class Retention:
    """How much is kept: per endpoint by age, count and bytes, and in bytes for the whole log."""

    age_s: float = 3 * 86_400.0
    count: int = 10_000
    bytes: int = 256 * 1024 * 1024
    total_bytes: int = 8 * 1024 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class RelaySettings:
    """How one relay runs. `public_url` is the origin that senders and inspectors dial; empty for a relay that is its own front.

    `database` is None for a log that lives in memory only. `port` 0 takes a free one; `port_fixed` says that the user chose it.
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
    limits: Limits = Limits()
    retention: Retention = Retention()
