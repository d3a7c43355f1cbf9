"""What a face may ask of a running session. Commands are values; the engine answers each by a future."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from hookscope.model.capture import Origin
from hookscope.model.edits import UNCHANGED, Edits

LIMIT_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """Hand a capture over again: `name` is its number, an id prefix or `last`; answered with a `Replayed`.

    `to` is a handler as a user types it, empty for the session's own or else the one that had it last; `draft` is the whole request as
    edited text (`editing.render_draft`); `resign` signs anew with the configured secret, as `provider` would where that is named;
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """What came while nobody listened, is owed and was not tried yet: answered with the captures' names, oldest first.

    `RefusedForSafety` where it is more than `--max-backlog`. Each is handed over by a `Replay` of origin `backlog`.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """Hold deliveries back from the handler; senders are told 202 by us meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resume:
    """Forward again from the next delivery on; answered with how many are held since `Pause`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What was held while forwarding was paused and was not replayed since: answered with the captures' names, oldest first.

    Each is handed over by a `Replay` of origin `backlog`.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchHandler:
    """Forward to another handler from the next delivery on; `handler` as a user types it, empty for capturing only.

    Answered with its URL; raises as `listen HANDLER` does, and nothing changes then.
    """

    handler: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SetSecret:
    """Keep a provider's signing secret and verify with it from now on; answered with its fingerprint."""

    provider: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SendSample:
    """Send a correctly signed sample to the endpoint's public address, with `path` behind it; answered with the status that its sender got."""

    provider: str
    event: str = ""
    path: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepSecret:
    """Keep the token that a capture's handshake brought as its provider's signing secret; answered with `kept` or `candidate`."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkCapture:
    """Mark a capture, so that retention spares it, or take the mark off."""

    name: str
    on: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Clear:
    """Delete every capture that is not marked; answered with how many there were."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """End the session in order."""


Request: TypeAlias = (
    Replay
    | Backlog
    | Pause
    | Resume
    | Held
    | SwitchHandler
    | SetSecret
    | SendSample
    | KeepSecret
    | MarkCapture
    | Clear
    | Stop
)
