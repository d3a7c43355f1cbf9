"""Ingress: an HTTP request for an endpoint becomes a delivery, byte for byte, and its outcome becomes the response."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import logging
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TypeAlias

import msgspec
from aiohttp import web

from hookscope_relay.delivery import ULID_ALPHABET, Answer, Delivery, Headers, header, spell
from hookscope_relay.errors import LogUnavailable
from hookscope_relay.exact_response import (
    ExactResponse,
    WrittenResponse,
    complete,
    complete_problem,
    render_head,
    write_interim,
)
from hookscope_relay.hosts import LOOPBACK_NAMES, host_name, with_prefix
from hookscope_relay.http_server import Connection
from hookscope_relay.hub import Hub
from hookscope_relay.keys.endpoint_key import ENDPOINT_ID
from hookscope_relay.limits import Gate, Hold, Refusal
from hookscope_relay.log.protocol import EndpointRecord, Log
from hookscope_relay.log_lines import short, tell
from hookscope_relay.made_answers import ANSWERED_BY, Framing, is_bodiless, streamed, switched
from hookscope_relay.metrics import Metrics
from hookscope_relay.pour import Flowing, RawReader, pour
from hookscope_relay.read_body import read_body
from hookscope_relay.request_head import Head, check_head, client_of, head_of, scheme_of, wants_upgrade
from hookscope_relay.request_stream import RequestStream
from hookscope_relay.senders import Interim, Outcome, Waiter
from hookscope_relay.session import SWITCHING
from hookscope_relay.settings import RelaySettings

RETRY_STORE_S = 5.0
RETRY_UPGRADE_S = 60.0
NOT_UNDERSTOOD = frozenset({"malformed", "not-implemented"})
NAMES_AT_ONCE = 256
_AS_ULID = bytes.maketrans(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", ULID_ALPHABET.encode())
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"

# With the answer, whether the connection stays, and what follows where the answer is a head alone.
Answered: TypeAlias = Callable[[Answer, bool, Flowing | None], object]

logger = logging.getLogger("hookscope.relay")


class DeliveryNames:
    """Ids as from `new_delivery_id`, with the system's own random bytes,
    which are fetched and spelt out for many at a time."""

    def __init__(self) -> None:
        self._ms = 0
        self._time = ""
        self._random = iter("")

    def give(self, now: float) -> str:
        """An id that no other delivery has."""
        ms = round(now * 1000)
        if ms != self._ms:
            self._ms, self._time = ms, spell(ms, 10)
        return self._time + (next(self._random, "") or self._fetch())

    def _fetch(self) -> str:
        # 80 bits are 16 characters exactly, in the one alphabet of 32 as in the other.
        text = base64.b32encode(os.urandom(10 * NAMES_AT_ONCE)).translate(_AS_ULID).decode()
        self._random = iter([text[at : at + 16] for at in range(0, len(text), 16)])
        return next(self._random)


@dataclass(frozen=True, slots=True)
class Ingress:
    """Takes deliveries for the endpoints of one relay.

    `prefix` is the path that the relay stands below, `public_host` what its senders called where a proxy in front puts
    this machine's name in the place of it. `emptied` is set when the gate is draining and the last delivery has ended.
    """

    settings: RelaySettings
    log: Log
    hub: Hub
    gate: Gate
    metrics: Metrics
    prefix: str = ""
    public_host: str = ""
    emptied: asyncio.Event = field(default_factory=asyncio.Event)
    names: DeliveryNames = field(default_factory=DeliveryNames)
    streams: set[asyncio.Task[None]] = field(default_factory=set)

    async def handle(
        self, request: web.BaseRequest, headers: Headers, endpoint_id: str, tail: str
    ) -> web.StreamResponse:
        """The response to a request for an endpoint."""
        head = head_of(request, headers)
        endpoint: EndpointRecord | None = None
        try:
            endpoint = await self._endpoint(endpoint_id)
            answer, flowing = await self._accept(request, head, endpoint, tail)
            if flowing is not None:
                return await self._pour(request, answer, flowing)
            return ExactResponse(answer, keep_alive=request.content.is_eof())
        except Refusal as refusal:
            answer, keep_alive = self._refuse(head, endpoint, tail, refusal, request.content.is_eof())
        except LogUnavailable:
            answer, keep_alive = self._refuse(head, endpoint, tail, store_unavailable(), request.content.is_eof())
        return ExactResponse(answer, keep_alive=keep_alive)

    def take(
        self, head: Head, body: bytes, endpoint_id: str, tail: str, answered: Answered, interim: Interim | None = None
    ) -> Taken | None:
        """Take a plain request, without a task of its own: `answered` is called with what its sender gets,
        never before this returns, and `interim` with each interim answer before.

        None, and nothing has happened, where `handle` is to be asked instead: for what it refuses before the delivery
        is admitted.
        """
        endpoint = self.log.known(endpoint_id)
        limits = self.settings.limits
        if endpoint is None or len(head.headers) > limits.header_count or len(body) > limits.body_bytes:
            return None
        taken = Taken(self, head, tail, endpoint, answered)
        try:
            remote = self._admit(head, endpoint)
            taken.hold = self.gate.hold(endpoint.id)
            taken.hold.take_bytes(len(body))
        except Refusal as refusal:
            asyncio.get_running_loop().call_soon(taken.refuse, refusal)
            return taken
        delivery = self._delivery(head, tail, remote, body)
        taken.delivery_id = delivery.id
        taken.waiter = self.hub.accept(endpoint, delivery, taken.tell, taken.hold.release_bytes)
        taken.waiter.interim = interim
        return taken

    async def _accept(
        self, request: web.BaseRequest, head: Head, endpoint: EndpointRecord | None, tail: str
    ) -> tuple[Answer, Flowing | None]:
        try:
            remote = self._admit(head, endpoint)
            assert endpoint is not None
            size = check_head(head, self.settings)
            upgrades = wants_upgrade(head)
            if upgrades:
                self._admit_upgrade(endpoint)
            delivery = self._delivery(head, tail, remote, b"")
            interim = None if head.version < (1, 1) else partial(write_interim, request.protocol)
            with contextlib.ExitStack() as held:
                hold = held.enter_context(self.gate.hold(endpoint.id))
                if not upgrades and (stream := self._begin_stream(request, endpoint, delivery, size, hold, interim)):
                    held.pop_all()  # the stream ends it
                    _go_on(request, head)
                    return await self._accept_stream(stream, head, delivery.id, endpoint)
                hold.check_bytes(size)
                _go_on(request, head)
                intake = self.hub.take_in(endpoint, delivery.id)
                try:
                    await read_body(request.content, hold, self.settings.limits, intake)
                    trailers = trailers_of(request)
                except BaseException:
                    intake.abandon()
                    raise
                delivery = replace(delivery, received_at=time.time(), trailers=trailers)
                outcome = await self.hub.submit(endpoint, delivery, hold.release_bytes, intake, interim)
            return self.answer(outcome, delivery.id, head, endpoint.id, upgrades=upgrades)
        finally:
            self._note_end()

    def _begin_stream(
        self,
        request: web.BaseRequest,
        endpoint: EndpointRecord,
        delivery: Delivery,
        size: int,
        hold: Hold,
        interim: Interim | None,
    ) -> RequestStream | None:
        """Begin to pass on a request whose body is still arriving, where whoever answers takes it so."""
        session = None if request.content.is_eof() else self.hub.requests.taker(endpoint.id)
        if session is None or hold.lacks(size) or self.gate.streams.take(endpoint.id):
            return None
        with contextlib.ExitStack() as undone:
            undone.callback(self.gate.streams.give, endpoint.id)
            intake = self.hub.take_in(endpoint, delivery.id)
            undone.callback(intake.abandon)
            stream = RequestStream(self.hub, endpoint, delivery, intake, hold, self.settings.limits)
            task = stream.begin(session, request.content, partial(trailers_of, request), interim)
            undone.pop_all()
        self.streams.add(task)
        task.add_done_callback(partial(self._stream_ended, endpoint.id))
        return stream

    def _stream_ended(self, endpoint_id: str, task: asyncio.Task[None]) -> None:
        self.streams.discard(task)
        self.gate.streams.give(endpoint_id)
        self._note_end()

    async def _accept_stream(
        self, stream: RequestStream, head: Head, delivery_id: str, endpoint: EndpointRecord
    ) -> tuple[Answer, Flowing | None]:
        try:
            outcome = await stream.outcome()
        except Refusal as refusal:
            # What of it came is a delivery, and not turned away.
            self.metrics.refuse(refusal.problem, refusal.limit)
            return complete_problem(refusal.problem, head.method, refusal.headers, refusal.members), None
        answer, flowing = self.answer(outcome, delivery_id, head, endpoint.id)
        return answer, flowing and flowing._replace(whole=stream.whole, left=stream.leave)

    def _admit(self, head: Head, endpoint: EndpointRecord | None) -> str:
        """The sender's address, if its request is let in."""
        now = time.monotonic()
        remote = client_of(head.peer, head.headers, self.settings.trusted_proxies)
        self.gate.admit_address(remote, now)
        if endpoint is None:
            raise Refusal("unknown-endpoint")
        self.gate.admit_endpoint(endpoint.id, now)
        return remote

    def _admit_upgrade(self, endpoint: EndpointRecord) -> None:
        """Let an upgrade in that somebody takes now: nobody could answer it later."""
        takes = self.hub.takes_upgrades(endpoint.id)
        if takes is None:
            raise Refusal("not-listening", retry_after_s=RETRY_UPGRADE_S)
        if not takes:
            raise Refusal("upgrade-refused")

    def answer(
        self, outcome: Outcome, delivery_id: str, head: Head, endpoint_id: str, *, upgrades: bool = False
    ) -> tuple[Answer, Flowing | None]:
        """What the sender gets, and what follows where that is the head of an answer that is still being written."""
        stream = outcome.stream
        if stream is None:
            return _answer(outcome, delivery_id, head.method), None
        switches = outcome.answer.status == SWITCHING
        if (switches and not upgrades) or is_bodiless(outcome.answer, head.method):
            # No inspector of ours says so.
            stream.leave("not-http")
            return complete_problem("handler-bad-response", head.method), None
        if lacking := self.gate.streams.take(endpoint_id):
            limit = {"each": "max-streams-endpoint", "total": "max-streams"}[lacking]
            self.metrics.refuse("relay-busy", limit)
            stream.leave(limit)
            return complete_problem("relay-busy", head.method, members={"limit": limit}), None
        stream.over = partial(self.gate.streams.give, endpoint_id)
        if switches:
            answer, framing = switched(outcome.answer), Framing(is_raw=True)
        else:
            answer, framing = streamed(outcome.answer, old=head.version < (1, 1))
        answer = replace(answer, headers=answer.headers + _ours(outcome, delivery_id))
        return answer, Flowing(stream, framing, self.settings.limits)

    async def _pour(self, request: web.BaseRequest, answer: Answer, flowing: Flowing) -> web.StreamResponse:
        """Write an answer as it comes; of an upgraded connection pass on what the sender writes too."""
        switches = answer.status == SWITCHING
        keeps = flowing.framing.keeps_connection and request.keep_alive and not self.gate.draining
        keeps = keeps and request.content.is_eof()
        old = request.version < (1, 1)
        head = render_head(answer, keep_alive=keeps or switches, old=old and not switches)
        if switches:
            RawReader(request.protocol, flowing.stream)
        whole = await pour(request.protocol, head, flowing)
        return WrittenResponse(keep_alive=whole and keeps)

    def _note_end(self) -> None:
        if self.gate.draining and not self.gate.deliveries.taken:
            self.emptied.set()

    async def _endpoint(self, endpoint_id: str) -> EndpointRecord | None:
        return await self.log.endpoint(endpoint_id) if ENDPOINT_ID.fullmatch(endpoint_id) else None

    def _refuse(
        self, head: Head, endpoint: EndpointRecord | None, tail: str, refusal: Refusal, ended: bool
    ) -> tuple[Answer, bool]:
        """What a refused sender gets, and whether its connection stays; `ended` says that its body did."""
        self.metrics.refuse(refusal.problem, refusal.limit)
        if endpoint is not None:
            self.hub.refused(endpoint.id, refusal.problem, head.method, tail, refusal.size)
            known, limit = short(endpoint.id), refusal.limit or "none"
            tell(logger, "refused", endpoint=known, problem=refusal.problem, limit=limit, bytes=refusal.size)
        # What follows a request that is not understood may not be what it seems.
        understood = refusal.problem not in NOT_UNDERSTOOD and ended
        answer = complete_problem(refusal.problem, head.method, refusal.headers, refusal.members)
        return answer, understood and not self.gate.draining

    def _delivery(self, head: Head, tail: str, remote: str, body: bytes, delivery_id: str = "") -> Delivery:
        now = time.time()
        scheme = scheme_of(head, self.settings)
        host = self.public_host if self.public_host and host_name(head.host) in LOOPBACK_NAMES else head.host
        return Delivery(
            id=delivery_id or self.names.give(now),
            received_at=now,
            method=head.method,
            target=tail,
            headers=head.headers,
            body=body,
            scheme=scheme,
            http_version=f"{head.version[0]}.{head.version[1]}",
            remote=remote,
            url=f"{scheme}://{host}{with_prefix(self.prefix, head.target) if self.prefix else head.target}",
        )


class Taken(msgspec.Struct, eq=False):
    """A delivery in hand: who waits for its answer, and the place that it holds until then."""

    ingress: Ingress
    head: Head
    tail: str
    endpoint: EndpointRecord
    answered: Answered
    hold: Hold | None = None
    waiter: Waiter | None = None
    delivery_id: str = ""
    flowing: Flowing | None = None

    def tell(self, outcome: Outcome | LogUnavailable) -> None:
        """Take what came of it."""
        if isinstance(outcome, LogUnavailable):
            self.refuse(store_unavailable())
            return
        self._let_go()
        if outcome.stream is None:
            self.answered(_answer(outcome, self.delivery_id, self.head.method), True, None)
            return
        answer, self.flowing = self.ingress.answer(outcome, self.delivery_id, self.head, self.endpoint.id)
        self.answered(answer, True, self.flowing)

    def refuse(self, refusal: Refusal) -> None:
        """Turn it away."""
        self._let_go()
        self.answered(*self.ingress._refuse(self.head, self.endpoint, self.tail, refusal, True), None)

    def leave(self) -> None:
        """The sender hung up."""
        self.answered = _answer_nobody
        if self.flowing is not None:
            self.flowing.stream.leave("sender-gone")
        if self.waiter is not None:
            self.ingress.hub.leave(self.waiter)
        self._let_go()

    def _let_go(self) -> None:
        if self.hold is not None:
            self.hold.end()
            self.hold = None
        self.ingress._note_end()


def store_unavailable() -> Refusal:
    """The log cannot keep anything now."""
    return Refusal("store-unavailable", retry_after_s=RETRY_STORE_S)


def _answer_nobody(_: Answer, __: bool, flowing: Flowing | None) -> None:
    """For a sender that hung up."""
    if flowing is not None:
        flowing.stream.leave("sender-gone")


def _answer(outcome: Outcome, delivery_id: str, method: str) -> Answer:
    return complete(outcome.answer, method, _ours(outcome, delivery_id))


def _ours(outcome: Outcome, delivery_id: str) -> Headers:
    ours: Headers = (("Hookscope-Delivery", delivery_id),)
    if outcome.seq is not None:
        ours += (("Hookscope-Seq", str(outcome.seq)),)
    if outcome.by:
        ours += ((ANSWERED_BY, outcome.by),)
    return ours


def _go_on(request: web.BaseRequest, head: Head) -> None:
    """Tell a sender to go on with its body if it asked."""
    expected = (header(head.headers, "expect") or "").lower() == "100-continue"
    if expected and request.transport is not None:
        request.transport.write(CONTINUE)


def trailers_of(request: web.BaseRequest) -> Headers:
    """What came behind the body of a request that has been read; `Refusal` for more than a head may be."""
    protocol = request.protocol
    return protocol.trailers if isinstance(protocol, Connection) else ()
