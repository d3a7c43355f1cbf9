"""Sends captured deliveries again: as they were, edited, signed anew, to the same handler or to another one."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

from hookscope.attempts.explain import Around, Question
from hookscope.attempts.make import Attempts, Handover
from hookscope.config.settings import Places
from hookscope.diagnosis.case import Settlement
from hookscope.forward.forwarder import Forwarder
from hookscope.model.capture import Attempt, Capture
from hookscope.model.edits import edit, parse_draft
from hookscope.model.errors import HandlerUnreachable, RefusedForSafety
from hookscope.model.handler import Handler, parse_handler
from hookscope.model.secret import Secret
from hookscope.model.session_requests import Replay, Replayed
from hookscope.model.stream_note import tell_broken
from hookscope.model.verdict import Recognition
from hookscope.secrets.resign import resign
from hookscope.store.reader import CaptureReader
from hookscope.tools.replay.past_route import past_rule
from hookscope.tools.replay.proof import confirm
from hookscope.tools.routes.open import Leg, Opened, Routing
from hookscope.tools.routes.rule import REST, RouteRule
from hookscope_relay.delivery import Delivery
from hookscope_relay.errors import InputError

# What a user's transform makes of a delivery; None where it leaves it out.
Transforming: TypeAlias = Callable[[Delivery, Recognition], Coroutine[Any, Any, Delivery | None]]


class Replayer:
    """Replays captures of the store.

    `own` is the session's handler, if it has one, `routing` its routes, `rest` the handler for a capture that none has
    had yet; other handlers are kept open until `close`.
    """

    def __init__(
        self,
        *,
        attempts: Attempts,
        places: Places,
        secrets: Callable[[], Sequence[Secret]],
        own: Forwarder | None = None,
        endpoint: str = "",
        only_path: str = "",
        insecure: bool = False,
        allow_remote: bool = False,
    ) -> None:
        self._attempts = attempts
        self._places = places
        self._secrets = secrets
        self.own = own
        self._endpoint = endpoint
        self._only_path = only_path
        self._insecure = insecure
        self._allow_remote = allow_remote
        self._others: dict[Handler, Forwarder] = {}
        self.rest: Forwarder | None = None
        self.routing: Routing | None = None
        self.transform: Transforming | None = None

    async def replay(self, wanted: Replay) -> Replayed:
        """Send a capture again, as one more attempt of it.

        Raises NoSuchCapture, InputError for edits that make no sense or nothing to sign with, HandlerUnreachable where
        no handler is known, RefusedForSafety for one beyond loopback or a path that is closed.
        """
        store = self._attempts.store
        capture = await asyncio.to_thread(store.find, wanted.name)
        number = await asyncio.to_thread(store.number_of, capture.delivery.id)
        return await self.send(capture, number, wanted)

    async def send(self, capture: Capture, number: int, wanted: Replay) -> Replayed:
        """As `replay`, for a capture at hand."""
        edited, note = self.prepare(capture, wanted)
        legs, opened = await self._legs(capture, number, edited, wanted)
        if wanted.origin == "backlog":
            legs = _not_copied(capture, legs)
        sent = edited
        if self.transform is not None and not wanted.to:
            changed = await self.transform(edited, self._attempts.explainer.recognise(edited))
            if changed is None:
                raise InputError(f"capture {number} is left out by your transform", "name a handler with --to")
            if changed != edited and not legs[0].rule.name:
                legs = (Leg(replace(legs[0].rule, name=REST), legs[0].forwarder),)
            sent = changed
        made: list[Replayed] = []
        for leg in legs:
            handover = leg.plan(
                self._attempts,
                capture.delivery,
                opened,
                origin=wanted.origin,
                limit_s=wanted.limit_s,
                copy=wanted.copy if wanted.route else leg is not legs[0],
                edited=None if sent == capture.delivery else sent,
                is_own_edit=edited != capture.delivery,
            )
            if isinstance(handover, Handover):
                made.append(await self._hand_over(capture, number, wanted, handover, leg.forwarder, (edited, note)))
            elif leg is legs[0]:
                raise RefusedForSafety(
                    f"capture {number} is not handed over: {handover.reason.rstrip('.')}",
                    "change --only-path, the route or the path",
                )
        first, *others = made
        return replace(first, copies=tuple(one.attempt for one in others), transformed=sent != edited)

    async def _legs(
        self, capture: Capture, number: int, edited: Delivery, wanted: Replay
    ) -> tuple[tuple[Leg, ...], Opened]:
        """Where a capture goes, the answering one first: to the handlers that its routes name, as a live delivery, or
        to that of the one route that is wanted; to one handler alone where that is named, or no routes are at hand."""
        routing = self.routing
        if routing is None or wanted.to:
            forwarder, closed_to = await self._forwarder(capture, wanted.to)
            is_recorded = not wanted.to and self.own is None and edited.target == capture.delivery.target
            rule = past_rule(capture, forwarder.handler) if is_recorded else None
            leg = Leg(rule or RouteRule(name="", handler=forwarder.handler), await self._at(rule, forwarder))
            return (leg,), Opened(endpoint=self._endpoint, only_path=closed_to)
        recognition = self._attempts.explainer.recognise(edited)
        named = routing.named(wanted.route) if wanted.route else None
        legs = routing.choose(edited, recognition) if not wanted.route else (named,) if named is not None else ()
        if not legs:
            why = routing.why_none(edited, recognition).rstrip(".")
            raise HandlerUnreachable(f"capture {number} is not handed over: {why}", "name a handler with --to")
        return legs, Opened(endpoint=self._endpoint, only_path=self._only_path)

    async def _at(self, rule: RouteRule | None, forwarder: Forwarder) -> Forwarder:
        """What forwards to the handler of a rule."""
        return forwarder if rule is None or rule.handler == forwarder.handler else await self.open(rule.handler)

    async def _hand_over(
        self,
        capture: Capture,
        number: int,
        wanted: Replay,
        handover: Handover,
        forwarder: Forwarder,
        sent: tuple[Delivery, str],
    ) -> Replayed:
        edited, note = sent
        before = capture.outcome.handler_url if capture.outcome else ""
        attempt = await self._attempts.forward(handover, number, forwarder, before, holds=wanted.holds)
        await self._keep_proof(capture, attempt, wanted.proves)
        settled = Settlement(status=wanted.told, by="inspector") if wanted.told else None
        if wanted.origin == "backlog" and not attempt.is_accepted:
            settled = await asyncio.to_thread(self._attempts.store.settlement, capture.delivery.id)
        question = Question(
            delivery=edited,
            number=number,
            recognition=self._attempts.explainer.recognise(edited),
            attempt=attempt,
            handler=forwarder.handler,
            around=Around(owed=wanted.origin == "backlog", settled=settled),
        )
        explained = await self._attempts.explain(question)
        return Replayed(number, attempt, explained, note)

    def prepare(self, capture: Capture, wanted: Replay) -> tuple[Delivery, str]:
        """The delivery as it would be sent, and by what it was signed."""
        delivery = capture.delivery
        if wanted.draft is not None:
            delivery = parse_draft(wanted.draft, delivery)
        edited = edit(delivery, wanted.edits)
        if edited.broken:
            if edited.body == capture.delivery.body:
                why = tell_broken(edited.broken, len(edited.body))
                raise RefusedForSafety(f"{why}; handed over it would seem whole", "give it a body of your own")
            edited = replace(edited, broken="")
        if not wanted.resign:
            return edited, ""
        explainer = self._attempts.explainer
        name = wanted.provider or explainer.recognise(edited).provider or capture.provider
        now = time.time()
        signed = resign(edited, explainer.providers.get(name), self._secrets(), self._places, now, explainer.params)
        # Judged by the clock of its new signature, not by the time at which it first came.
        return replace(signed.delivery, received_at=now), signed.note

    async def _keep_proof(self, capture: Capture, attempt: Attempt, code: str) -> None:
        """Keep the finding that the attempt was to prove as proved, if it did."""
        if not code or not attempt.is_accepted or capture.outcome is None:
            return
        store, name = self._attempts.store, capture.delivery.id
        found = await asyncio.to_thread(store.findings, name)
        confirmed = [confirm(finding, attempt) for finding in found if finding.code == code]
        await store.keep_proofs(name, confirmed[:1], attempt.number)

    async def close(self) -> None:
        """Close the connections to other handlers than the session's own."""
        for forwarder in self._others.values():
            await forwarder.close()
        self._others.clear()

    async def _forwarder(self, capture: Capture, to: str) -> tuple[Forwarder, str]:
        """The forwarder to use, and the prefix that it is limited to."""
        if not to and self.own is not None:
            return self.own, self._only_path
        if not to and self.rest is not None and handler_of(capture) is None:
            return self.rest, ""
        handler = parse_handler(to) if to else await asyncio.to_thread(last_handler, capture, self._attempts.store)
        return await self.open(handler), ""

    async def open(self, handler: Handler) -> Forwarder:
        """What forwards to another handler, until `close`; `RefusedForSafety` for one beyond loopback."""
        if handler not in self._others:
            forwarder = Forwarder(handler, insecure=self._insecure, allow_remote=self._allow_remote)
            await forwarder.check_remote()
            self._others[handler] = forwarder
        return self._others[handler]


def _not_copied(capture: Capture, legs: tuple[Leg, ...]) -> tuple[Leg, ...]:
    """The answering one, and the others that had no copy yet: a backlog is what nobody has handled."""
    had = {one.route for one in capture.copies if one.answer is not None or one.failure is not None}
    return (legs[0], *(leg for leg in legs[1:] if leg.rule.name not in had))


def last_handler(capture: Capture, store: CaptureReader) -> Handler:
    """The handler that had a capture of the store last; of one that came out of a file,
    only if the user has listened for it.

    HandlerUnreachable where none is known; RefusedForSafety for a handler that nothing but a file names: it could be
    anything here.
    """
    handler = handler_of(capture)
    if handler is None:
        raise HandlerUnreachable(
            "no handler is known for this capture", "name one with --to, such as --to 3000/webhooks"
        )
    if not store.is_own(capture.delivery.id) and handler.url.rstrip("/") not in store.listened_for():
        raise RefusedForSafety(
            f"only the file that it came from says that it goes to {handler.url}, which you have not listened for",
            "name the handler with --to",
        )
    return handler


def handler_of(capture: Capture) -> Handler | None:
    """The handler that the capture was sent to, in an experiment only where nothing else was: an attempt's address
    less the delivery's own target; None without an attempt."""
    target = capture.delivery.target
    unedited = [attempt for attempt in capture.attempts if attempt.handler_url.endswith(target)]
    counted = (capture.outcome,) if capture.outcome in unedited else ()
    for attempt in (*counted, *reversed(unedited), *reversed(capture.attempts)):
        url = attempt.handler_url.removesuffix(target)
        if attempt not in unedited:
            url = url.removesuffix(attempt.request.target if attempt.request else "")
        with contextlib.suppress(InputError):
            return parse_handler(url.partition("?")[0])
    return None
