"""A second `listen` for an endpoint on this machine: it shows the first one's session, or says how to have another."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from typing import TypeAlias

from hookscope.config.endpoint_keys import EndpointLock
from hookscope.config.session_note import NoteFile, SessionNote, is_held, read_note
from hookscope.config.settings import Settings
from hookscope.model.events import Listener
from hookscope.model.handler import parse_handler
from hookscope.session.plan import Plan
from hookscope.session.run import AnyRunner, Runner
from hookscope.text.safe import safe_text
from hookscope.tools.routes.parse import tables_of
from hookscope_relay.errors import AlreadyInUse, InputError

MakeRunner: TypeAlias = Callable[[Plan, Listener], AnyRunner]


def hold(settings: Settings, stack: ExitStack) -> SessionNote | None:
    """Hold the endpoint until the stack ends; where another session does, what that says of itself.

    `AlreadyInUse` where that is another one than the settings describe.
    """
    directory, name = settings.places.endpoints, settings.text("endpoint")
    try:
        stack.enter_context(EndpointLock(directory, name))
    except AlreadyInUse as error:
        note = read_note(directory, name)
        if note is None or not note.url:
            raise
        if why := _differs(settings, note):
            raise AlreadyInUse(f"{error.what} (process {note.pid}): {why}", REMEDY) from None
        return note
    return None


REMEDY = "choose another endpoint with --endpoint NAME, or end that session"


def arrange(plan: Plan, settings: Settings, other: SessionNote | None) -> tuple[Plan, MakeRunner]:
    """The plan and what runs it: beside the other session where there is one, else as the endpoint's own, which says
    so to others."""
    directory, name = settings.places.endpoints, settings.text("endpoint")
    if other is None:
        return replace(plan, note=NoteFile(directory, name, _note(plan))), Runner
    from hookscope.session.attachment import AttachedRunner

    attached = replace(plan, handler=parse_handler(other.handler) if other.handler else None)
    return attached, partial(AttachedRunner, note=other, is_there=partial(is_held, directory, name))


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
