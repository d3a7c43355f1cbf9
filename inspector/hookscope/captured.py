"""The capture store for commands that work on what was captured, without a session."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from hookscope.attempts import Attempts, Emit
from hookscope.capture import Capture
from hookscope.diagnosis.case import Earlier
from hookscope.diagnosis.silencing import silenced
from hookscope.explaining import Explainer
from hookscope.providers.registry import all_providers
from hookscope.replaying import Replayer
from hookscope.secrets import load_secrets
from hookscope.settings import Settings, parse_parameters
from hookscope.store.captures import CaptureStore
from hookscope.verdict import Recognition


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
    dotenv = Path(settings.text("dotenv")) if settings.text("dotenv") else None
    secrets = load_secrets(settings.environ, settings.places, dotenv)

    def earlier(recognition: Recognition, number: int) -> tuple[Earlier, ...]:
        return tuple(
            store.earlier(
                provider=recognition.provider,
                event_id=recognition.event_id,
                object_id=recognition.object_id,
                before=number,
            )
        )

    explainer = Explainer(
        providers=all_providers(settings.user, settings.project),
        secrets=secrets,
        earlier=earlier,
        settlement=store.settlement,
        keep=lambda *_: secrets,
        pinned=settings.text("provider"),
        silenced=silenced(settings.user, settings.project),
        params=parse_parameters(settings.many("param")),
    )
    async with AsyncExitStack() as stack:
        stack.callback(explainer.close)
        attempts = Attempts(store=store, explainer=explainer, emit=emit, preserve_host=settings.flag("preserve-host"))
        replayer = Replayer(
            attempts=attempts,
            places=settings.places,
            secrets=lambda: secrets,
            insecure=settings.flag("insecure"),
            allow_remote=settings.flag("allow-remote"),
        )
        stack.push_async_callback(replayer.close)
        yield replayer


async def _keep_all(store: CaptureStore, captures: tuple[Capture, ...]) -> None:
    for capture in captures:
        await store.keep(capture.delivery, origin="fixture")
