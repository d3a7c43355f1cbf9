"""`hookscope listen`: the main job."""

from __future__ import annotations

from hookscope.commands import options
from hookscope.commands.command import Argument, Command
from hookscope.config.option import Option
from hookscope.config.settings import Settings

API_FAULT = Option(
    name="api-fault",
    help=(
        "play a fault in an API's place, such as `notion: 429 after 3/s`, `notion: 403 on POST /v1/comments` or "
        "`notion: slow 4s`"
    ),
    repeat=True,
    metavar="FAULT",
)

LISTEN_OPTIONS = (
    Option(name="relay", help="the relay's URL; without one an embedded relay on loopback is started", metavar="URL"),
    options.ENDPOINT,
    Option(name="port", kind="whole", help="the embedded relay's port", metavar="PORT"),
    Option(
        name="allow-host",
        help="another host name that the embedded relay serves",
        repeat=True,
        metavar="NAME",
        widens_trust=True,
    ),
    Option(
        name="public-url",
        help="the embedded relay's public URL, where a proxy or tunnel of yours is in front",
        metavar="URL",
    ),
    options.TRUSTED_PROXY,
    Option(
        name="public",
        help=(
            "a public address for the embedded relay, by a tunnel program on this machine: cloudflared, tailscale,"
            " ngrok, zrok, localhost.run, ssh:USER@HOST[:PORT], or auto for the first that is installed"
        ),
        implied="auto",
        metavar="PROGRAM",
        widens_trust=True,
    ),
    options.ROUTE,
    options.HOST,
    options.SET_HEADER,
    Option(name="rate", kind="rate", help="hand over so many in a time, such as 3/s or 90/min", metavar="RATE"),
    Option(name="concurrency", kind="whole", help="hand over so many at a time", metavar="COUNT"),
    options.TRANSFORM,
    Option(
        name="retry",
        kind="whole",
        help="try so many times more while the handler is down or answers 503 or 429",
        metavar="COUNT",
    ),
    Option(
        name="to",
        help="the handler where HANDLER is not given: for configuration files",
        metavar="HANDLER",
    ),
    options.ONLY_PATH,
    Option(
        name="only-from",
        help="forward deliveries from this address or network only; may be repeated",
        metavar="NETWORK",
        repeat=True,
    ),
    Option(
        name="timeout",
        kind="duration",
        help="how long a forward may take, else 0.5 s under what the sender waits;"
        " on the line, how long --until waits, too, else 60s",
        metavar="TIME",
    ),
    Option(
        name="deadline",
        kind="duration",
        help="how long the embedded relay lets a sender wait",
        default=25.0,
        metavar="TIME",
    ),
    Option(
        name="answer",
        kind="whole",
        help="answer the sender at once with this status, forward afterwards",
        metavar="STATUS",
    ),
    Option(name="respond", help="the answer while there is no handler", default="200", metavar="STATUS[:BODY]"),
    Option(
        name="until",
        help="end when a delivery comes that meets this filter: with 0, with 1 when it came and ended otherwise,"
        " or with 13 after --timeout",
        metavar="FILTER",
    ),
    options.COUNT,
    Option(name="watch", kind="flag", help="capture only, and leave answering to others on this endpoint"),
    Option(
        name="share",
        kind="flag",
        help="give the handler a copy of what another session on this endpoint answers",
    ),
    Option(name="take-over", kind="flag", help="answer in the place of the session that does now"),
    Option(
        name="label",
        help="what other sessions on this endpoint are told of this one; else USER@HOST",
        metavar="NAME",
    ),
    Option(name="provider", help="take every delivery for this provider's", metavar="NAME"),
    Option(name="yes", kind="flag", help="keep a verification token as the provider's signing secret without asking"),
    options.PARAM,
    options.DOTENV,
    options.PRESERVE_HOST,
    Option(name="forwarded", kind="flag", help="add X-Forwarded-For, -Proto, -Host and -Prefix", default=True),
    Option(name="websocket", kind="flag", help="pass WebSockets on to the handler", default=True),
    Option(name="stream-requests", kind="flag", help="hand requests to the handler while they arrive"),
    options.INSECURE,
    options.ALLOW_REMOTE,
    Option(
        name="away",
        help="what the relay does while nobody listens",
        choices=("store", "refuse"),
        metavar="store|refuse",
    ),
    Option(
        name="away-status", kind="whole", help="the status for stored deliveries while nobody listens", metavar="STATUS"
    ),
    Option(name="new", kind="flag", help="at the first start, leave out what came before"),
    Option(name="forward-backlog", kind="flag", help="forward what came while you were away, or is still held"),
    Option(
        name="max-backlog",
        kind="whole",
        help="refuse to forward a backlog larger than this",
        default=100,
        metavar="COUNT",
    ),
    Option(
        name="expect-every",
        kind="duration",
        help="say so when nothing has arrived for this long, though it did before",
        metavar="TIME",
    ),
    options.API,
    options.API_PORT,
    API_FAULT,
    Option(name="exit-on-disconnect", kind="flag", help="end with exit code 12 when the connection is lost"),
    Option(name="plain", kind="flag", help="print lines instead of opening the screen"),
    Option(name="web", kind="flag", help="show the screen in a browser on this machine, in as many tabs as you like"),
    Option(name="web-port", kind="whole", help="the port of --web on this machine", default=7422, metavar="PORT"),
    options.ALLOW_PLAIN_RELAY,
    options.ACCESS_TOKEN_FILE,
    options.RELAY_CA,
    options.JSON,
)


def run(settings: Settings) -> int:
    """Listen until stopped."""
    from hookscope.apps.listen import listen

    return listen(settings)


COMMAND = Command(
    name="listen",
    summary="capture deliveries, hand them to your handler, and show what went wrong",
    description=(
        "Opens the endpoint, captures every delivery, forwards it to HANDLER, answers its sender and explains the"
        " outcome."
    ),
    arguments=(
        Argument(
            name="handler",
            help="3000, host:port, 3000/path or a URL; without one hookscope captures only",
            count="optional",
        ),
    ),
    options=LISTEN_OPTIONS,
    run=run,
)
