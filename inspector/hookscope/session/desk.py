"""Serves what a face asks of a running session through the front door."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, replace
from typing import Any

from hookscope.forward.forwarder import Forwarder
from hookscope.model.errors import RefusedForSafety
from hookscope.model.handler import Handler, parse_handler
from hookscope.model.secret import Secret
from hookscope.model.session_requests import (
    Backlog,
    Clear,
    Held,
    KeepSecret,
    MarkCapture,
    Pause,
    Replay,
    Request,
    Resume,
    SendSample,
    SetSecret,
    Stop,
    SwitchHandler,
)
from hookscope.providers.handshake import handshake_secret
from hookscope.session.pipeline import Pipeline, handler_name
from hookscope.store.captures import CaptureStore
from hookscope.tools.replay.one import Replayed, Replayer
from hookscope_relay.errors import InputError


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What the desk needs of the session: how a forwarder is opened, a secret kept, a sample sent, and the session ended."""

    open_forwarder: Callable[[Handler], Awaitable[Forwarder]]
    set_secret: Callable[[str, str], Secret]
    send_sample: Callable[[str, str, str], Awaitable[int]]
    stop: Callable[[], None]


class FrontDesk:
    """Answers the requests of one session, each as its class says."""

    def __init__(
        self, *, store: CaptureStore, pipeline: Pipeline, replayer: Replayer, means: Means, max_backlog: int
    ) -> None:
        self._store = store
        self._pipeline = pipeline
        self._replayer = replayer
        self._means = means
        self._max_backlog = max_backlog
        self._served: dict[type, Callable[[Any], Coroutine[Any, Any, Any]]] = {
            Replay: self._replay,
            Backlog: self._backlog,
            Pause: self._pause,
            Resume: self._resume,
            Held: self._held,
            SwitchHandler: self._switch_handler,
            SetSecret: self._set_secret,
            SendSample: self._send_sample,
            KeepSecret: self._keep_secret,
            MarkCapture: self._mark,
            Clear: self._clear,
            Stop: self._stop,
        }

    async def ask(self, request: Request) -> Any:  # Any: each request says what answers it
        """Serve one request; raises `HookscopeError` for what a person can act on."""
        return await self._served[type(request)](request)

    async def forward_backlog(self) -> None:
        """Hand over what is owed, oldest first; `RefusedForSafety` where it is more than the user allowed."""
        for name in await self._backlog(Backlog()):
            await self._replay(Replay(name=name, origin="backlog"))

    async def _backlog(self, _: Backlog) -> list[str]:
        owed = await asyncio.to_thread(self._store.owed_without_attempt, self._pipeline.endpoint)
        if len(owed) > self._max_backlog:
            raise RefusedForSafety(
                f"{len(owed)} deliveries are owed, more than --max-backlog {self._max_backlog}",
                "raise it, or replay some by number",
            )
        return [str(summary.number) for summary in owed]

    async def _replay(self, request: Replay) -> Replayed:
        limit_s, held = self._pipeline.courses.forwarding.timeout_s, self._pipeline.held
        replayed = await self._replayer.replay(request if limit_s is None else replace(request, limit_s=limit_s))
        if replayed.number in held:
            held.remove(replayed.number)
        return replayed

    async def _pause(self, _: Pause) -> None:
        self._pipeline.courses.paused = True

    async def _resume(self, _: Resume) -> int:
        self._pipeline.courses.paused = False
        return len(self._pipeline.held)

    async def _held(self, _: Held) -> list[str]:
        return [str(number) for number in self._pipeline.held]

    async def _switch_handler(self, request: SwitchHandler) -> str:
        handler = parse_handler(request.handler) if request.handler else None
        forwarder = await self._means.open_forwarder(handler) if handler else None
        self._pipeline.courses.forwarder = self._replayer.own = forwarder
        return handler_name(handler)

    async def _set_secret(self, request: SetSecret) -> str:
        return self._means.set_secret(request.provider, request.secret).fingerprint

    async def _send_sample(self, request: SendSample) -> int:
        return await self._means.send_sample(request.provider, request.event, request.path)

    async def _keep_secret(self, request: KeepSecret) -> str:
        capture = await asyncio.to_thread(self._store.find, request.name)
        recognition = self._pipeline.explainer.recognise(capture.delivery)
        token = handshake_secret(capture.delivery, recognition)
        if token is None:
            raise InputError(f"capture {request.name} holds no verification token", "choose the handshake's capture")
        return self._pipeline.explainer.keep_secret(recognition.provider, token)

    async def _mark(self, request: MarkCapture) -> None:
        capture = await asyncio.to_thread(self._store.find, request.name)
        await self._store.mark(capture.delivery.id, request.on)

    async def _clear(self, _: Clear) -> int:
        return await self._store.clear(None)

    async def _stop(self, _: Stop) -> None:
        self._means.stop()
