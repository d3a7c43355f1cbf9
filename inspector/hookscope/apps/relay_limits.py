"""Each limit of a relay as one row: its option, the field that it sets, and what it says in `--help`."""

from __future__ import annotations

from typing import Any, NamedTuple

from hookscope.config.option import Option
from hookscope.config.settings import Settings
from hookscope.config.values import Kind, parse_bytes
from hookscope.tunnel.frames import MAX_DELIVERY_BYTES, SLACK_BYTES
from hookscope_relay.errors import InputError
from hookscope_relay.settings import PUBLIC_RATES, Limits, Rates, Retention

METAVARS: dict[Kind, str] = {"bytes": "SIZE", "whole": "COUNT", "duration": "TIME", "number": "NUMBER"}


class LimitRow(NamedTuple):
    """A number that the operator may set."""

    option: str
    kind: Kind
    field: str
    help: str


KEEPS = (
    LimitRow("keep-age", "duration", "age_s", "how long a delivery is kept"),
    LimitRow("keep-count", "whole", "count", "how many deliveries an endpoint keeps"),
    LimitRow("keep-bytes", "bytes", "bytes", "how much an endpoint keeps"),
    LimitRow("keep-total", "bytes", "total_bytes", "how much the whole log keeps"),
)
# What a limit is called here is its label in the metrics.
SIZES = (
    LimitRow("max-body", "bytes", "body_bytes", "the largest body"),
    LimitRow("max-answer", "bytes", "answer_bytes", "the largest answer of a handler"),
    LimitRow("max-target", "bytes", "target_bytes", "the longest request target"),
    LimitRow("max-header", "bytes", "field_bytes", "the largest header"),
    LimitRow("max-header-bytes", "bytes", "header_bytes", "the largest size of all headers together"),
    LimitRow("max-headers", "whole", "header_count", "how many headers"),
    LimitRow("header-time", "duration", "head_s", "how long the headers may take to arrive"),
    LimitRow("body-time", "duration", "body_s", "how long a body may take to arrive"),
    LimitRow("min-rate", "bytes", "min_rate", "the slowest that a body may arrive, a second; 0 for none"),
)
RATES = (
    LimitRow("endpoint-rate", "number", "endpoint", "requests a second for one endpoint; 0 for no limit"),
    LimitRow("address-rate", "number", "address", "requests a second from one address (IPv6: a /64); 0 for no limit"),
    LimitRow(
        "upgrade-rate", "number", "upgrades", "inspectors that dial in, a second from one address; 0 for no limit"
    ),
    LimitRow("frame-rate", "number", "frames", "messages a second that are read from one inspector; 0 for no limit"),
    LimitRow(
        "new-endpoints",
        "number",
        "new_endpoints_an_hour",
        "endpoints opened for the first time, an hour from one address; 0 for no limit",
    ),
)
COUNTS = (
    LimitRow("max-endpoints", "whole", "endpoints", "how many endpoints"),
    LimitRow("unused-after", "duration", "unused_s", "when an empty endpoint that nobody opened any more is forgotten"),
    LimitRow("max-sessions", "whole", "sessions", "inspectors on one endpoint"),
    LimitRow(
        "max-connections",
        "whole",
        "connections",
        "connections at a time; one that waits idle makes room for a new one",
    ),
    LimitRow("max-connections-address", "whole", "address_connections", "connections of one address at a time"),
    LimitRow(
        "max-heads",
        "bytes",
        "heads_bytes",
        "bytes of request heads that have not ended, at a time; the one that began first goes",
    ),
    LimitRow(
        "max-unread",
        "bytes",
        "unread_bytes",
        "bytes of bodies that came and are not taken in yet, at a time; the one with most of them goes",
    ),
    LimitRow(
        "max-streams-endpoint",
        "whole",
        "endpoint_streams",
        "answers of one endpoint that are written as they come, and WebSockets, at a time",
    ),
    LimitRow("max-streams", "whole", "streams", "the same, in all"),
    LimitRow("max-stream", "bytes", "stream_bytes", "bytes of one such"),
    LimitRow("stream-idle", "duration", "stream_idle_s", "how long one such may be silent"),
    LimitRow("max-deliveries-endpoint", "whole", "endpoint_deliveries", "deliveries of one endpoint at a time"),
    LimitRow("max-deliveries", "whole", "deliveries", "deliveries at a time"),
    LimitRow(
        "max-in-flight-endpoint",
        "bytes",
        "endpoint_bytes",
        "bytes of one endpoint's bodies at a time, until they are kept",
    ),
    LimitRow("max-in-flight", "bytes", "bytes", "bytes of bodies at a time, until they are kept"),
    LimitRow(
        "max-replies-session",
        "bytes",
        "session_reply_bytes",
        "bytes of one inspector's answers that arrive in pieces, at a time",
    ),
    LimitRow("max-replies", "bytes", "reply_bytes", "bytes of answers that arrive in pieces, at a time"),
)
LIMITS = SIZES + COUNTS


def _written(count: int) -> str:
    """A size as a person would write it."""
    unit, name = next(
        (unit, name)
        for unit, name in ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB"), (1, ""))
        if not count % unit
    )
    return f"{count // unit}{name}"


def _options(rows: tuple[LimitRow, ...], defaults: object, *, widens_trust: bool = False) -> tuple[Option, ...]:
    options = []
    for row in rows:
        default = getattr(defaults, row.field)
        options.append(
            Option(
                name=row.option,
                kind=row.kind,
                help=row.help,
                default=_written(int(default)) if row.kind == "bytes" else default,
                metavar=METAVARS[row.kind],
                widens_trust=widens_trust,
            )
        )
    return tuple(options)


KEEP_OPTIONS = _options(KEEPS, Retention(), widens_trust=True)
LIMIT_OPTIONS = _options(SIZES, Limits()) + _options(RATES, PUBLIC_RATES) + _options(COUNTS, Limits())


def read_limits(settings: Settings) -> Limits:
    """The limits that the settings name; `InputError` for two of which one lets nothing through the other."""
    limits = Limits(**_read(settings, LIMITS))
    for smaller, larger in (("max-body", "max-in-flight-endpoint"), ("max-answer", "max-replies-session")):
        if _size(settings, smaller) > _size(settings, larger) > 0:
            raise InputError(f"--{smaller} is larger than --{larger}", "one that large could never arrive; raise both")
    if limits.body_bytes + limits.header_bytes + SLACK_BYTES > MAX_DELIVERY_BYTES:
        raise InputError(
            f"--max-body is more than the {MAX_DELIVERY_BYTES >> 20} MiB of a whole delivery that an inspector takes",
            "give 32MiB or less",
        )
    return limits


def read_rates(settings: Settings) -> Rates:
    """The rates that the settings name; `InputError` for what is none."""
    found = _read(settings, RATES)
    for row in RATES:
        if not 0 <= found[row.field] < float("inf"):
            raise InputError(
                f"--{row.option} {settings.text(row.option)} is no rate", "give a number above 0, or 0 for no limit"
            )
    return Rates(**found)


def read_retention(settings: Settings) -> Retention:
    """How much the settings have kept."""
    return Retention(**_read(settings, KEEPS))


def _read(settings: Settings, rows: tuple[LimitRow, ...]) -> dict[str, Any]:  # Any: whole and broken numbers
    read = {"bytes": _size, "whole": Settings.whole, "duration": Settings.number, "number": Settings.number}
    return {row.field: read[row.kind](settings, row.option) for row in rows}


def _size(settings: Settings, name: str) -> int:
    """Bytes; a default is written as a person would."""
    return parse_bytes(str(settings[name]))
