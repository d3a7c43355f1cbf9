"""What the screen knows of the session beyond its captures: a value, and the next value for each event."""

from __future__ import annotations

from dataclasses import dataclass, replace

from hookscope.model.events import (
    About,
    Attempted,
    Captured,
    ConnectionChanged,
    ConnectionState,
    Event,
    HeldChanged,
    Noticed,
    Ready,
    Role,
    Stopped,
)
from hookscope.model.role_words import may_take_over, watching
from hookscope.model.session_requests import Pause, Resume, SessionRequest, SwitchHandler

# Failures that say that nothing listens there; the others mean that something does.
UNREACHABLE = frozenset({"refused", "dns"})
# Connections that broke: its process may have died of it.
BROKEN = frozenset({"closed", "reset"})

# Notices that have a place of their own in the header and on the empty screen.
IN_PLACE: frozenset[About] = frozenset({"this-machine-only", "every-path", "handler-away"})

BUCKET_S = 5
BUCKETS = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """The session as the header shows it.

    `retry_at` is epoch seconds, `reachable` None while nobody has tried the handler. `routes` are their names;
    `held` counts what waits for its turn;
    `handler` then is the one that takes the rest, or the first route's.

    `arrivals` counts deliveries in steps of `BUCKET_S` seconds, the latest last; `bucket` is the number of the latest
    step. `notes` are the notices that have a place of their own; `told` is what was last told of the connection.
    """

    url: str = ""
    handler: str = ""
    routes: tuple[str, ...] = ()
    held: int = 0
    endpoint: str = ""
    relay: str = ""
    connection: ConnectionState = "connecting"
    reason: str = ""
    retry_at: float | None = None
    role: Role | None = None
    told: ConnectionChanged | None = None
    reachable: bool | None = None
    paused: bool = False
    captured: int = 0
    notes: frozenset[About] = frozenset()
    bucket: int = 0
    arrivals: tuple[int, ...] = (0,) * BUCKETS

    @property
    def to(self) -> str:
        """The handler of every delivery; empty where that depends on its routes."""
        return "" if self.routes else self.handler

    @property
    def goes_to(self) -> str:
        """Where a delivery goes, in words."""
        return "the handlers of its routes" if self.routes else self.handler

    @property
    def watches(self) -> bool:
        """Whether another session answers."""
        return self.role == "watching"

    @property
    def may_take_over(self) -> bool:
        """Whether this session would answer if it asked for it."""
        return self.told is not None and may_take_over(self.told)

    @property
    def answerer(self) -> str:
        """Who answers in this session's place; to be made inert where it is shown."""
        return watching(self.told).who if self.told is not None else "another session"

    @property
    def copies(self) -> bool:
        """Whether the handler gets a copy of what another session answers."""
        return self.told is not None and self.told.copies

    def per_minute(self, now: float) -> int:
        """Deliveries of the last minute."""
        return sum(aged(self, now).arrivals[-60 // BUCKET_S :])


def after(session: Session, event: Event) -> Session:
    """The session once the event has happened."""
    match event:
        case Ready():
            return replace(
                session,
                url=event.url,
                handler=event.handler,
                routes=tuple(name for name, _, _ in event.routes),
                endpoint=event.endpoint,
                relay=event.relay,
                notes=session.notes - {"this-machine-only"},
            )
        case ConnectionChanged():
            waits = event.retry_in_ms is not None
            return replace(
                session,
                connection=event.state,
                reason=event.reason,
                role=event.role,
                told=event,
                retry_at=event.at + (event.retry_in_ms or 0) / 1000 if waits else None,
            )
        case Captured():
            now = aged(session, event.at)
            arrivals = (*now.arrivals[:-1], now.arrivals[-1] + 1)
            return replace(now, captured=session.captured + 1, arrivals=arrivals)
        case Attempted(copy=False):
            unsure = event.failure in BROKEN
            return replace(session, reachable=None if unsure else event.failure not in UNREACHABLE)
        case Stopped(exit_code=code):
            why = session.reason if session.connection in ("refused", "stopped") else ""
            told = why or (
                "the session has ended" if not code else "the session broke off; q ends the screen and says why"
            )
            return replace(session, connection="stopped", reason=told, retry_at=None, role=None)
        case _:
            return _noted(session, event)


def _noted(session: Session, event: Event) -> Session:
    if isinstance(event, HeldChanged):
        return replace(session, held=event.count)
    about: About = event.about if isinstance(event, Noticed) else ""
    return replace(session, notes=session.notes | {about}) if about in IN_PLACE else session


def answered(session: Session, request: SessionRequest[object], value: object) -> Session:
    """The session once the engine has done what it was asked for."""
    match request:
        case Pause() | Resume():
            return replace(session, paused=isinstance(request, Pause))
        case SwitchHandler():
            return replace(session, handler=str(value), reachable=None, paused=session.paused and bool(value))
        case _:
            return session


def aged(session: Session, now: float) -> Session:
    """The session with its arrivals moved along to `now`."""
    bucket = int(now // BUCKET_S)
    passed = min(max(bucket - session.bucket, 0), BUCKETS)
    if not passed:
        return session
    return replace(session, bucket=bucket, arrivals=(*session.arrivals[passed:], *(0,) * passed))
