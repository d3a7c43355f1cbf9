"""What the screen finds out for itself: secrets, whether the handler's address answers, what a filter could ask for."""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from hookscope.config.settings import Settings
from hookscope.model.handler import parse_handler
from hookscope.model.summary import Summary
from hookscope.tui.engine.background import Looker
from hookscope.tui.engine.inbox import Inbox
from hookscope.tui.engine.offers import NEWEST, provider_names, seen_values
from hookscope.tui.engine.ports import Reader
from hookscope.tui.engine.secrets import KnownSecret, known_secrets
from hookscope_relay.errors import InputError

TIMEOUT_S = 1.0
# So many of the newest deliveries are looked at for what other processes did.
OTHERS = 50


class Surroundings:
    """`secrets` is None until they were read. `found` is called when something is known that was not."""

    def __init__(
        self, settings: Settings, store: Reader, inbox: Inbox, looker: Looker, found: Callable[[], object]
    ) -> None:
        self.secrets: tuple[KnownSecret, ...] | None = None
        self._settings = settings
        self._store = store
        self._inbox = inbox
        self._looker = looker
        self._found = found

    def read_secrets(self) -> None:
        """Read which secrets are known."""
        self._looker.look("secrets", lambda: known_secrets(self._settings), self._know_secrets)

    def look_for_handler(self) -> None:
        """Ask whether anything listens at the handler's address."""
        if handler := self._inbox.session.handler:
            self._looker.look("handler", lambda: is_reachable(handler), self.know_handler)

    def know_handler(self, reachable: bool | None) -> None:
        """Keep with the session whether the handler can be reached."""
        if reachable != self._inbox.session.reachable:
            self._inbox.amend(lambda session: replace(session, reachable=reachable))
            self._found()

    def look_for_others(self, show: Callable[[Sequence[Summary]], object]) -> None:
        """Read the newest rows, which other processes add to and change without a word."""
        self._looker.look("others", lambda: self._store.summaries(limit=OTHERS), show)

    def offer_values(self, show: Callable[[Mapping[str, Sequence[str]]], object]) -> None:
        """Read what a filter could ask for."""
        self._looker.look("offers", self._values, show)

    def _values(self) -> Mapping[str, Sequence[str]]:
        return seen_values(self._store.summaries(limit=NEWEST), provider_names(self._settings))

    def _know_secrets(self, known: tuple[KnownSecret, ...]) -> None:
        self.secrets = known
        self._found()


def is_reachable(handler_url: str, timeout: float = TIMEOUT_S) -> bool | None:
    """Whether a connection to the handler can be made now; None for a URL that is none."""
    try:
        handler = parse_handler(handler_url)
    except InputError:
        return None
    try:
        with socket.create_connection((handler.host, handler.port), timeout):
            return True
    except OSError:
        return False
