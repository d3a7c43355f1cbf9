"""Which relay a command may dial, and what it may show there:
plain http and access tokens go no further than their user said."""

from __future__ import annotations

import ssl
from pathlib import Path

from hookscope.config.authorities import trusting
from hookscope.config.look_up import USER_FILE
from hookscope.config.project import PROJECT_FILE
from hookscope.config.regular_file import read_regular
from hookscope.config.settings import Settings
from hookscope.model.errors import RefusedForSafety
from hookscope.tunnel.reach import is_loopback
from hookscope_relay.errors import InputError
from hookscope_relay.hosts import parse_public_url

TOKEN_BYTES = 64 * 1024


def check_relay(settings: Settings) -> str:
    """The relay's origin, empty for none; `RefusedForSafety` for plain http beyond this machine that was not
    allowed."""
    return check_origin(settings, "relay")


def check_origin(settings: Settings, name: str) -> str:
    """The origin that an option names, empty for none; as `check_relay`. The settings have `allow-plain-relay`."""
    if not settings.text(name):
        return ""
    origin = parse_public_url(settings.text(name))
    if origin.startswith("http:") and not is_loopback(origin) and not settings.flag("allow-plain-relay"):
        raise RefusedForSafety(
            f"{origin} is plain http: deliveries and their secrets would cross the network in clear",
            "use https, or give --allow-plain-relay",
        )
    return origin


def read_access_token(settings: Settings) -> str:
    """The access token that the user gave: of the environment, or of the file that was named; empty for none."""
    if token := settings.environ.get("HOOKSCOPE_ACCESS_TOKEN"):
        return token.strip()
    name = settings.text("access-token-file")
    return _token_of(name) if name else ""


def token_for_relay(settings: Settings) -> tuple[str, str]:
    """The access token for the relay that is dialled, empty for none;
    and why one that is there is not shown to that relay.

    A token goes to the relay that its user named: never to an embedded one, which asks for none, nor to one that only a
    project's file names, and one of the user's own file not to another relay than that file's.
    """
    token = read_access_token(settings)
    if not settings.text("relay") or not token:
        return "", ""
    relay = parse_public_url(settings.text("relay"))
    own = _own_relay(settings)
    if own == relay:
        return token, ""
    if settings.sources.get("relay") == "project":
        return (
            "",
            f"{relay} is named by {PROJECT_FILE} alone: your access token is not shown to it; name it with --relay",
        )
    is_of_file = not settings.environ.get("HOOKSCOPE_ACCESS_TOKEN") and settings.sources["access-token-file"] == "user"
    if own and is_of_file:
        return (
            "",
            f"the access token of your {USER_FILE} is for {own} and not shown to {relay}; give --access-token-file",
        )
    return token, ""


def relay_tls(settings: Settings) -> ssl.SSLContext | None:
    """What TLS to the relay needs: the certificates that --relay-ca names, else those that this machine trusts; None
    where no relay is given. `InputError` for a file that cannot be read."""
    name = settings.text("relay-ca")
    if not name:
        return trusting(settings.environ) if settings.text("relay") else None
    try:
        return ssl.create_default_context(cafile=name)
    except (OSError, ssl.SSLError) as error:
        raise InputError(
            f"the certificate authority {name} cannot be read ({_reason_of(error)})", "give a PEM file"
        ) from None


def _own_relay(settings: Settings) -> str:
    """The relay that the user's own file names; empty for none."""
    table = settings.user.get("listen")
    own = (table.get("relay") if isinstance(table, dict) else None) or settings.user.get("relay")
    return parse_public_url(str(own)) if own else ""


def _token_of(name: str) -> str:
    remedy = "check --access-token-file"
    try:
        token = read_regular(Path(name), TOKEN_BYTES, remedy).decode("utf-8").strip()
    except UnicodeDecodeError as error:
        raise InputError(f"the access token file {name} cannot be read ({error})", remedy) from None
    except InputError as error:
        raise InputError(f"the access token file {error.what}", remedy) from None
    if not token:
        raise InputError(f"the access token file {name} is empty", "write the token into it, or leave the option off")
    return token


def _reason_of(error: Exception) -> str:
    """Why a file cannot be read, without the numbers of the system."""
    return getattr(error, "strerror", None) or str(error)
