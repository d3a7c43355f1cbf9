"""The user's own function that changes deliveries before they are handed over, in a process of its own with a time
limit: what it does, or leaves undone, harms nobody but its delivery."""

from __future__ import annotations

import asyncio
import contextlib
import re
import sys
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from hookscope.attempts.explain import Explainer
from hookscope.config.settings import Places
from hookscope.forward.request import build_request
from hookscope.model.handler import parse_handler
from hookscope.model.verdict import Recognition
from hookscope.model.withheld import TRANSFORM
from hookscope.secrets.resign import resign
from hookscope.session.transform_child import LENGTH, Changed, frame
from hookscope_relay.delivery import Delivery
from hookscope_relay.errors import HookscopeError, InputError

LIMIT_S = 2.0
START_S = 20.0
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*:[A-Za-z_][A-Za-z0-9_]*")
# For whom a delivery must be fit to be sent.
ANYBODY = parse_handler("1")


@dataclass(frozen=True, slots=True)
class TransformPlan:
    """Which function changes deliveries, `MODULE:FUNCTION`, and the folder in which its module is looked for first."""

    name: str
    folder: Path


class TransformFailed(HookscopeError):
    """The user's function failed, took too long, or gave back what cannot be sent."""


class Transform:
    """A user's function in a process that is started again when it was ended; `log` has what the function prints."""

    def __init__(self, plan: TransformPlan, log: Path, explainer: Explainer, places: Places) -> None:
        self._plan = plan
        self._log = log
        self._explainer = explainer
        self._places = places
        self._process: asyncio.subprocess.Process | None = None
        self._turn = asyncio.Lock()

    async def start(self) -> None:
        """Start the process; `InputError` where the function cannot be loaded."""
        try:
            await self._start()
        except TransformFailed as error:
            raise InputError(f"the transform {self._plan.name} cannot be loaded: {error.what}", error.remedy) from None

    async def change(self, delivery: Delivery, recognition: Recognition) -> Delivery | None:
        """The delivery as the function gives it back, signed anew where the sender's own signature held; None where
        it leaves it out. `TransformFailed` says in a sentence why it could not."""
        async with self._turn:
            try:
                async with asyncio.timeout(LIMIT_S):
                    changed = await self._ask(delivery)
            except TimeoutError:
                await self.close()
                raise TransformFailed(
                    f"{TRANSFORM} {self._plan.name} took longer than {LIMIT_S:g} s", "it was ended, and is started anew"
                ) from None
        if changed.error:
            raise TransformFailed(f"{TRANSFORM} {self._plan.name} failed: {changed.error}")
        if changed.delivery is None:
            return None
        # What says which delivery it is stays as it was.
        sent = replace(
            changed.delivery, id=delivery.id, received_at=delivery.received_at, remote=delivery.remote, url=delivery.url
        )
        if sent == delivery:
            return delivery
        try:
            build_request(sent, ANYBODY, origin="live")
        except InputError as error:
            raise TransformFailed(f"{TRANSFORM} {self._plan.name} made what cannot be sent: {error.what}") from None
        return await self._signed(delivery, sent, recognition)

    async def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is not None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    async def _signed(self, delivery: Delivery, sent: Delivery, recognition: Recognition) -> Delivery:
        """Only what came with a signature that held gets a new one: else a stranger's would become the sender's."""
        if not self._explainer.has_secret(recognition.provider):
            return sent
        if not await self._explainer.holds(delivery, recognition):
            return sent
        explainer = self._explainer
        provider = explainer.providers.get(recognition.provider)
        with contextlib.suppress(InputError):
            signed = resign(sent, provider, explainer.secrets, self._places, time.time(), explainer.params)
            return replace(signed.delivery, received_at=delivery.received_at)
        return sent

    async def _ask(self, delivery: Delivery) -> Changed:
        if self._process is None:
            await self._start()
        process = self._process
        assert process is not None and process.stdin is not None
        try:
            process.stdin.write(frame(delivery))
            await process.stdin.drain()
            return await self._read(process)
        except (OSError, asyncio.IncompleteReadError):
            await self.close()
            raise TransformFailed(f"{TRANSFORM} {self._plan.name} ended its process", "see " + str(self._log)) from None

    async def _start(self) -> None:
        # -P: nothing of the folder that we are in stands for a module of ours or of Python's.
        child = [sys.executable, "-P", "-m", "hookscope.session.transform_child"]
        command = [*child, self._plan.name, str(self._plan.folder)]
        self._log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._log.open("ab") as log:
            self._log.chmod(0o600)
            process = self._process = await asyncio.create_subprocess_exec(
                *command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=log
            )
        try:
            async with asyncio.timeout(START_S):
                ready = await self._read(process)
        except (TimeoutError, OSError, asyncio.IncompleteReadError):
            await self.close()
            raise TransformFailed("its process did not begin", f"see {self._log}") from None
        if ready.error:
            await self.close()
            raise TransformFailed(ready.error, f"it is looked for in {self._plan.folder}")

    async def _read(self, process: asyncio.subprocess.Process) -> Changed:
        assert process.stdout is not None
        size = int.from_bytes(await process.stdout.readexactly(LENGTH), "big")
        return _CHANGED.decode(await process.stdout.readexactly(size))


async def open_transform(plan: TransformPlan, explainer: Explainer, places: Places, stack: AsyncExitStack) -> Transform:
    """The user's transform, its process started, until the stack ends; `InputError` where it cannot be loaded."""
    transform = Transform(plan, places.state / "transform.log", explainer, places)
    await transform.start()
    stack.push_async_callback(transform.close)
    return transform


_CHANGED = msgspec.msgpack.Decoder(Changed)


def parse_transform(text: str, folder: Path) -> TransformPlan:
    """The function that a user names; `InputError` where it is no name of one."""
    if not NAME.fullmatch(text):
        raise InputError(f"transform: {text[:60]!r} is not MODULE:FUNCTION", "write it as mymodule:function")
    return TransformPlan(text, folder)
