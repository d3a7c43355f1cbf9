"""The options and arguments that more than one command has: one name means one thing everywhere."""

from __future__ import annotations

from hookscope.commands.command import Argument
from hookscope.config.option import Option

CAPTURE = Argument(name="capture", help="a number, the beginning of an id, or last")

JSON = Option(name="json", kind="flag", help="print JSON instead of text")
FORCE = Option(name="force", kind="flag", help="replace a file that is there with another content")
WHERE = Option(name="where", help="every capture that meets this filter, oldest first", metavar="FILTER")

# Whose a delivery is, and what signs and verifies it

PROVIDER = Option(name="provider", help="take the deliveries for this provider's", metavar="NAME")
SCHEME = Option(name="scheme", help="which of the provider's schemes to sign with", metavar="NAME")
PARAM = Option(
    name="param", help="what else the provider needs, such as webhook_id=…", repeat=True, metavar="NAME=VALUE"
)
DOTENV = Option(name="dotenv", help="read signing secrets from this .env file too", metavar="FILE")
SECRET_FILE = Option(
    name="secret-file", help="a file with the signing secret, or with a key or certificate", metavar="FILE"
)

# To a handler

TO = Option(
    name="to",
    help="the handler to send to, its path in front of the delivery's own; else the one that had it last",
    metavar="HANDLER",
)
ROUTE = Option(
    name="route",
    help="a route: which deliveries go to which handler; may be repeated, and [[route]] in a file says more",
    repeat=True,
    metavar="'FILTER -> HANDLER'",
)
HOST = Option(name="host", help="the Host that handlers read", metavar="NAME")
SET_HEADER = Option(
    name="set-header",
    help="a header that handlers get in the place of the sender's; never Hookscope-*",
    repeat=True,
    metavar="'NAME: VALUE'",
)
TRANSFORM = Option(
    name="transform",
    help="a function of yours that changes each delivery before it is handed over",
    metavar="MODULE:FUNCTION",
)
TIMEOUT = Option(name="timeout", kind="duration", help="how long an answer may take", default=30.0, metavar="TIME")
JUNIT = Option(name="junit", help="write the report as JUnit XML to this file", metavar="FILE")
COUNT = Option(name="count", kind="whole", help="how many are awaited", default=1, metavar="COUNT")
ONLY_PATH = Option(
    name="only-path", help="forward deliveries at or below this path of the handler only", metavar="PREFIX"
)
PRESERVE_HOST = Option(name="preserve-host", kind="flag", help="pass the sender's Host on instead of the handler's")
INSECURE = Option(name="insecure", kind="flag", help="accept a handler's self-signed certificate", widens_trust=True)
ALLOW_REMOTE = Option(name="allow-remote", kind="flag", help="go to a handler on another machine", widens_trust=True)
# What every re-send of a capture takes.
RESEND = (TO, PROVIDER, PARAM, DOTENV, TIMEOUT, INSECURE, ALLOW_REMOTE)

# To a relay

RELAY = Option(name="relay", help="the relay's URL", metavar="URL")
TRUSTED_PROXY = Option(
    name="trusted-proxy",
    help="an address or network whose X-Forwarded-* are believed",
    repeat=True,
    metavar="NETWORK",
    widens_trust=True,
)
ENDPOINT = Option(
    name="endpoint",
    kind="name",
    help="the endpoint's name; each has a key and a URL of its own",
    default="default",
    metavar="NAME",
)
ALLOW_PLAIN_RELAY = Option(
    name="allow-plain-relay", kind="flag", help="accept a relay beyond this machine over plain http", widens_trust=True
)
ACCESS_TOKEN_FILE = Option(
    name="access-token-file",
    help="a file that holds the access token of a private relay",
    metavar="FILE",
    widens_trust=True,
)
RELAY_CA = Option(
    name="relay-ca", help="a PEM file with the relay's own certificate authority", metavar="FILE", widens_trust=True
)

# To APIs

API = Option(
    name="api",
    help=(
        "pass the handler's own calls on to this API, and show them beside the delivery that caused them: notion, "
        "github, stripe, slack, linear, hubspot, shopify, airtable, google, make, or NAME=URL"
    ),
    repeat=True,
    metavar="API",
)
API_PORT = Option(
    name="api-port",
    kind="whole",
    help="the port on this machine at which the handler finds the APIs",
    default=7421,
    metavar="PORT",
)

# Into files

KEEP_BYTES = Option(
    name="keep-bytes",
    kind="flag",
    help="redact nothing in fixtures and keep every byte, for private repositories",
    widens_trust=True,
)
REDACTION_KEY = Option(
    name="redaction-key",
    help="take placeholders from this key file, which a team may share; made if there is none",
    metavar="FILE",
    widens_trust=True,
)
