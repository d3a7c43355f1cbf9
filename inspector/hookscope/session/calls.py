"""The calls of a session: the gateway that they pass, which delivery each belongs to, and what is kept and said of it.

A call is taken at once and looked at behind: unpacked, tied, redacted, judged, kept, told, in the order in which calls
end. Until it is redacted it is in memory only.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import replace

from hookscope.api.credential import read_credential, secret_values
from hookscope.api.directory import Api
from hookscope.api.fault import FaultPlan
from hookscope.api.gateway import Gateway
from hookscope.api.judge import Judge
from hookscope.api.process import Processes
from hookscope.api.tie import Ties
from hookscope.attempts.make import Emit
from hookscope.model.call import Call
from hookscope.model.capture import SentRequest
from hookscope.model.events import CallEnded, Noticed
from hookscope.payload.unpack import decompress, encodings_of
from hookscope.session.plan import Notice, Plan
from hookscope.session.tokens import check_tokens
from hookscope.store.captures import CaptureStore
from hookscope.tools.redaction.call import redact_call
from hookscope.tools.redaction.redactor import Redactor
from hookscope_relay.delivery import Headers, header, without

AT_ONCE = 64
UNPACKED_BYTES = 1024 * 1024
# While so much waits to be looked at, bodies of further calls are let go of: their sizes stay.
WAITING_BYTES = 32 * 1024 * 1024
# So many calls wait at most; those beyond pass and are not kept.
WAITING = 20_000
FINISH_WITHIN_S = 10.0
# A delivery is kept beside its trip: a quick handler's call may end before.
KEPT_AFTER_LOOKS, LOOK_AGAIN_S = 300, 0.01
# What looks at calls shares the interpreter with what passes them on: short turns keep it out of their way.
TURN_S = 0.001


class Calls:
    """Takes calls from its gateway and tells of them. `begin` and `end` are told what the handler has in hand; `run`
    works beside the session."""

    def __init__(
        self,
        *,
        apis: Mapping[str, Api],
        store: CaptureStore,
        redactor: Redactor,
        judge: Judge,
        emit: Emit,
        faults: FaultPlan | None = None,
    ) -> None:
        self.gateway = Gateway(apis, self._take, faults=faults, process_of=self._process_of)
        self._processes = Processes()
        self._store = store
        self._redactor = redactor
        self._judge = judge
        self._emit = emit
        self._ties = Ties()
        self._waiting: deque[Call] = deque()
        self._waiting_bytes = 0
        self._lost = 0
        self._bell = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()

    def begin(self, request: SentRequest) -> None:
        """The handler is given a request that carries a delivery."""
        if name := header(request.headers, "Hookscope-Delivery"):
            self._ties.begin(name, request.headers, request.target, request.body, time.time())

    def end(self, request: SentRequest) -> None:
        """The handler has answered it, or nobody waits any more."""
        if name := header(request.headers, "Hookscope-Delivery"):
            self._ties.end(name, time.time())

    def _process_of(self, port: int, to_port: int) -> asyncio.Future[int] | None:
        """Look for the process of a call that may be of one of several deliveries, while its connection stands."""
        if not self._ties.are_many_in_hand(time.time()):
            return None
        return asyncio.get_running_loop().run_in_executor(None, self._processes.of, port, to_port)

    def _take(self, call: Call) -> None:
        if len(self._waiting) >= WAITING:
            self._tell_of_lost(1)
            return
        if self._waiting_bytes + _size(call) > WAITING_BYTES:
            call = _without_bodies(call)
        self._waiting_bytes += _size(call)
        self._waiting.append(call)
        self._idle.clear()
        self._bell.set()

    def _tell_of_lost(self, count: int) -> None:
        """Say that calls passed that will not be kept; of a flood once."""
        if not self._lost:
            text = "more calls to APIs pass than can be looked at: some are passed on and not kept"
            self._emit(Noticed(at=time.time(), level="warning", text=text))
        self._lost += count

    async def run(self) -> None:
        """Look at calls until cancelled."""
        while True:
            await self._bell.wait()
            self._bell.clear()
            while self._waiting:
                batch = [self._waiting.popleft() for _ in range(min(AT_ONCE, len(self._waiting)))]
                self._waiting_bytes -= sum(map(_size, batch))
                await self._look_at(batch)
            self._idle.set()

    async def finish(self) -> None:
        """Take no more calls, and wait for a while until those that ended are kept."""
        await self.gateway.stop()
        try:
            async with asyncio.timeout(FINISH_WITHIN_S):
                await self._idle.wait()
        except TimeoutError:
            self._tell_of_lost(len(self._waiting))

    async def _look_at(self, batch: list[Call]) -> None:
        plain = await asyncio.to_thread(lambda: [unpacked(call) for call in batch])
        tied = [replace(call, tie=self._ties.tie(call)) for call in plain]
        bots = {call.tie.delivery: self._ties.bots(call.tie.delivery) for call in tied}
        seen = await asyncio.to_thread(lambda: self._judge.judge_all([self._redacted(call) for call in tied], bots))
        for call in await self._store.keep_calls(seen):
            number = await self._number(call.tie.delivery)
            self._emit(CallEnded(at=time.time(), number=number, call=call))

    def _redacted(self, call: Call) -> Call:
        credential = read_credential(call.headers, call.target)
        return redact_call(
            self._redactor, replace(call, credential=credential), secret_values(call.headers, call.target)
        )

    async def _number(self, delivery: str) -> int:
        """The number of the delivery's capture, which may still be on its way into the store; 0 for none."""
        for _ in range(KEPT_AFTER_LOOKS if delivery else 0):
            if number := self._store.capture_number(delivery):
                return number
            await asyncio.sleep(LOOK_AGAIN_S)  # the store tells who appends, and not who looks
        return 0


def _size(call: Call) -> int:
    return len(call.body) + (len(call.answer.body) if call.answer else 0)


def _without_bodies(call: Call) -> Call:
    return replace(call, body=b"", answer=replace(call.answer, body=b"") if call.answer else None)


def unpacked(call: Call) -> Call:
    """The call with its bodies unpacked, where they were packed and are whole enough for that; the headers then no
    longer say so."""
    headers, body = _unpacked(call.headers, call.body)
    if call.answer is None:
        return replace(call, headers=headers, body=body)
    answer_headers, answer_body = _unpacked(call.answer.headers, call.answer.body)
    return replace(
        call, headers=headers, body=body, answer=replace(call.answer, headers=answer_headers, body=answer_body)
    )


def _unpacked(headers: Headers, body: bytes) -> tuple[Headers, bytes]:
    codings = encodings_of(headers)
    if not codings or not body:
        return headers, body
    plain = decompress(body, codings, max_bytes=UNPACKED_BYTES)
    if plain.flaw and not plain.flaw.endswith("cut off"):
        return headers, body
    return without(headers, ("content-encoding",)), plain.body


async def open_gateway(
    plan: Plan, store: CaptureStore, emit: Emit, notice: Notice, stack: contextlib.AsyncExitStack
) -> Calls:
    """Open the gateway for the handler's calls to the APIs that the plan names, and look at what passes it for as long
    as the stack stands.

    `InputError` where its port is taken.
    """
    outward = plan.outward
    assert outward.redactor is not None
    sys.setswitchinterval(TURN_S)
    signing = [secret.fingerprint for secret in plan.load_secrets()]
    judge = Judge({name: store.last_good(name) for name in outward.apis}, plan.silenced, signing)
    calls = Calls(
        apis=outward.apis, store=store, redactor=outward.redactor, judge=judge, emit=emit, faults=outward.faults
    )
    port = await calls.gateway.start(outward.port, fixed=outward.port_fixed)
    working = asyncio.create_task(calls.run())
    stack.push_async_callback(asyncio.wait, {working})
    stack.callback(working.cancel)
    stack.push_async_callback(calls.finish)
    asking = asyncio.create_task(check_tokens(outward.tokens, store, outward.redactor, plan.silenced, notice))
    stack.push_async_callback(asyncio.wait, {asking})
    stack.callback(asking.cancel)
    if outward.port not in (0, port):
        notice("info", f"port {outward.port} is in use; the gateway for APIs listens on {port}")
    for api in outward.apis.values():
        notice("info", f"calls to {api.title}: {calls.gateway.url(api)} in the place of {api.base}")
    return calls
