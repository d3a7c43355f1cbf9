"""`hookscope relay`: the public relay."""

from __future__ import annotations

from hookscope.commands import options
from hookscope.commands.command import Argument, Command
from hookscope.config.option import Option
from hookscope.config.settings import Settings
from hookscope_relay.settings import DEFAULT_PORT, PUBLIC_RATES, Limits, Retention

LIMITS = Limits()
RETENTION = Retention()


def _size(count: int) -> str:
    """A size as a person would write it."""
    unit, name = next(
        (unit, name)
        for unit, name in ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB"), (1, ""))
        if not count % unit
    )
    return f"{count // unit}{name}"


OPTIONS = (
    Option(name="bind", help="the address to listen on", default="127.0.0.1", metavar="ADDRESS"),
    Option(name="port", kind="whole", help="the port to listen on", default=DEFAULT_PORT, metavar="PORT"),
    Option(
        name="public-url",
        help="where senders and inspectors dial, such as https://relay.example.org, or https://example.org/hooks",
        metavar="URL",
    ),
    Option(
        name="subdomains",
        kind="flag",
        help="tell endpoints https://ENDPOINT.HOST as their URLs: wildcard DNS and certificate are there",
    ),
    Option(name="tls-cert", help="a PEM certificate chain, to serve https without a proxy", metavar="FILE"),
    Option(name="tls-key", help="the PEM key of --tls-cert", metavar="FILE"),
    options.TRUSTED_PROXY,
    Option(name="database", help="the log's database; in the state directory unless given", metavar="FILE"),
    Option(
        name="store",
        help="keep the log on these NATS servers, which any number of relays share; several with commas",
        metavar="nats://HOST:PORT",
        widens_trust=True,
    ),
    Option(
        name="nats-creds",
        help="the credentials file of this relay's NATS user",
        metavar="FILE",
        widens_trust=True,
    ),
    Option(name="nats-ca", help="the PEM certificates that NATS servers are checked with", metavar="FILE"),
    Option(name="nats-cert", help="the PEM certificate chain that this relay shows to NATS servers", metavar="FILE"),
    Option(name="nats-key", help="the PEM key of --nats-cert", metavar="FILE"),
    Option(name="nats-replicas", kind="whole", help="on how many NATS servers each delivery is", default=3),
    Option(
        name="nats-monitor",
        help="the monitoring page of a NATS server, where it says whether it syncs; port 8222 of each unless given",
        repeat=True,
        metavar="URL",
        widens_trust=True,
    ),
    Option(
        name="accept-lazy-sync",
        kind="flag",
        help="use NATS servers that acknowledge before they have written to the disk",
        widens_trust=True,
    ),
    Option(
        name="journal",
        help="what takes deliveries while NATS cannot; in the state directory unless given",
        metavar="FILE",
        widens_trust=True,
    ),
    Option(name="memory", kind="flag", help="keep the log in memory only: what is stored ends with the process"),
    Option(
        name="deadline", kind="duration", help="how long a sender may wait for an answer", default=25.0, metavar="TIME"
    ),
    Option(
        name="away",
        help="what to do with deliveries for new endpoints while nobody listens",
        default="store",
        choices=("store", "refuse"),
        metavar="store|refuse",
    ),
    Option(name="allow-browsers", kind="flag", help="let browsers open endpoints as pages", widens_trust=True),
    Option(
        name="access-token-file",
        help="a file with the token that inspectors must show",
        metavar="FILE",
        widens_trust=True,
    ),
    Option(
        name="metrics-bind",
        help="serve metrics here instead of on the relay's own port for loopback",
        metavar="ADDRESS:PORT",
        widens_trust=True,
    ),
    Option(name="json", kind="flag", help="log JSON lines"),
    Option(name="log-deliveries", kind="flag", help="log a line for every delivery"),
)

KEEP_OPTIONS = (
    Option(
        name="keep-age",
        kind="duration",
        help="how long a delivery is kept",
        default=RETENTION.age_s,
        metavar="TIME",
        widens_trust=True,
    ),
    Option(
        name="keep-count",
        kind="whole",
        help="how many deliveries an endpoint keeps",
        default=RETENTION.count,
        metavar="COUNT",
        widens_trust=True,
    ),
    Option(
        name="keep-bytes",
        kind="bytes",
        help="how much an endpoint keeps",
        default=_size(RETENTION.bytes),
        metavar="SIZE",
        widens_trust=True,
    ),
    Option(
        name="keep-total",
        kind="bytes",
        help="how much the whole log keeps",
        default=_size(RETENTION.total_bytes),
        metavar="SIZE",
        widens_trust=True,
    ),
)

# What a limit is called here is its label in the metrics.
LIMIT_OPTIONS = (
    Option(name="max-body", kind="bytes", help="the largest body", default=_size(LIMITS.body_bytes), metavar="SIZE"),
    Option(
        name="max-answer",
        kind="bytes",
        help="the largest answer of a handler",
        default=_size(LIMITS.answer_bytes),
        metavar="SIZE",
    ),
    Option(
        name="max-target",
        kind="bytes",
        help="the longest request target",
        default=_size(LIMITS.target_bytes),
        metavar="SIZE",
    ),
    Option(
        name="max-header", kind="bytes", help="the largest header", default=_size(LIMITS.field_bytes), metavar="SIZE"
    ),
    Option(
        name="max-header-bytes",
        kind="bytes",
        help="the largest size of all headers together",
        default=_size(LIMITS.header_bytes),
        metavar="SIZE",
    ),
    Option(name="max-headers", kind="whole", help="how many headers", default=LIMITS.header_count, metavar="COUNT"),
    Option(
        name="header-time",
        kind="duration",
        help="how long the headers may take to arrive",
        default=LIMITS.head_s,
        metavar="TIME",
    ),
    Option(
        name="body-time",
        kind="duration",
        help="how long a body may take to arrive",
        default=LIMITS.body_s,
        metavar="TIME",
    ),
    Option(
        name="min-rate",
        kind="bytes",
        help="the slowest that a body may arrive, a second; 0 for none",
        default=_size(int(LIMITS.min_rate)),
        metavar="SIZE",
    ),
    Option(
        name="endpoint-rate",
        kind="number",
        help="requests a second for one endpoint; 0 for no limit",
        default=PUBLIC_RATES.endpoint,
        metavar="NUMBER",
    ),
    Option(
        name="address-rate",
        kind="number",
        help="requests a second from one address (IPv6: a /64); 0 for no limit",
        default=PUBLIC_RATES.address,
        metavar="NUMBER",
    ),
    Option(
        name="upgrade-rate",
        kind="number",
        help="inspectors that dial in, a second from one address; 0 for no limit",
        default=PUBLIC_RATES.upgrades,
        metavar="NUMBER",
    ),
    Option(
        name="frame-rate",
        kind="number",
        help="messages a second that are read from one inspector; 0 for no limit",
        default=PUBLIC_RATES.frames,
        metavar="NUMBER",
    ),
    Option(
        name="new-endpoints",
        kind="number",
        help="endpoints opened for the first time, an hour from one address; 0 for no limit",
        default=PUBLIC_RATES.new_endpoints_an_hour,
        metavar="NUMBER",
    ),
    Option(name="max-endpoints", kind="whole", help="how many endpoints", default=LIMITS.endpoints, metavar="COUNT"),
    Option(
        name="unused-after",
        kind="duration",
        help="when an empty endpoint that nobody opened any more is forgotten",
        default=LIMITS.unused_s,
        metavar="TIME",
    ),
    Option(
        name="max-sessions", kind="whole", help="inspectors on one endpoint", default=LIMITS.sessions, metavar="COUNT"
    ),
    Option(
        name="max-connections",
        kind="whole",
        help="connections at a time; one that waits idle makes room for a new one",
        default=LIMITS.connections,
        metavar="COUNT",
    ),
    Option(
        name="max-connections-address",
        kind="whole",
        help="connections of one address at a time",
        default=LIMITS.address_connections,
        metavar="COUNT",
    ),
    Option(
        name="max-heads",
        kind="bytes",
        help="bytes of request heads that have not ended, at a time; the one that began first goes",
        default=_size(LIMITS.heads_bytes),
        metavar="SIZE",
    ),
    Option(
        name="max-streams-endpoint",
        kind="whole",
        help="answers of one endpoint that are written as they come, and WebSockets, at a time",
        default=LIMITS.endpoint_streams,
        metavar="COUNT",
    ),
    Option(name="max-streams", kind="whole", help="the same, in all", default=LIMITS.streams, metavar="COUNT"),
    Option(
        name="max-stream", kind="bytes", help="bytes of one such", default=_size(LIMITS.stream_bytes), metavar="SIZE"
    ),
    Option(
        name="stream-idle",
        kind="duration",
        help="how long one such may be silent",
        default=LIMITS.stream_idle_s,
        metavar="TIME",
    ),
    Option(
        name="max-deliveries-endpoint",
        kind="whole",
        help="deliveries of one endpoint at a time",
        default=LIMITS.endpoint_deliveries,
        metavar="COUNT",
    ),
    Option(
        name="max-deliveries", kind="whole", help="deliveries at a time", default=LIMITS.deliveries, metavar="COUNT"
    ),
    Option(
        name="max-in-flight-endpoint",
        kind="bytes",
        help="bytes of one endpoint's bodies at a time, until they are kept",
        default=_size(LIMITS.endpoint_bytes),
        metavar="SIZE",
    ),
    Option(
        name="max-in-flight",
        kind="bytes",
        help="bytes of bodies at a time, until they are kept",
        default=_size(LIMITS.bytes),
        metavar="SIZE",
    ),
    Option(
        name="max-replies-session",
        kind="bytes",
        help="bytes of one inspector's answers that arrive in pieces, at a time",
        default=_size(LIMITS.session_reply_bytes),
        metavar="SIZE",
    ),
    Option(
        name="max-replies",
        kind="bytes",
        help="bytes of answers that arrive in pieces, at a time",
        default=_size(LIMITS.reply_bytes),
        metavar="SIZE",
    ),
)


ACTIONS = ("serve", "migrate")


def run(settings: Settings) -> int:
    """Serve until stopped, or move the log to NATS."""
    if settings.text("action") == "migrate":
        from hookscope.apps.relay_migration import move

        return move(settings)
    from hookscope.apps.relay import serve

    return serve(settings)


COMMAND = Command(
    name="relay",
    summary="run the public relay that deliveries come in at",
    description=(
        "Accepts deliveries, keeps them sealed, and passes them to the inspectors of their endpoints. `migrate` moves"
        " the log of --database to the servers of --store."
    ),
    arguments=(Argument(name="action", help="serve (unless given), or migrate", count="optional", choices=ACTIONS),),
    options=OPTIONS + KEEP_OPTIONS + LIMIT_OPTIONS,
    run=run,
)
