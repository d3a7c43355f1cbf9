"""Serves what a face asks of a running session through the front door."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Literal, TypeVar

from hookscope.forward.forwarder import Forwarder
from hookscope.model.errors import RefusedForSafety
from hookscope.model.handler import Handler, parse_handler
from hookscope.model.session_requests import Replay, Replayed, SessionRequest
from hookscope.model.summary import Summary
from hookscope.providers.handshake import handshake_secret
from hookscope.secrets.kept import keep_secret
from hookscope.session.pipeline import Pipeline
from hookscope.session.plan import Plan
from hookscope.store.captures import CaptureStore
from hookscope.store.held import HeldDelivery
from hookscope.tools.replay.one import Replayer
from hookscope_relay.errors import InputError

A = TypeVar("A")


class FrontDesk:
    """The `Desk` of one session. `url` is where a sample is sent; empty until the endpoint is open."""

    def __init__(
        self,
        *,
        plan: Plan,
        store: CaptureStore,
        pipeline: Pipeline,
        replayer: Replayer,
        open_forwarder: Callable[[Handler], Awaitable[Forwarder]],
        take_over: Callable[[], None],
    ) -> None:
        self.url = ""
        self._plan = plan
        self._store = store
        self._pipeline = pipeline
        self._replayer = replayer
        self._open_forwarder = open_forwarder
        self._take_over = take_over

    async def ask(self, request: SessionRequest[A]) -> A:
        """Serve one request; raises `HookscopeError` for what a person can act on."""
        return await request.serve(self)

    async def forward_backlog(self) -> None:
        """Hand over what is owed, oldest first; `RefusedForSafety` where it is more than the user allowed."""
        for name in await self.backlog():
            await self.replay(Replay(name=name, origin="backlog"))
        for one in await self.held_copies():
            await self.replay(Replay(name=str(one.number), origin="backlog", route=one.route, copy=True))

    async def held_copies(self) -> list[HeldDelivery]:
        """Copies that an earlier session left held, oldest first."""
        found = await asyncio.to_thread(self._store.held_ones, self._pipeline.endpoint)
        return [one for one in found if one.copy and one.number not in self._pipeline.hold.numbers]

    async def owed(self) -> list[Summary]:
        """What nobody has handled yet, oldest first, without what this session hands over by itself: that which waits
        for its turn, or since a pause."""
        found = await asyncio.to_thread(self._store.owed_without_attempt, self._pipeline.endpoint)
        own = self._pipeline.hold.numbers | set(self._pipeline.tell.held)
        return [one for one in found if one.number not in own]

    # The services, as the requests describe them

    async def backlog(self) -> list[str]:
        owed = await self.owed()
        if len(owed) > self._plan.max_backlog:
            raise RefusedForSafety(
                f"{len(owed)} deliveries are owed, more than --max-backlog {self._plan.max_backlog}",
                "raise it, or replay some by number",
            )
        return [str(summary.number) for summary in owed]

    async def replay(self, wanted: Replay) -> Replayed:
        limit_s, held = self._pipeline.courses.forwarding.timeout_s, self._pipeline.tell.held
        replayed = await self._replayer.replay(wanted if limit_s is None else replace(wanted, limit_s=limit_s))
        if replayed.number in held:
            held.remove(replayed.number)
        return replayed

    async def pause(self) -> None:
        self._pipeline.courses.paused = True
        self._pipeline.hold.pause()

    async def resume(self) -> int:
        self._pipeline.courses.paused = False
        self._pipeline.hold.resume()
        return len(self._pipeline.tell.held)

    async def held(self) -> list[str]:
        return [str(number) for number in self._pipeline.tell.held]

    async def switch_handler(self, handler: str) -> str:
        parsed = parse_handler(handler) if handler else None
        url = parsed.url if parsed else ""
        forwarder = await self._open_forwarder(parsed) if parsed else None
        self._pipeline.courses.forwarder = self._replayer.own = forwarder
        if self._plan.note is not None:
            self._plan.note.switched(url)
        return url

    async def set_secret(self, provider: str, value: str) -> str:
        kept = keep_secret(self._plan.places, provider, value, replace=True)
        self._pipeline.explainer.secrets = self._plan.load_secrets()
        await self._pipeline.verify_again(kept.provider)
        return kept.fingerprint

    async def send_sample(self, provider: str, event: str, path: str) -> int:
        found = self._plan.providers.get(provider)
        if found is None:
            raise InputError(f"there is no provider {provider!r}", "see `hookscope providers`")
        from hookscope.tools.samples.post import post_sample

        return await post_sample(self.url + path, found, event, self._pipeline.explainer.secrets, self._plan.places)

    async def keep_secret(self, name: str) -> Literal["kept", "candidate"]:
        capture = await asyncio.to_thread(self._store.find, name)
        recognition = self._pipeline.explainer.recognise(capture.delivery)
        token = handshake_secret(capture.delivery, recognition)
        if token is None:
            raise InputError(f"capture {name} holds no verification token", "choose the handshake's capture")
        how = self._pipeline.explainer.keep_secret(recognition.provider, token)
        if how == "kept":
            await self._pipeline.verify_again(recognition.provider)
        return how

    async def mark(self, name: str, on: bool) -> None:
        capture = await asyncio.to_thread(self._store.find, name)
        await self._store.mark(capture.delivery.id, on)

    async def clear(self) -> int:
        return await self._store.clear(None)

    async def take_over(self) -> None:
        self._take_over()
