"""`hookscope relay`: the public relay."""

from __future__ import annotations

from hookscope.commands.command import Command
from hookscope.settings import Option, Settings

OPTIONS = (
    Option(name="bind", help="the address to listen on", default="127.0.0.1", metavar="ADDRESS"),
    Option(name="port", kind="whole", help="the port to listen on", default=7420, metavar="PORT"),
    Option(
        name="public-url",
        help="the origin that senders and inspectors dial, such as https://relay.example.org",
        metavar="URL",
    ),
    Option(name="tls-cert", help="a PEM certificate chain, to serve https without a proxy", metavar="FILE"),
    Option(name="tls-key", help="the PEM key of --tls-cert", metavar="FILE"),
    Option(
        name="trusted-proxy",
        help="an address or network whose X-Forwarded-* are believed",
        repeat=True,
        metavar="NETWORK",
    ),
    Option(name="database", help="the log's database; in the state directory unless given", metavar="FILE"),
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
    Option(name="max-body", kind="bytes", help="the largest body", default="25MiB", metavar="SIZE"),
    Option(name="body-time", kind="duration", help="how long a body may take to arrive", default=30.0, metavar="TIME"),
    Option(name="allow-browsers", kind="flag", help="let browsers open endpoints as pages"),
    Option(name="access-token-file", help="a file with the token that inspectors must show", metavar="FILE"),
    Option(name="json", kind="flag", help="log JSON lines"),
)


def run(settings: Settings) -> int:
    """Serve until stopped."""
    from hookscope.serving import serve

    return serve(settings)


COMMAND = Command(
    name="relay",
    summary="run the public relay that deliveries come in at",
    description="Accepts deliveries, keeps them sealed, and passes them to the inspectors of their endpoints.",
    options=OPTIONS,
    run=run,
)
