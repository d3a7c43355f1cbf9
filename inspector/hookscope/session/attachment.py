"""A session without a tunnel of its own: it shows what the one shows that holds the endpoint, from the same store.

What it is asked for it does itself where that is its own to do: replays, marks, secrets. What only the session that
answers can do is refused, with where to do it.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Literal, NoReturn, TypeVar

from hookscope.attempts.explain import Explainer
from hookscope.attempts.make import Attempts
from hookscope.config.session_note import SessionNote
from hookscope.model.errors import Disconnected
from hookscope.model.events import About, ConnectionChanged, Listener, Noticed, Ready
from hookscope.model.session_requests import Replay, Replayed, SessionRequest
from hookscope.providers.handshake import handshake_secret
from hookscope.secrets.kept import keep_secret
from hookscope.session.build import build_explainer, build_replayer, open_forwarder
from hookscope.session.follow import Follow
from hookscope.session.plan import Plan
from hookscope.store.captures import CaptureStore
from hookscope.tools.replay.one import Replayer
from hookscope_relay.errors import InputError

A = TypeVar("A")

LOOK_EVERY_S = 0.1
# How often it is asked whether the other session is still there.
ASK_EVERY_LOOKS = 10


class AttachedRunner:
    """As `session.run.Runner`, beside the session of `note`; `is_there` says whether that still runs."""

    def __init__(self, plan: Plan, listener: Listener, note: SessionNote, is_there: Callable[[], bool]) -> None:
        self.exit_code = 0
        self._plan = plan
        self._listener = listener
        self._note = note
        self._is_there = is_there
        self._stopping = asyncio.Event()
        self._desk: AttachedDesk | None = None
        self._follow: Follow | None = None

    async def run(self) -> None:
        """Run to its end; raises `Disconnected` where the other session ends first."""
        async with contextlib.AsyncExitStack() as stack:
            thread = stack.enter_context(ThreadPoolExecutor(1, "hookscope-follow"))
            store = CaptureStore.open(self._plan.places.captures)
            stack.callback(store.close)
            follow = self._follow = await self._on(thread, lambda: Follow(store, self._plan.endpoint))
            self._desk = await self._open_desk(store, stack)
            self._tell()
            looks = 0
            while not self._stopping.is_set():
                for event in await self._on(thread, follow.look):
                    self._listener(event)
                looks += 1
                if looks % ASK_EVERY_LOOKS == 0 and not await self._on(thread, self._is_there):
                    told = f"the session of process {self._note.pid}, which this one showed, has ended"
                    self._listener(ConnectionChanged(at=time.time(), state="stopped", reason=told))
                    raise Disconnected(told, "start `hookscope listen` again")
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_EVERY_S):
                        await self._stopping.wait()

    def stop(self, exit_code: int = 0) -> None:
        """End it; may be called from the loop's own thread only."""
        self.exit_code = exit_code
        self._stopping.set()

    async def ask(self, request: SessionRequest[A]) -> A:
        """Serve one request of the front door."""
        if self._desk is None:
            raise InputError("the session is only beginning", "try again in a moment")
        return await request.serve(self._desk)

    @property
    def captured(self) -> int:
        """How many deliveries came meanwhile."""
        return self._follow.captured if self._follow else 0

    def notice(
        self, level: Literal["info", "warning", "error"], text: str, option: str = "", about: About = ""
    ) -> None:
        """Tell the listener something that belongs to no delivery."""
        self._listener(Noticed(at=time.time(), level=level, text=text, option=option, about=about))

    def _tell(self) -> None:
        note, now = self._note, time.time()
        ready = Ready(at=now, url=note.url, handler=note.handler, endpoint=self._plan.endpoint, relay=note.relay)
        self._listener(ready)
        through = f"the session of process {note.pid}"
        self._listener(ConnectionChanged(at=now, state="connected", through=through))
        self.notice("info", f"this shows {through}, which receives and answers as it was begun", HOW_TO_HAVE_ONE)

    async def _open_desk(self, store: CaptureStore, stack: contextlib.AsyncExitStack) -> AttachedDesk:
        plan = self._plan
        explainer = build_explainer(plan, store)
        stack.callback(explainer.close)
        attempts = Attempts(
            store=store,
            explainer=explainer,
            emit=self._listener,
            preserve_host=plan.forwarding.preserve_host,
            forwarded=plan.forwarding.forwarded,
        )
        own = await open_forwarder(plan, self.notice, stack, None, plan.handler) if plan.handler else None
        replayer = build_replayer(plan, attempts, own)
        stack.push_async_callback(replayer.close)
        return AttachedDesk(plan, store, explainer, replayer, self._note)

    async def _on(self, thread: ThreadPoolExecutor, work: Callable[[], A]) -> A:
        return await asyncio.get_running_loop().run_in_executor(thread, work)


HOW_TO_HAVE_ONE = "--endpoint NAME has an endpoint of its own"


@dataclass(frozen=True, slots=True)
class AttachedDesk:
    """The `Desk` of a session that is attached to another."""

    plan: Plan
    store: CaptureStore
    explainer: Explainer
    replayer: Replayer
    note: SessionNote

    async def replay(self, wanted: Replay) -> Replayed:
        limit_s = self.plan.forwarding.timeout_s
        return await self.replayer.replay(wanted if limit_s is None else replace(wanted, limit_s=limit_s))

    async def set_secret(self, provider: str, value: str) -> str:
        kept = keep_secret(self.plan.places, provider, value, replace=True)
        self.explainer.secrets = self.plan.load_secrets()
        return kept.fingerprint

    async def send_sample(self, provider: str, event: str, path: str) -> int:
        from hookscope.tools.samples.post import post_sample

        found = self.plan.providers.demand(provider)
        return await post_sample(self.note.url + path, found, event, self.explainer.secrets, self.plan.places)

    async def keep_secret(self, name: str) -> Literal["kept", "candidate"]:
        capture = await asyncio.to_thread(self.store.find, name)
        recognition = self.explainer.recognise(capture.delivery)
        token = handshake_secret(capture.delivery, recognition)
        if token is None:
            raise InputError(f"capture {name} holds no verification token", "choose the handshake's capture")
        return self.explainer.keep_secret(recognition.provider, token)

    async def mark(self, name: str, on: bool) -> None:
        capture = await asyncio.to_thread(self.store.find, name)
        await self.store.mark(capture.delivery.id, on)

    async def clear(self) -> int:
        return await self.store.clear(None)

    # What only the session that answers can do

    async def backlog(self) -> list[str]:
        self._refuse("handing over what it is owed")

    async def pause(self) -> None:
        self._refuse("pausing")

    async def resume(self) -> int:
        self._refuse("going on")

    async def held(self) -> list[str]:
        self._refuse("handing over what it holds")

    async def switch_handler(self, handler: str) -> str:
        self._refuse("switching its handler")

    async def take_over(self) -> None:
        self._refuse("taking over")

    def _refuse(self, what: str) -> NoReturn:
        raise InputError(f"{what} is for the session of process {self.note.pid}, which this one shows", "do it there")
