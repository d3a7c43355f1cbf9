"""What a session is to be, before it runs."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from hookscope.config.session_note import NoteFile
from hookscope.config.settings import Places, Settings
from hookscope.model.events import About
from hookscope.model.handler import Handler
from hookscope.model.pace import UNBOUND, Pace
from hookscope.model.secret import Secret
from hookscope.providers.registry import Providers
from hookscope.secrets.kept import load_secrets
from hookscope.session.terms import Forwarding
from hookscope.session.transform import TransformPlan
from hookscope.tools.routes.rule import RouteRule
from hookscope.tunnel.client import Dialling
from hookscope_relay.delivery import Headers
from hookscope_relay.keys.endpoint_key import KeyRing

if TYPE_CHECKING:
    from hookscope.alerts.alert import Alert
    from hookscope.api.directory import Api
    from hookscope.api.fault import FaultPlan
    from hookscope.tools.redaction.redactor import Redactor


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldToken:
    """A token of the user's for an API: the variable that it stands in, and the headers of a call with it."""

    api: Api
    variable: str
    headers: Headers = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outward:
    """Which APIs the handler's calls are passed on to, at which port (`port_fixed`: at no other), and what is played in
    their place.

    `redactor` takes the secrets out of calls; it is made where there are APIs. `tokens` are those that are known.
    """

    apis: Mapping[str, Api] = field(default_factory=dict)
    port: int = 0
    port_fixed: bool = False
    faults: FaultPlan | None = None
    redactor: Redactor | None = None
    tokens: tuple[HeldToken, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything that a session is to be.

    `dialling.relay` is empty for an embedded relay, which `embedded` then starts. With `routes`, `handler` takes what
    none of them takes; `pace` holds for what goes to it. `shared` are the settings that others on this machine are told
    who are let in, by the door that the `note` names; None: nobody is.
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
    routes: tuple[RouteRule, ...] = ()
    pace: Pace = UNBOUND
    transform: TransformPlan | None = None
    alerts: tuple[Alert, ...] = ()
    note: NoteFile | None = None
    shared: Settings | None = None

    @property
    def endpoint(self) -> str:
        """The endpoint's id."""
        return self.keys.current.id

    @property
    def forwards(self) -> bool:
        """Whether deliveries are handed to a handler."""
        has_one = self.handler is not None or bool(self.routes)
        return has_one and (self.forwarding.share or not self.forwarding.watch)

    @property
    def handler_url(self) -> str:
        """The handler as events name it: what takes the rest, else the first route's; empty where there is none."""
        first = self.handler or (self.routes[0].handler if self.routes else None)
        return first.url if first else ""

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
