"""Ingress: an HTTP request for an endpoint becomes a delivery, byte for byte, and its outcome becomes the response."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from aiohttp import ClientError, StreamReader, web
from aiohttp.http_exceptions import HttpProcessingError

from hookscope_relay.delivery import Answer, Delivery, Headers, header, spell
from hookscope_relay.errors import LogUnavailable
from hookscope_relay.exact_response import ExactResponse, complete, complete_problem
from hookscope_relay.hosts import LOOPBACK_NAMES, host_name, with_prefix
from hookscope_relay.hub import Hub
from hookscope_relay.intake import Intake
from hookscope_relay.keys.endpoint_key import ENDPOINT_ID
from hookscope_relay.limits import Gate, Hold, Refusal, body_patience_s
from hookscope_relay.log.protocol import EndpointRecord, Log
from hookscope_relay.log_lines import short, tell
from hookscope_relay.made_answers import ANSWERED_BY
from hookscope_relay.metrics import Metrics
from hookscope_relay.request_head import Head, check_head, client_of, head_of, scheme_of
from hookscope_relay.senders import Outcome, Waiter
from hookscope_relay.settings import Limits, RelaySettings

RETRY_STORE_S = 5.0
NOT_UNDERSTOOD = frozenset({"malformed", "not-implemented"})
NAMES_AT_ONCE = 256
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"

# With the answer, and whether the connection stays.
Answered: TypeAlias = Callable[[Answer, bool], object]

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
        self._random = iter([spell(int.from_bytes(os.urandom(10), "big"), 16) for _ in range(NAMES_AT_ONCE)])
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

    async def handle(self, request: web.BaseRequest, headers: Headers, endpoint_id: str, tail: str) -> ExactResponse:
        """The response to a request for an endpoint."""
        head = head_of(request, headers)
        endpoint: EndpointRecord | None = None
        try:
            endpoint = await self._endpoint(endpoint_id)
            answer = await self._accept(request, head, endpoint, tail)
            return ExactResponse(answer)
        except Refusal as refusal:
            answer, keep_alive = self._refuse(head, endpoint, tail, refusal, request.content.is_eof())
        except LogUnavailable:
            answer, keep_alive = self._refuse(head, endpoint, tail, store_unavailable(), request.content.is_eof())
        return ExactResponse(answer, keep_alive=keep_alive)

    def take(self, head: Head, body: bytes, endpoint_id: str, tail: str, answered: Answered) -> Taken | None:
        """Take a plain request, without a task of its own: `answered` is called with what its sender gets,
        never before this returns.

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
        return taken

    async def _accept(self, request: web.BaseRequest, head: Head, endpoint: EndpointRecord | None, tail: str) -> Answer:
        try:
            remote = self._admit(head, endpoint)
            assert endpoint is not None
            size = check_head(head, self.settings)
            with self.gate.hold(endpoint.id) as hold:
                hold.check_bytes(size)
                intake = self.hub.take_in(endpoint, self.names.give(time.time()))
                try:
                    await self._read(request, head.headers, hold, intake)
                except BaseException:
                    intake.abandon()
                    raise
                delivery = self._delivery(head, tail, remote, b"", intake.delivery_id)
                outcome = await self.hub.submit(endpoint, delivery, hold.release_bytes, intake)
                return _answer(outcome, delivery.id, head.method)
        finally:
            self._note_end()

    def _admit(self, head: Head, endpoint: EndpointRecord | None) -> str:
        """The sender's address, if its request is let in."""
        now = time.monotonic()
        remote = client_of(head.peer, head.headers, self.settings.trusted_proxies)
        self.gate.admit_address(remote, now)
        if endpoint is None:
            raise Refusal("unknown-endpoint")
        self.gate.admit_endpoint(endpoint.id, now)
        return remote

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

    async def _read(self, request: web.BaseRequest, headers: Headers, hold: Hold, intake: Intake) -> None:
        """Take the body in, once the sender was told to go on with it if it asked."""
        expected = (header(headers, "expect") or "").lower() == "100-continue"
        if expected and request.transport is not None:
            request.transport.write(CONTINUE)
        await read_body(request.content, hold, self.settings.limits, intake)

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


@dataclass(slots=True)
class Taken:
    """A delivery in hand: who waits for its answer, and the place that it holds until then."""

    ingress: Ingress
    head: Head
    tail: str
    endpoint: EndpointRecord
    answered: Answered
    hold: Hold | None = None
    waiter: Waiter | None = None
    delivery_id: str = ""

    def tell(self, outcome: Outcome | LogUnavailable) -> None:
        """Take what came of it."""
        if isinstance(outcome, LogUnavailable):
            self.refuse(store_unavailable())
            return
        self._let_go()
        self.answered(_answer(outcome, self.delivery_id, self.head.method), True)

    def refuse(self, refusal: Refusal) -> None:
        """Turn it away."""
        self._let_go()
        self.answered(*self.ingress._refuse(self.head, self.endpoint, self.tail, refusal, True))

    def leave(self) -> None:
        """The sender hung up."""
        self.answered = _answer_nobody
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


def _answer_nobody(_: Answer, __: bool) -> None:
    """For a sender that hung up."""


def _answer(outcome: Outcome, delivery_id: str, method: str) -> Answer:
    ours: Headers = (("Hookscope-Delivery", delivery_id),)
    if outcome.seq is not None:
        ours += (("Hookscope-Seq", str(outcome.seq)),)
    if outcome.by:
        ours += ((ANSWERED_BY, outcome.by),)
    return complete(outcome.answer, method, ours)


async def read_body(content: StreamReader, hold: Hold, limits: Limits, intake: Intake) -> None:
    """Take in the whole body, within its limits of size, time and room; raises `Refusal`, or `LogUnavailable`."""
    started = asyncio.get_running_loop().time()
    try:
        if content.is_eof():
            await _take_part(content.read_nowait(), hold, limits, intake)
            return
        async with asyncio.timeout_at(started + body_patience_s(0, limits)) as timeout:
            async for part in content.iter_any():
                await _take_part(part, hold, limits, intake)
                timeout.reschedule(started + body_patience_s(intake.size, limits))
    except TimeoutError:
        late = intake.size / limits.min_rate + limits.slack_s < limits.body_s if limits.min_rate else False
        raise Refusal("too-slow", limit="min-rate" if late else "body-time", size=intake.size) from None
    except (HttpProcessingError, ClientError, ValueError):
        raise Refusal("malformed", size=intake.size) from None


async def _take_part(part: bytes, hold: Hold, limits: Limits, intake: Intake) -> None:
    if intake.size + len(part) > limits.body_bytes:
        raise Refusal("body-too-large", limit="max-body", size=intake.size + len(part))
    hold.take_bytes(len(part))
    await intake.add(part)
