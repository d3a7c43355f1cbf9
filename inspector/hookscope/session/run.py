"""The runner: builds the parts of a `listen` session, runs them together, and ends them in order.

Order of the end: no new deliveries, a second for what is in flight, its replies out, the tunnel closed, the embedded relay
stopped, the store closed. Every capture is kept whatever happens.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Coroutine
from dataclasses import replace
from functools import partial
from typing import Any

from hookscope.attempts.explain import Explainer
from hookscope.attempts.make import Attempts
from hookscope.forward.forwarder import Forwarder
from hookscope.model.errors import NoSuchCapture, OurBug
from hookscope.model.events import ConnectionChanged, GapDeclared, Listener, Noticed, Ready, Refused, Stopped
from hookscope.model.handler import Handler
from hookscope.model.secret import Secret
from hookscope.model.session_requests import Request
from hookscope.secrets.kept import keep_secret, load_secrets
from hookscope.session.catch_up import CatchingUp, came_while_away
from hookscope.session.chores import chores
from hookscope.session.desk import FrontDesk, Means
from hookscope.session.pipeline import Pipeline, handler_name
from hookscope.session.plan import Plan
from hookscope.store.captures import CaptureStore
from hookscope.store.earlier import StoreMemory
from hookscope.tools.replay.one import Replayer
from hookscope.tools.samples.post import post_sample
from hookscope.tunnel.client import ConnectionChange, Tunnel
from hookscope.tunnel.frames import Arrival, Incoming, InspectorSession
from hookscope.tunnel.reach import is_loopback
from hookscope_relay.errors import HookscopeError, InputError
from hookscope_relay.wire import Gap, Settled, Welcome
from hookscope_relay.wire import Refused as RefusedFrame

HOW_TO_BE_REACHED = "`--public` puts a public address in front of it, `--relay` uses a relay of yours"


class Runner:
    """One session. `run` ends when `stop` is called or something fatal happens; `ask` serves the front door meanwhile."""

    def __init__(self, plan: Plan, listener: Listener) -> None:
        self.plan = plan
        self._listener = listener
        self._stopping = asyncio.Event()
        self._is_ready = False
        self._url = ""
        self._catching_up = CatchingUp()
        self._background: set[asyncio.Task[Any]] = set()

    async def run(self) -> None:
        """Run the session to its end; raises `HookscopeError` for what a person can act on."""
        plan = self.plan
        async with contextlib.AsyncExitStack() as stack:
            self.store = CaptureStore.open(plan.places.captures)
            stack.callback(self.store.close)
            relay = await self._embed(stack)
            forwarder = await self._build_forwarder(stack)
            explainer = self._build_explainer()
            stack.callback(explainer.close)
            dialling = replace(plan.dialling, relay=relay) if relay else plan.dialling
            attempts = Attempts(
                store=self.store,
                explainer=explainer,
                emit=self._listener,
                preserve_host=plan.forwarding.preserve_host,
                forwarded=plan.forwarding.forwarded,
            )
            replayer = self._build_replayer(attempts, forwarder)
            stack.push_async_callback(replayer.close)
            self.tunnel = Tunnel(dialling, cursor=self._cursor, receive=self._receive, changed=self._changed)
            self.pipeline = Pipeline(
                keys=plan.keys,
                store=self.store,
                explainer=explainer,
                attempts=attempts,
                forwarder=forwarder,
                forwarding=plan.forwarding,
                reply=self.tunnel.reply,
                emit=self._listener,
            )
            self.desk = FrontDesk(
                store=self.store,
                pipeline=self.pipeline,
                replayer=replayer,
                means=self._means(stack, explainer),
                max_backlog=plan.max_backlog,
            )
            self._relay_origin = dialling.relay
            await self._run_parts()

    def stop(self) -> None:
        """End the session in order; may be called from the loop's own thread only."""
        self._stopping.set()

    async def ask(self, request: Request) -> Any:  # Any: each request says what answers it
        """Serve one request of the front door."""
        return await self.desk.ask(request)

    # Building

    async def _embed(self, stack: contextlib.AsyncExitStack) -> str:
        if self.plan.embedded is None:
            return ""
        relay = await self.plan.embedded()
        stack.push_async_callback(relay.stop)
        if relay.notice:
            self._notice("info", relay.notice)
        if relay.supervise is not None:
            watch = asyncio.create_task(relay.supervise(self._notice))
            stack.push_async_callback(asyncio.wait, {watch})
            stack.callback(watch.cancel)
        return relay.origin

    async def _build_forwarder(self, stack: contextlib.AsyncExitStack) -> Forwarder | None:
        plan = self.plan
        if plan.handler is None or plan.forwarding.watch:
            return None
        return await self._open_forwarder(stack, plan.handler)

    async def _open_forwarder(self, stack: contextlib.AsyncExitStack, handler: Handler) -> Forwarder:
        """A forwarder that lives as long as the session: what is in flight through it ends, whatever takes its place."""
        forwarder = Forwarder(handler, insecure=self.plan.insecure, allow_remote=self.plan.allow_remote)
        stack.push_async_callback(forwarder.close)
        await forwarder.check_remote()
        failure = await forwarder.probe()
        if failure is not None:
            self._notice("warning", f"the handler {handler.url} does not answer now: {failure.detail}")
        return forwarder

    def _means(self, stack: contextlib.AsyncExitStack, explainer: Explainer) -> Means:
        def set_secret(provider: str, value: str) -> Secret:
            kept = keep_secret(self.plan.places, provider, value, replace=True)
            explainer.secrets = self._load_secrets()
            return kept

        return Means(
            open_forwarder=partial(self._open_forwarder, stack),
            set_secret=set_secret,
            send_sample=self._send_sample,
            stop=self.stop,
        )

    def _load_secrets(self) -> tuple[Secret, ...]:
        return load_secrets(self.plan.environ, self.plan.places, self.plan.dotenv)

    def _build_explainer(self) -> Explainer:
        plan = self.plan

        def keep(provider: str, token: str, candidate: bool) -> tuple[Secret, ...]:
            keep_secret(plan.places, provider, token, candidate=candidate)
            return self._load_secrets()

        return Explainer(
            providers=plan.providers,
            secrets=self._load_secrets(),
            memory=StoreMemory(self.store, plan.keys.current.id),
            keep=keep,
            pinned=plan.pinned_provider,
            silenced=plan.silenced,
            forwarded=plan.forwarding.forwarded,
            params=plan.params,
        )

    def _build_replayer(self, attempts: Attempts, forwarder: Forwarder | None) -> Replayer:
        plan = self.plan
        return Replayer(
            attempts=attempts,
            places=plan.places,
            secrets=lambda: attempts.explainer.secrets,
            own=forwarder,
            endpoint=plan.keys.current.id,
            only_path=plan.forwarding.only_path,
            insecure=plan.insecure,
            allow_remote=plan.allow_remote,
        )

    async def _send_sample(self, provider: str, event: str) -> int:
        found = self.plan.providers.get(provider)
        if found is None:
            raise InputError(f"there is no provider {provider!r}", "see `hookscope providers`")
        return await post_sample(self._url, found, event, self.pipeline.explainer.secrets, self.plan.places)

    # Running

    async def _run_parts(self) -> None:
        running = asyncio.create_task(self.tunnel.run())
        stopping = asyncio.create_task(self._stopping.wait())
        housekeeping = [
            asyncio.create_task(chore) for chore in chores(self.store, self.pipeline, self.plan.expect_every_s)
        ]
        parts: set[asyncio.Future[Any]] = {running, stopping, self.pipeline.broken}
        try:
            await asyncio.wait(parts, return_when=asyncio.FIRST_COMPLETED)
            if self.pipeline.broken.done():
                raise self.pipeline.broken.result()
            if running.done():
                running.result()
        finally:
            stopping.cancel()
            for task in housekeeping:
                task.cancel()
            await self.pipeline.finish()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0.3):
                    await self.tunnel.flush()
            await self.tunnel.stop()
            running.cancel()
            await asyncio.gather(running, stopping, *housekeeping, *self._background, return_exceptions=True)

    def _cursor(self) -> tuple[str, int] | None:
        return self.store.cursor(self.plan.keys.current.id)

    async def _receive(self, incoming: Incoming, session: InspectorSession) -> None:
        match incoming:
            case Welcome():
                await self._welcomed(incoming)
            case Arrival():
                await self.pipeline.receive(incoming)
                self._catching_up.note(incoming)
                self._reached(incoming.seq)
            case Settled(seq=seq):
                if name := session.name(seq):
                    self.pipeline.settled(incoming, name)
            case Gap(after=after, until=until, reason=reason):
                assert session.welcome is not None
                await self.store.declare_gap(self.pipeline.endpoint, session.welcome.epoch, after, until, reason)
                self._listener(GapDeclared(at=time.time(), after=after, until=until, reason=reason))
                self._reached(until)
            case RefusedFrame():
                self._listener(
                    Refused(
                        at=time.time(),
                        problem=incoming.problem,
                        method=incoming.method,
                        target=incoming.target,
                        size=incoming.size,
                    )
                )

    async def _welcomed(self, welcome: Welcome) -> None:
        held = self._cursor()
        if held is None or held[0] != welcome.epoch:
            # What comes first need not be kept first: without a start, a later delivery would be taken for it.
            await self.store.set_cursor(self.pipeline.endpoint, welcome.epoch, welcome.after)
        self._catching_up.begin(welcome)
        if self._catching_up.is_under_way and self._is_ready:
            self._notice("info", "catching up with what came meanwhile")
        if self._is_ready and welcome.url == self._url:
            return
        was_ready, self._is_ready = self._is_ready, True
        self._url = welcome.url
        await self.pipeline.derive.resume(self.pipeline.endpoint)
        self._listener(
            Ready(
                at=time.time(),
                url=welcome.url,
                handler=handler_name(self.plan.handler),
                endpoint=self.pipeline.endpoint,
                relay=self._relay_origin,
            )
        )
        if was_ready:
            return
        if self.plan.embedded is not None and is_loopback(welcome.url):
            self._notice("info", f"this URL works on this machine only; {HOW_TO_BE_REACHED}")
        forwards = self.plan.handler is not None and not self.plan.forwarding.watch
        if self.plan.tells_what_is_open and forwards and not self.plan.forwarding.only_path:
            self._notice(
                "info", "every path of the handler is reachable by whoever has this URL; --only-path PREFIX narrows it"
            )
        if not self._catching_up.is_under_way:
            self._in_background(self._caught_up())

    def _reached(self, seq: int) -> None:
        """The reader is at that seq; at the last one that was there when the session began, it has caught up."""
        if self._catching_up.reach(seq):
            self._in_background(self._caught_up())

    async def _caught_up(self) -> None:
        """Say how much came meanwhile and since when; what is owed is forwarded where the user asked for it, else told too."""
        came = self._catching_up.take()
        await self.pipeline.all_kept()
        forwards = self.plan.handler is not None and not self.plan.forwarding.watch
        if forwards and self.plan.forward_backlog:
            await self.desk.forward_backlog()
            return
        owed = await asyncio.to_thread(self.store.owed_without_attempt, self.pipeline.endpoint) if forwards else []
        if owed:
            self._notice(
                "info",
                f"{came_while_away(len(owed), owed[0].received_at)}, not handed over yet: --forward-backlog does it",
            )
        elif came:
            with contextlib.suppress(NoSuchCapture):  # the first one could not be opened, which was said
                first = await asyncio.to_thread(self.store.find, came[0])
                self._notice("info", f"{came_while_away(len(came), first.delivery.received_at)}; captured")

    def _changed(self, change: ConnectionChange) -> None:
        if change.state == "connecting" and change.reason:
            self._notice("warning", change.reason)
        self._listener(
            ConnectionChanged(
                at=time.time(),
                state=change.state,
                reason=change.reason,
                retry_in_ms=None if change.retry_in_s is None else int(change.retry_in_s * 1000),
                role=change.role,
            )
        )

    def _in_background(self, work: Coroutine[Any, Any, Any]) -> None:
        task = asyncio.create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background_done)

    def _background_done(self, task: asyncio.Task[Any]) -> None:
        self._background.discard(task)
        if not task.cancelled() and isinstance(error := task.exception(), HookscopeError):
            self._notice("error", str(error))

    def _notice(self, level: Any, text: str) -> None:  # Any: one of Noticed's levels
        self._listener(Noticed(at=time.time(), level=level, text=text))


async def run_session(plan: Plan, listener: Listener, started: Callable[[Runner], None] | None = None) -> int:
    """Run a session and tell the listener how it ended; the exit code is 0, or that of the error that is raised."""
    runner = Runner(plan, listener)
    if started is not None:
        started(runner)
    exit_code = 0
    try:
        await runner.run()
    except HookscopeError as error:
        exit_code = error.exit_code
        raise
    except Exception:
        exit_code = OurBug.exit_code
        raise
    finally:
        captured = runner.pipeline.captured if hasattr(runner, "pipeline") else 0
        listener(Stopped(at=time.time(), captured=captured, exit_code=exit_code))
    return exit_code
