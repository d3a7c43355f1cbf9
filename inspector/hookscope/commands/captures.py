"""The capture store for commands that work on what was captured, without a session."""

from __future__ import annotations

import asyncio
import secrets
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from hookscope.apps.routes import RouteTable, table_for_replay
from hookscope.attempts.explain import Explainer
from hookscope.attempts.explain_captures import configured_explainer
from hookscope.attempts.make import Attempts, Emit
from hookscope.config.settings import Settings
from hookscope.model.capture import Capture
from hookscope.model.handler import Handler, doubled_path, handler_target
from hookscope.model.verdict import Recognition
from hookscope.store.captures import CaptureStore
from hookscope.text.safe import safe_text
from hookscope.tools.imports.build import identified
from hookscope.tools.replay.one import Replayer, handler_of
from hookscope.tools.routes.open import Routing, open_legs
from hookscope_relay.delivery import Delivery, new_delivery_id

# How far back a path that was accepted is looked for.
LOOKED_AT = 200


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
    """A store of these captures alone, gone in the end:
    what came out of files is handed over without touching the user's own.

    They have the numbers 1, 2, 3 … in their order, whatever ids their files give them: one without an id of ours, or
    with an earlier one's, gets one.
    """
    with TemporaryDirectory(prefix="hookscope-", ignore_cleanup_errors=True) as directory:
        store = CaptureStore.open(Path(directory) / "captures.db")
        try:
            asyncio.run(_keep_all(store, captures))
            yield store
        finally:
            store.close()


def handler_of_files(settings: Settings, captures: Sequence[Capture]) -> str:
    """The one handler that captures out of files go to, if this user has listened for it, which is said;
    empty where none is named.

    RefusedForSafety for another: a file's word is a stranger's, and any port of this machine could be meant.
    """
    import sys

    from hookscope.model.errors import RefusedForSafety
    from hookscope.text.safe import safe_text

    named = {handler.url for capture in captures if (handler := handler_of(capture)) is not None}
    if not named:
        return ""
    known: frozenset[str] = frozenset()
    if settings.places.captures.exists():
        with open_captures(settings) as store:
            known = store.listened_for()
    unknown = sorted(url for url in named if url.rstrip("/") not in known)
    if unknown or len(named) > 1:
        raise RefusedForSafety(
            f"only the file says that it goes to {(unknown or sorted(named))[0]}"
            + (", which you have not listened for" if unknown else ", and another file says otherwise"),
            "name the handler with --to",
        )
    print(f"hookscope: to {safe_text(*named)}, as the file says and you have listened for", file=sys.stderr)
    return named.pop()


def accepted_path(settings: Settings, handler: Handler) -> str:
    """The path of the last delivery that this handler accepted; empty where it never did, or at its root only."""
    if not settings.places.captures.exists():
        return ""
    with open_captures(settings) as store:
        recent = store.recent(limit=LOOKED_AT)
    accepted = (one for one in reversed(recent) if 200 <= one.status < 300 and one.cause != "ok-with-error-body")
    paths = (
        one.handler_url.removeprefix(handler.origin).partition("?")[0]
        for one in accepted
        if one.handler_url.startswith(f"{handler.origin}/")
    )
    return next((path for path in paths if path != "/" and "//" not in path), "")


def where_accepted(settings: Settings, handler: Handler) -> Handler:
    """A handler without a path, with the last one at which it accepted a delivery, which is said; as it is where it
    never did."""
    if not (path := accepted_path(settings, handler)):
        return handler
    told = f"at {safe_text(path)}, where it accepted a delivery; name another path as in 3000/path"
    print(f"hookscope: {told}", file=sys.stderr)
    return replace(handler, path=path)


def note_doubled(handler: Handler, capture: Capture) -> None:
    """Say so where the handler's own path and that of the delivery begin alike."""
    import sys

    from hookscope.text.safe import safe_text

    if twice := doubled_path(handler, capture.delivery.target):
        asked = safe_text(handler_target(handler, capture.delivery.target))
        print(
            f"hookscope: {safe_text(twice)} stands twice in {asked}: "
            "the path of --to goes in front of the delivery's own",
            file=sys.stderr,
        )


@asynccontextmanager
async def open_replayer(
    settings: Settings, store: CaptureStore, emit: Emit, numbers: Sequence[int] = ()
) -> AsyncIterator[Replayer]:
    """A replayer without a session; the settings have `provider`, `param`, `dotenv`, `insecure`, `allow-remote` and
    `preserve-host`. With `route` and `transform` it goes by these, or by those of the session at the endpoint of the
    captures of these numbers, which is said."""
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
        if "route" in settings.values and not settings.values.get("to"):
            await _go_by(table_for_replay(settings, store.endpoint_of(numbers)), replayer, explainer, settings, stack)
        yield replayer


async def _go_by(
    table: RouteTable, replayer: Replayer, explainer: Explainer, settings: Settings, stack: AsyncExitStack
) -> None:
    if table.said:
        print(f"hookscope: {safe_text(table.said)}", file=sys.stderr)
    rest = replayer.rest = await replayer.open(table.rest) if table.rest else None
    if table.rules:
        replayer.routing = Routing(await open_legs(table.rules, replayer.open), lambda: rest)
    if table.transform is not None:
        from hookscope.session.transform import open_transform

        transform = await open_transform(table.transform, explainer, settings.places, stack)
        replayer.transform = transform.change


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
