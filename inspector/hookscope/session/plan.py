"""What a session is to be, before it runs."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from hookscope.config.settings import Places
from hookscope.model.events import About
from hookscope.model.handler import Handler
from hookscope.model.secret import Secret
from hookscope.providers.registry import Providers
from hookscope.secrets.kept import load_secrets
from hookscope.session.course import Forwarding
from hookscope.tunnel.client import Dialling
from hookscope_relay.keys.endpoint_key import KeyRing

if TYPE_CHECKING:
    from hookscope.api.directory import Api
    from hookscope.api.fault import FaultPlan
    from hookscope.tools.redaction.redactor import Redactor


@dataclass(frozen=True, slots=True, kw_only=True)
class Outward:
    """Which APIs the handler's calls are passed on to, at which port (`port_fixed`: at no other), and what is played in
    their place.

    `redactor` takes the secrets out of calls; it is made where there are APIs.
    """

    apis: Mapping[str, Api] = field(default_factory=dict)
    port: int = 0
    port_fixed: bool = False
    faults: FaultPlan | None = None
    redactor: Redactor | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything that a session is to be.

    `dialling.relay` is empty for an embedded relay, which `embedded` then starts.
    """

    places: Places
    keys: KeyRing
    dialling: Dialling
    handler: Handler | None
    forwarding: Forwarding
    providers: Providers
    embedded: Callable[[], Coroutine[Any, Any, EmbeddedRelay]] | None = None
    insecure: bool = False
    allow_remote: bool = False
    pinned_provider: str = ""
    silenced: tuple[str, ...] = ()
    params: Mapping[str, str] = field(default_factory=dict)
    forward_backlog: bool = False
    max_backlog: int = 100
    expect_every_s: float | None = None
    tells_what_is_open: bool = True
    environ: dict[str, str] = field(default_factory=dict, repr=False)
    dotenv: Path | None = None
    outward: Outward = Outward()

    @property
    def endpoint(self) -> str:
        """The endpoint's id."""
        return self.keys.current.id

    @property
    def forwards(self) -> bool:
        """Whether deliveries are handed to a handler."""
        return self.handler is not None and (self.forwarding.share or not self.forwarding.watch)

    def load_secrets(self) -> tuple[Secret, ...]:
        """The signing secrets that are configured now."""
        return load_secrets(self.environ, self.places, self.dotenv)


class Notice(Protocol):
    """Tells the user something in a sentence, as `Noticed` has it."""

    def __call__(
        self, level: Literal["info", "warning", "error"], text: str, option: str = "", about: About = ""
    ) -> None: ...


@dataclass(frozen=True, slots=True)
class EmbeddedRelay:
    """A relay in this process: its origin, how to stop it, and whether it took another port than the usual one.

    `supervise` runs beside the session, and tells it in sentences what becomes of the public address in front of the
    relay.
    """

    origin: str
    stop: Callable[[], Coroutine[Any, Any, None]]
    notice: str = ""
    supervise: Callable[[Notice], Coroutine[Any, Any, None]] | None = None
