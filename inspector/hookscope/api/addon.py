"""Runs inside mitmproxy, not inside hookscope: leads calls to the named hosts to the gateway. It imports nothing of
ours, nor of mitmproxy.

`HOOKSCOPE_INTERCEPT` holds the gateway's port and the API's name by host, as JSON.
"""

from __future__ import annotations

import json
import os
from typing import Any


def request(flow: Any) -> None:  # Any: mitmproxy's own type, which is not ours to import
    """Lead one call to the gateway, which verifies the API's certificate."""
    wanted = json.loads(os.environ["HOOKSCOPE_INTERCEPT"])
    name = wanted["hosts"].get(flow.request.pretty_host.lower())
    if name is not None:
        flow.request.scheme = "http"
        flow.request.host = "127.0.0.1"
        flow.request.port = wanted["port"]
        flow.request.path = f"/{name}{flow.request.path}"
