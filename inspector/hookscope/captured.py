"""The capture store for commands that work on what was captured, without a session."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from hookscope.attempts import Attempts, Emit
from hookscope.capture import Capture
from hookscope.explaining_captures import configured_explainer
from hookscope.replaying import Replayer
from hookscope.settings import Settings
from hookscope.store.captures import CaptureStore


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
    """A store of these captures alone, gone in the end: what came out of files is handed over without touching the user's own."""
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
    for capture in captures:
        await store.keep(capture.delivery, origin="fixture")
