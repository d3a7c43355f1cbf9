"""The demo's sender: signed Notion-style deliveries, sent one after another to the relay's public address."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

from hookscope.apps.demo.handler import TOKEN
from hookscope.model.events import Diagnosed, Event, Ready

PAUSE_S = 0.4
EXPLAINED_WITHIN_S = 10.0


@dataclass(frozen=True, slots=True)
class Scene:
    """One delivery: its path, its event, what it shows, and whether its signature is right."""

    path: str
    event: str
    shows: str
    is_signed_right: bool = True


SCENES = (
    Scene("/correct", "page.created", "a route that is right"),
    Scene("/slash", "page.content_updated", "a redirect to the path with a slash, which no provider follows"),
    Scene("/login-required", "comment.created", "a redirect to a login page"),
    Scene("/csrf", "page.properties_updated", "a framework that refuses for want of a CSRF token"),
    Scene("/reserialised", "page.moved", "a handler that hashes re-serialised JSON"),
    Scene("/correct", "page.deleted", "a delivery signed with another secret", is_signed_right=False),
    Scene("/crash", "page.locked", "a handler that dies"),
    Scene("/slow", "data_source.schema_updated", "a handler that takes 3 s where 2 s are allowed"),
)


def body_of(scene: Scene, number: int) -> bytes:
    """A Notion event with an é in it, in the form that Notion sends."""
    event = {
        "id": f"00000000-0000-4000-8000-{number:012d}",
        "timestamp": time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime()),
        "workspace_id": "13950b26-c203-4f3b-b97d-93ec06319565",
        "workspace_name": "Café Lumière",
        "subscription_id": "29d75c0d-5546-4414-8459-7b7a92f1fc4b",
        "integration_id": "0ef2e755-4912-8096-91c1-00376a88a5ca",
        "type": scene.event,
        "authors": [{"id": "c7c11cca-1d73-471d-9b6e-bdef51470190", "type": "person"}],
        "attempt_number": 1,
        "api_version": "2025-09-03",
        "entity": {"id": f"153104cd-477e-809d-8dc4-{number:012d}", "type": scene.event.partition(".")[0]},
        "data": {"parent": {"id": "0ef104cd-477e-80e1-8571-cfd10e92339a", "type": "page"}},
    }
    return json.dumps(event, separators=(",", ":"), ensure_ascii=False).encode()


def signature_of(body: bytes, is_right: bool = True) -> str:
    """The value of X-Notion-Signature for a body."""
    secret = TOKEN if is_right else TOKEN[::-1]
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


class Play:
    """Waits for `ready`, sends every scene, and calls `ended` when all are explained.

    Listens to the session's events.
    """

    def __init__(self, ended: Callable[[], None]) -> None:
        self._ended = ended
        self._explained = 0
        self._all_explained = threading.Event()

    def __call__(self, event: Event) -> None:
        if isinstance(event, Ready):
            threading.Thread(target=self._send_all, args=(event.url,), name="demo-sender", daemon=True).start()
        elif isinstance(event, Diagnosed):
            self._explained += 1
            if self._explained == len(SCENES):
                self._all_explained.set()

    def _send_all(self, url: str) -> None:
        for number, scene in enumerate(SCENES, 1):
            time.sleep(PAUSE_S)  # so that a person can follow
            with suppress(OSError, HTTPException):
                _send(url, scene, number)
        self._all_explained.wait(EXPLAINED_WITHIN_S)
        self._ended()


def _send(url: str, scene: Scene, number: int) -> None:
    parts = urlsplit(url)
    body = body_of(scene, number)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "notion-style-demo",
        "X-Notion-Signature": signature_of(body, scene.is_signed_right),
    }
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=15)
    try:
        connection.request("POST", parts.path + scene.path, body, headers)
        connection.getresponse().read()
    finally:
        connection.close()
