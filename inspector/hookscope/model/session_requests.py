"""What a face may ask of a running session.

Requests are values; each says what it is answered with and which service it wants.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Generic, Literal, Protocol, TypeVar

from hookscope.model.capture import Attempt, Origin
from hookscope.model.edits import UNCHANGED, Edits
from hookscope.model.finding import Explained

LIMIT_S = 30.0

A_co = TypeVar("A_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Replayed:
    """What came of a replay: the capture's number, the attempt, what the rules say, by what it was signed (empty: not
    anew), the attempts at the handlers beside, and whether the user's transform changed it."""

    number: int
    attempt: Attempt
    explained: Explained
    note: str = ""
    copies: tuple[Attempt, ...] = ()
    transformed: bool = False

    @property
    def passed(self) -> bool:
        """Whether the handler accepted it."""
        return self.attempt.is_accepted


class Desk(Protocol):
    """The services of a running session; every one raises `HookscopeError` for what a person can act on."""

    async def replay(self, wanted: Replay) -> Replayed: ...

    async def backlog(self) -> list[str]: ...

    async def pause(self) -> None: ...

    async def resume(self) -> int: ...

    async def held(self) -> list[str]: ...

    async def switch_handler(self, handler: str) -> str: ...

    async def set_secret(self, provider: str, value: str) -> str: ...

    async def send_sample(self, provider: str, event: str, path: str) -> int: ...

    async def keep_secret(self, name: str) -> Literal["kept", "candidate"]: ...

    async def mark(self, name: str, on: bool) -> None: ...

    async def clear(self) -> int: ...

    async def take_over(self) -> None: ...


class SessionRequest(ABC, Generic[A_co]):
    """A request that is answered with an `A`; `SessionRequest[object]` is any of them."""

    __slots__ = ()

    @abstractmethod
    async def serve(self, desk: Desk) -> A_co:
        """Have it served."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay(SessionRequest[Replayed]):
    """Hand a capture over again: `name` is its number, an id prefix or `last`.

    `to` is a handler as a user types it, empty for the session's own or else the one that had it last; `draft` is the
    whole request as edited text (`edits.render_draft`); `resign` signs anew with the configured secret, as `provider`
    would where that is named; `route` has it go to that route's handler alone, as a `copy` or not;
    with `holds` it stays held where that asks to wait; `told` is the status that its sender had of us before (0: none);
    `proves` is the code of the finding that is proved where this is accepted.
    """

    name: str
    edits: Edits = UNCHANGED
    draft: bytes | None = None
    to: str = ""
    resign: bool = False
    provider: str = ""
    origin: Origin = "replay"
    proves: str = ""
    limit_s: float = LIMIT_S
    route: str = ""
    copy: bool = False
    holds: bool = False
    told: int = 0

    async def serve(self, desk: Desk) -> Replayed:
        return await desk.replay(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog(SessionRequest[list[str]]):
    """What came while nobody listened, is owed and was not tried yet: the captures' names, oldest first.

    `RefusedForSafety` where it is more than `--max-backlog`. Each is handed over by a `Replay` of origin `backlog`.
    """

    async def serve(self, desk: Desk) -> list[str]:
        return await desk.backlog()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause(SessionRequest[None]):
    """Hold deliveries back from the handler; senders are told 202 by us meanwhile."""

    async def serve(self, desk: Desk) -> None:
        await desk.pause()


@dataclass(frozen=True, slots=True, kw_only=True)
class Resume(SessionRequest[int]):
    """Forward again from the next delivery on; answered with how many are held since `Pause`."""

    async def serve(self, desk: Desk) -> int:
        return await desk.resume()


@dataclass(frozen=True, slots=True, kw_only=True)
class Held(SessionRequest[list[str]]):
    """What was held while forwarding was paused and was not replayed since: the captures' names, oldest first.

    Each is handed over by a `Replay` of origin `backlog`.
    """

    async def serve(self, desk: Desk) -> list[str]:
        return await desk.held()


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchHandler(SessionRequest[str]):
    """Forward to another handler from the next delivery on; `handler` as a user types it, empty for capturing only.

    Answered with its URL; raises as `listen HANDLER` does, and nothing changes then.
    """

    handler: str

    async def serve(self, desk: Desk) -> str:
        return await desk.switch_handler(self.handler)


@dataclass(frozen=True, slots=True, kw_only=True)
class SetSecret(SessionRequest[str]):
    """Keep a provider's signing secret and verify with it from now on; answered with its fingerprint."""

    provider: str
    secret: str = field(repr=False)

    async def serve(self, desk: Desk) -> str:
        return await desk.set_secret(self.provider, self.secret)


@dataclass(frozen=True, slots=True, kw_only=True)
class SendSample(SessionRequest[int]):
    """Send a correctly signed sample to the endpoint's public address; answered with the status that its sender got."""

    provider: str
    event: str = ""
    path: str = ""

    async def serve(self, desk: Desk) -> int:
        return await desk.send_sample(self.provider, self.event, self.path)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepSecret(SessionRequest[Literal["kept", "candidate"]]):
    """Keep the token that a capture's handshake brought as its provider's signing secret,
    or as a candidate beside one."""

    name: str

    async def serve(self, desk: Desk) -> Literal["kept", "candidate"]:
        return await desk.keep_secret(self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkCapture(SessionRequest[None]):
    """Mark a capture, so that retention spares it, or take the mark off."""

    name: str
    on: bool = True

    async def serve(self, desk: Desk) -> None:
        await desk.mark(self.name, self.on)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clear(SessionRequest[int]):
    """Delete every capture that is not marked; answered with how many there were."""

    async def serve(self, desk: Desk) -> int:
        return await desk.clear()


@dataclass(frozen=True, slots=True)
class TakeOver(SessionRequest[None]):
    """Have this session answer the endpoint's senders from now on; the relay's word on it comes as an event."""

    async def serve(self, desk: Desk) -> None:
        await desk.take_over()
