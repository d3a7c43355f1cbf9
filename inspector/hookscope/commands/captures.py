"""The capture store for commands that work on what was captured, without a session."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from hookscope.attempts.explain_captures import configured_explainer
from hookscope.attempts.make import Attempts, Emit
from hookscope.config.settings import Settings
from hookscope.model.capture import Capture
from hookscope.model.verdict import Recognition
from hookscope.store.captures import CaptureStore
from hookscope.tools.imports.build import identified
from hookscope.tools.replay.one import Replayer
from hookscope_relay.delivery import Delivery, new_delivery_id


@contextmanager
def open_captures(settings: Settings) -> Iterator[CaptureStore]:
    """The user's captures, let go of in the end; raises `CannotWrite` or `DamagedFile`."""
    store = CaptureStore.open(settings.places.captures)
    try:
        yield store
    finally:
        store.close()


@contextmanager
def hold_apart(captures: tuple[Capture, ...]) -> Iterator[CaptureStore]:
    """A store of these captures alone, gone in the end: what came out of files is handed over without touching the user's own.

    They have the numbers 1, 2, 3 … in their order, whatever ids their files give them: one without an id of ours, or with an earlier
    one's, gets one.
    """
    with TemporaryDirectory(prefix="hookscope-", ignore_cleanup_errors=True) as directory:
        store = CaptureStore.open(Path(directory) / "captures.db")
        try:
            asyncio.run(_keep_all(store, captures))
            yield store
        finally:
            store.close()


@asynccontextmanager
async def open_replayer(settings: Settings, store: CaptureStore, emit: Emit) -> AsyncIterator[Replayer]:
    """A replayer without a session; the settings have `provider`, `param`, `dotenv`, `insecure`, `allow-remote` and `preserve-host`."""
    async with AsyncExitStack() as stack:
        explainer = stack.enter_context(configured_explainer(settings, store))
        attempts = Attempts(store=store, explainer=explainer, emit=emit, preserve_host=settings.flag("preserve-host"))
        replayer = Replayer(
            attempts=attempts,
            places=settings.places,
            secrets=lambda: explainer.secrets,
            insecure=settings.flag("insecure"),
            allow_remote=settings.flag("allow-remote"),
        )
        stack.push_async_callback(replayer.close)
        yield replayer


async def _keep_all(store: CaptureStore, captures: tuple[Capture, ...]) -> None:
    taken: set[str] = set()
    for capture in captures:
        delivery = _apart(capture.delivery, taken)
        taken.add(delivery.id)
        await store.keep(delivery, origin="fixture", recognition=Recognition(provider=capture.provider))


def _apart(delivery: Delivery, taken: set[str]) -> Delivery:
    known = identified(delivery, timed=True)
    if known.id not in taken:
        return known
    return replace(known, id=new_delivery_id(len(taken) / 1000, secrets.token_bytes(10)))
