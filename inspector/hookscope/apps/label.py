"""What other sessions of an endpoint are told of this one."""

from __future__ import annotations

import getpass
import socket

from hookscope.config.settings import Settings
from hookscope.text.safe import safe_text
from hookscope_relay.wire import MAX_LABEL


def own_label(settings: Settings) -> str:
    """What other sessions are told of this one: the label that was given, else the user's name and the machine's."""
    if settings.given("label"):
        return safe_text(settings.text("label"))[:MAX_LABEL]
    try:
        user = getpass.getuser()
    except (OSError, KeyError):  # in a container there may be a number only
        user = ""
    return safe_text(f"{user}@{socket.gethostname().partition('.')[0]}".removeprefix("@"))[:MAX_LABEL]
