"""What the screen finds out for itself: which providers and secrets there are, and whether anything listens at the handler's address."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from textual import work

from hookscope.config.settings import Settings
from hookscope.tui.engine.inbox import Inbox
from hookscope.tui.engine.offers import NEWEST, seen_values
from hookscope.tui.engine.ports import Reader
from hookscope.tui.engine.reachability import is_reachable
from hookscope.tui.engine.state import Session
from hookscope.tui.presentation.empty import KnownSecret
from hookscope.tui.screens.work import WorkingScreen
from hookscope.tui.widgets.filter_line import FilterLine
from hookscope_relay.errors import HookscopeError

if TYPE_CHECKING:
    from hookscope.store.captures import CaptureStore


class Surroundings(WorkingScreen):
    """Knows the session, its settings and its store; `found_out` is called when something is known that was not."""

    def __init__(self, store: Reader, inbox: Inbox, settings: Settings) -> None:
        super().__init__()
        self.store = store
        self.settings = settings
        self.session = Session()
        self.secrets: tuple[KnownSecret, ...] | None = None
        self.inbox = inbox

    def found_out(self) -> None:
        """Show what is known now."""

    @property
    def writable_store(self) -> CaptureStore:
        """The store, for work that adds attempts beside the session."""
        from hookscope.store.captures import CaptureStore

        assert isinstance(self.store, CaptureStore)
        return self.store

    def providers(self) -> tuple[str, ...]:
        """The names of all providers that are known here."""
        from hookscope.providers.registry import all_providers

        return all_providers(self.settings.user, self.settings.project).names

    @work(thread=True, exclusive=True, group="offers")
    def offer_values(self) -> None:
        """Read what a filter could ask for, and offer it in the filter line."""
        values = seen_values(self.store.summaries(limit=NEWEST), self.providers())
        self.later(lambda: self.query_one(FilterLine).know(values))

    # Secrets

    @work(thread=True, exclusive=True, group="secrets")
    def read_secrets(self) -> None:
        """Read which secrets are known; a keyring may take its time."""
        from hookscope.secrets.kept import load_secrets

        name = self.settings.values.get("dotenv")
        try:
            found = load_secrets(self.settings.environ, self.settings.places, Path(name) if name else None)
        except HookscopeError:  # the session itself refuses to start with such a file, and says so
            found = ()
        known = tuple(KnownSecret(secret.provider, secret.name, secret.fingerprint) for secret in found)
        self.later(self._know_secrets, known)

    def _know_secrets(self, known: tuple[KnownSecret, ...]) -> None:
        self.secrets = known
        self.found_out()

    # The handler

    def look_for_handler(self) -> None:
        """Ask whether anything listens at the handler's address."""
        if self.session.handler:
            self._probe(self.session.handler)

    @work(thread=True, exclusive=True, group="probe")
    def _probe(self, handler: str) -> None:
        self.later(self._probed, is_reachable(handler))

    def _probed(self, reachable: bool | None) -> None:
        if reachable != self.session.reachable:
            self.session = self.inbox.amend(lambda session: replace(session, reachable=reachable))
            self.found_out()
