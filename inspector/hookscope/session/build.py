"""Builds the parts of a session from its plan.

What is opened here is closed again, the last one first, by the stack it is given.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from hookscope.attempts.explain import Explainer
from hookscope.attempts.make import Attempts
from hookscope.forward.forwarder import Forwarder, Witness
from hookscope.model.events import Listener
from hookscope.model.handler import Handler
from hookscope.model.secret import Secret
from hookscope.secrets.kept import keep_secret
from hookscope.session.desk import FrontDesk
from hookscope.session.pipeline import Pipeline
from hookscope.session.plan import Notice, Plan
from hookscope.session.transform import open_transform
from hookscope.store.captures import CaptureStore
from hookscope.store.earlier import StoreMemory
from hookscope.tools.replay.one import Replayer
from hookscope.tools.routes.open import Routing, open_legs
from hookscope.tools.routes.rule import REST
from hookscope.tunnel.client import ConnectionChange, Tunnel
from hookscope.tunnel.frames import Incoming, InspectorSession
from hookscope.tunnel.inflow import Inflow

if TYPE_CHECKING:
    from hookscope.session.calls import Calls


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The parts of a session; `relay` is the origin of the relay that it is connected to, `newest` the number of the
    newest capture that was there before."""

    store: CaptureStore
    newest: int
    tunnel: Tunnel
    pipeline: Pipeline
    desk: FrontDesk
    relay: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ends:
    """What a session does with what comes: with what the relay sends, with a connection that changed,
    with events and notices."""

    receive: Callable[[Incoming | Inflow, InspectorSession], Awaitable[None]]
    changed: Callable[[ConnectionChange], None]
    emit: Listener
    notice: Notice


async def build(plan: Plan, ends: Ends, stack: AsyncExitStack) -> Parts:
    """Open the store, start the relay that is embedded, and put the rest together;
    `HookscopeError` where something cannot be."""
    store = CaptureStore.open(plan.places.captures)
    stack.callback(store.close)
    newest = store.newest()
    relay = await _start_relay(plan, ends.notice, stack) or plan.dialling.relay
    calls = await _open_gateway(plan, store, ends, stack)
    opened = partial(open_forwarder, plan, ends.notice, stack, calls)
    forwarder = await opened(plan.handler) if plan.handler is not None and plan.forwards else None
    legs = await open_legs(plan.routes, opened) if plan.forwards else ()
    explainer = build_explainer(plan, store)
    stack.callback(explainer.close)
    attempts = Attempts(
        store=store,
        explainer=explainer,
        emit=ends.emit,
        preserve_host=plan.forwarding.preserve_host,
        forwarded=plan.forwarding.forwarded,
    )
    replayer = build_replayer(plan, attempts, forwarder)
    routing = None
    if legs or plan.pace or plan.transform:
        routing = Routing(legs, lambda: replayer.own, plan.pace, REST if legs or plan.transform else "")
    replayer.routing = routing if legs or plan.transform else None
    transform = await open_transform(plan.transform, explainer, plan.places, stack) if plan.transform else None
    replayer.transform = transform.change if transform else None
    stack.push_async_callback(replayer.close)
    tunnel = Tunnel(
        replace(plan.dialling, relay=relay),
        cursor=partial(store.cursor, plan.endpoint),
        receive=ends.receive,
        changed=ends.changed,
    )
    pipeline = Pipeline(
        keys=plan.keys,
        store=store,
        explainer=explainer,
        attempts=attempts,
        forwarder=forwarder,
        forwarding=plan.forwarding,
        routing=routing,
        transform=transform,
        replay=replayer.replay,
        reply=tunnel.replies.send,
        stream=tunnel.streams.open,
        emit=ends.emit,
    )
    tunnel.arrive = pipeline.receive
    pipeline.courses.label = plan.dialling.label
    desk = FrontDesk(
        plan=plan,
        store=store,
        pipeline=pipeline,
        replayer=replayer,
        open_forwarder=opened,
        take_over=tunnel.take_over,
    )
    return Parts(store=store, newest=newest, tunnel=tunnel, pipeline=pipeline, desk=desk, relay=relay)


async def _start_relay(plan: Plan, notice: Notice, stack: AsyncExitStack) -> str:
    """The origin of the relay in this process; empty where there is none."""
    if plan.embedded is None:
        return ""
    relay = await plan.embedded()
    stack.push_async_callback(relay.stop)
    if relay.notice:
        notice("info", relay.notice)
    if relay.supervise is not None:
        watch = asyncio.create_task(relay.supervise(notice))
        stack.push_async_callback(asyncio.wait, {watch})
        stack.callback(watch.cancel)
    return relay.origin


async def open_forwarder(
    plan: Plan, notice: Notice, stack: AsyncExitStack, witness: Witness | None, handler: Handler
) -> Forwarder:
    """A forwarder that lives as long as the session: what is in flight through it ends, whatever takes its place."""
    forwarder = Forwarder(handler, insecure=plan.insecure, allow_remote=plan.allow_remote)
    stack.push_async_callback(forwarder.close)
    forwarder.witness = witness
    await forwarder.check_remote()
    failure = await forwarder.probe()
    if failure is not None:
        told = f"the handler {handler.url} does not answer now: {failure.detail}"
        notice("warning", told, about="handler-away")
    return forwarder


async def _open_gateway(plan: Plan, store: CaptureStore, ends: Ends, stack: AsyncExitStack) -> Calls | None:
    """The gateway for the handler's calls where the plan names APIs; what it needs is loaded for it only."""
    if not plan.outward.apis:
        return None
    from hookscope.session.calls import open_gateway

    return await open_gateway(plan, store, ends.emit, ends.notice, stack)


def build_explainer(plan: Plan, store: CaptureStore) -> Explainer:
    """What explains captures as the plan says; to be closed."""

    def keep(provider: str, token: str, candidate: bool) -> tuple[Secret, ...]:
        keep_secret(plan.places, provider, token, candidate=candidate)
        return plan.load_secrets()

    return Explainer(
        providers=plan.providers,
        secrets=plan.load_secrets(),
        memory=StoreMemory(store, plan.endpoint),
        keep=keep,
        pinned=plan.pinned_provider,
        silenced=plan.silenced,
        forwarded=plan.forwarding.forwarded,
        params=plan.params,
    )


def build_replayer(plan: Plan, attempts: Attempts, forwarder: Forwarder | None) -> Replayer:
    """What hands captures over again as the plan says; to be closed."""
    return Replayer(
        attempts=attempts,
        places=plan.places,
        secrets=lambda: attempts.explainer.secrets,
        own=forwarder,
        endpoint=plan.endpoint,
        only_path=plan.forwarding.only_path,
        insecure=plan.insecure,
        allow_remote=plan.allow_remote,
    )
