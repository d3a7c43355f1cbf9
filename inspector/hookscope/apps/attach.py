"""A second `listen` for an endpoint on this machine: it shows the first one's session and takes its place when that
ends, or says how to have another."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from hookscope.apps.listen_plan import build_plan
from hookscope.config.endpoint_keys import EndpointLock
from hookscope.config.session_note import NoteFile, SessionNote, read_note
from hookscope.config.settings import Settings
from hookscope.model.events import Listener
from hookscope.model.handler import parse_handler
from hookscope.session.plan import Plan
from hookscope.session.run import AnyRunner, Runner
from hookscope.text.safe import safe_text
from hookscope.text.version import version
from hookscope.tools.routes.parse import tables_of
from hookscope_relay.errors import AlreadyInUse, InputError

if TYPE_CHECKING:
    from hookscope.session.attachment import Attachment
    from hookscope.session.succession import Other

MakeRunner: TypeAlias = Callable[[Plan, Listener], AnyRunner]

REMEDY = "choose another endpoint with --endpoint NAME, or end that session"
# A session that is open lets others in a moment later; one that is stopped (Ctrl-Z) does not.
LET_IN_WITHIN_S = 5.0
LOOK_EVERY_S = 0.05
# What keeps deliveries, or more than deliveries, from the handler: whoever asks for it is not shown a session without.
NARROWS = ("only-path", "only-from", "watch", "websocket")


def hold(settings: Settings, stack: ExitStack) -> Other | None:
    """Hold the endpoint until the stack ends; where another session does, that one.

    `AlreadyInUse` where that is another one than the settings describe, or cannot be shown.
    """
    directory, name = settings.places.endpoints, settings.text("endpoint")
    try:
        stack.enter_context(EndpointLock(directory, name))
    except AlreadyInUse as error:
        note = _await_note(directory, name)
        if note is None:
            raise
        if why := _differs(settings, note):
            raise AlreadyInUse(f"{error.what} (process {note.pid}): {why}", REMEDY) from None
        other = _get_in(settings)
        if other is None:
            why = f"process {note.pid}, which holds it, does not answer; is it stopped (Ctrl-Z)?"
            raise AlreadyInUse(f"{error.what}: {why}", REMEDY) from None
        if wider := _wider(settings, other.attachment.settings):
            other.attachment.stop()
            why = f"it was begun with another --{wider} than this one, or none"
            raise AlreadyInUse(f"{error.what} (process {note.pid}): {why}", REMEDY) from None
        return other
    return None


def arrange(settings: Settings, other: Other | None, stack: ExitStack) -> tuple[Plan, MakeRunner]:
    """The plan and what runs it: beside the other session where there is one, until that ends, else as the endpoint's
    own, which says so to others."""
    if other is None:
        return _share(build_plan(settings), settings), Runner
    from hookscope.session.succession import Successor

    begun = other.attachment.settings

    def beside(plan: Plan, listener: Listener) -> AnyRunner:
        return Successor(listener, other, partial(_succeed, begun, stack))

    return build_plan(begun), beside


def _succeed(settings: Settings, stack: ExitStack, listener: Listener) -> Other | Runner | None:
    """Go on where a session ended that was begun with the settings; where another one was quicker, show that."""
    directory, name = settings.places.endpoints, settings.text("endpoint")
    try:
        stack.enter_context(EndpointLock(directory, name))
    except AlreadyInUse:
        return _get_in(settings, within_s=0)
    left = read_note(directory, name)
    plan = build_plan(settings)
    # What came in between is for this one, whatever was old when the first began.
    plan = replace(plan, dialling=replace(plan.dialling, only_new=False))
    if left is not None and left.rest != (plan.handler.url if plan.handler else ""):
        plan = replace(plan, handler=parse_handler(left.rest) if left.rest else None)
    return Runner(_share(plan, settings), listener)


def _wider(settings: Settings, begun: Settings) -> str:
    """The option that narrows these settings, and not so those that the other session was begun with; empty where there
    is none."""
    asked = (name for name in NARROWS if settings.sources.get(name, "default") != "default")
    return next((name for name in asked if settings.values.get(name) != begun.values.get(name)), "")


def _share(plan: Plan, settings: Settings) -> Plan:
    """The plan of a session that tells others of itself and lets them in."""
    note = NoteFile(settings.places.endpoints, settings.text("endpoint"), _note(plan))
    return replace(plan, note=note, shared=settings)


def _note(plan: Plan) -> SessionNote:
    """What there is to say of a session before it runs."""
    return SessionNote(
        pid=os.getpid(),
        url="",
        handler="",
        relay="",
        endpoint=plan.endpoint,
        routes=tables_of(plan.routes),
        rest=plan.handler.url if plan.handler else "",
        transform=plan.transform.name if plan.transform else "",
        transform_folder=str(plan.transform.folder) if plan.transform else "",
    )


def _await_note(directory: Path, name: str) -> SessionNote | None:
    """What the session says of itself that holds the endpoint, once it is open; None where it is not in time."""
    until = time.monotonic() + LET_IN_WITHIN_S
    while (note := read_note(directory, name)) is None or not note.url:
        if time.monotonic() >= until:
            return None
        time.sleep(LOOK_EVERY_S)  # another process writes it, and tells nobody
    return note


def _get_in(settings: Settings, within_s: float = LET_IN_WITHIN_S) -> Other | None:
    """The session that holds the endpoint, if it lets this process in within that time; `AlreadyInUse` where it is of
    another version of this program."""
    from hookscope.session.succession import Other

    until = time.monotonic() + within_s
    while True:
        note = read_note(settings.places.endpoints, settings.text("endpoint"))
        if note is not None and note.door:
            _check_version(note)
            if (attachment := _attach(note.door)) is not None:
                return Other(f"the session of process {note.pid}", attachment)
        if time.monotonic() >= until:
            return None
        time.sleep(LOOK_EVERY_S)  # the other process opens its door, and tells nobody


def _check_version(note: SessionNote) -> None:
    if note.version != version():
        is_of = f"is of version {safe_text(note.version)}, and this of {version()}"
        raise AlreadyInUse(f"the session of process {note.pid}, which holds the endpoint, {is_of}", REMEDY)


def _attach(door: str) -> Attachment | None:
    """The session behind a door; None where nobody opens."""
    from multiprocessing import AuthenticationError

    from hookscope.session.attachment import Attachment

    attached: Future[Attachment] = Future()

    def attach() -> None:
        try:
            attached.set_result(Attachment(door))
        except (AuthenticationError, EOFError, OSError) as error:
            attached.set_exception(error)

    # Whoever is stopped takes in a connection and says nothing.
    threading.Thread(target=attach, name="hookscope-attach", daemon=True).start()
    try:
        return attached.result(LET_IN_WITHIN_S)
    except (AuthenticationError, EOFError, OSError, TimeoutError):
        return None


def _differs(settings: Settings, note: SessionNote) -> str:
    """What a session that only shows another cannot do of what the settings ask for; empty where it can do all."""
    if settings.flag("take-over"):
        return "--take-over is for sessions on other machines; this one answers as long as it runs"
    if not settings.text("handler"):
        return ""
    try:
        same = parse_handler(settings.text("handler")).url == note.handler
    except InputError:
        return ""  # said where the plan is made
    return (
        "" if same else f"it hands deliveries to {safe_text(note.handler) or 'no handler'}, and H there switches that"
    )
