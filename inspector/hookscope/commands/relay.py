"""`hookscope relay`: the public relay."""

from __future__ import annotations

from hookscope.apps.relay_limits import KEEP_OPTIONS, LIMIT_OPTIONS
from hookscope.commands import options
from hookscope.commands.command import Argument, Command
from hookscope.config.option import Option
from hookscope.config.settings import Settings
from hookscope_relay.settings import DEFAULT_PORT

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
