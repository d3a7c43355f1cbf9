"""What the screen needs of the rest: an engine that runs the session, and the read side of the capture store."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from typing import TYPE_CHECKING, Protocol, TypeVar

from hookscope.diagnosis.case import Earlier, Settlement
from hookscope.model.call import Call
from hookscope.model.capture import Capture
from hookscope.model.events import Listener
from hookscope.model.finding import Finding
from hookscope.model.session_requests import SessionRequest
from hookscope.model.summary import Summary
from hookscope.model.verdict import Recognition, Verdict
from hookscope.store.queries import Where

if TYPE_CHECKING:
    from hookscope.store.captures import CaptureStore

A = TypeVar("A")


class Engine(Protocol):
    """A session on a thread of its own."""

    def start(self, listener: Listener) -> None:
        """Start it; `listener` is called on the engine's thread."""
        ...

    def submit(self, request: SessionRequest[A]) -> Future[A]:
        """Ask it for something; the future holds the answer or a `HookscopeError`."""
        ...

    def stop(self) -> None:
        """End it in order, and wait for the end."""
        ...


class Reader(Protocol):
    """The capture store as the screen reads it; every method may be called from any thread."""

    def find(self, name: str) -> Capture: ...

    def summary(self, number: int) -> Summary | None: ...

    def summaries(
        self, where: Where | None = None, *, limit: int = 100, before: int | None = None, after: int | None = None
    ) -> list[Summary]: ...

    def count(self, where: Where | None = None) -> int: ...

    def numbers(self, where: Where | None = None) -> Sequence[int]: ...

    def findings(self, delivery_id: str, attempt: int | None = None) -> tuple[Finding, ...]: ...

    def calls(self, delivery_id: str) -> tuple[Call, ...]: ...

    def verdict(self, delivery_id: str) -> Verdict | None: ...

    def recognition(self, delivery_id: str) -> Recognition: ...

    def settlement(self, delivery_id: str) -> Settlement | None: ...

    def related(
        self,
        *,
        endpoint: str | None = None,
        provider: str = "",
        event_id: str = "",
        object_id: str = "",
        before: int | None = None,
        limit: int,
    ) -> list[Earlier]: ...


def writable(store: Reader) -> CaptureStore:
    """The store behind what the screen reads, for work that adds attempts beside the session."""
    from hookscope.store.captures import CaptureStore

    assert isinstance(store, CaptureStore)
    return store
