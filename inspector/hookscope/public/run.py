"""Runs a tunnel program in front of a local port: reads the address it got, starts it again when it ends,
and says in words what failed."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from hookscope.config.executable import located
from hookscope.model.errors import OutOfTime, RelayUnreachable
from hookscope.public.program import Program
from hookscope.text.safe import safe_text

ADDRESS_WITHIN_S = 45.0
FIRST_DELAY_S = 1.0
LONGEST_DELAY_S = 30.0
SETTLED_AFTER_S = 60.0
GOES_WITHIN_S = 3.0
LINES_KEPT = 40
LONGEST_LINE = 64 * 1024


@dataclass(slots=True)
class PublicAddress:
    """A running tunnel program.

    `url` is the latest address; `listener` hears of a new one, `tell` of trouble in a sentence.
    """

    program: Program
    port: int
    within_s: float = ADDRESS_WITHIN_S
    url: str = ""
    _process: asyncio.subprocess.Process | None = None
    _lines: deque[str] = field(default_factory=lambda: deque(maxlen=LINES_KEPT))

    async def open(self) -> str:
        """Start the program and return its address.

        `RelayUnreachable` says why it ended instead, `OutOfTime` that it told no address; nothing is left running then.
        """
        await self._start()
        try:
            async with asyncio.timeout(self.within_s):
                self.url = await self._read_address()
        except TimeoutError:
            await self.close()
            what, remedy = self.program.explain(self._lines)
            raise OutOfTime(
                f"{self.program.name} told no public address within {self.within_s:g} s: {what}", remedy
            ) from None
        if not self.url:
            await self.close()
            what, remedy = self.program.explain(self._lines)
            raise RelayUnreachable(f"{self.program.name} ended without a public address: {safe_text(what)}", remedy)
        return self.url

    async def supervise(self, listener: Callable[[str], None], tell: Callable[[str], None]) -> None:
        """Keep it running until cancelled; each new address goes to `listener`."""
        delay = FIRST_DELAY_S
        while True:
            started = asyncio.get_running_loop().time()
            await self._read_to_the_end()
            if asyncio.get_running_loop().time() - started > SETTLED_AFTER_S:
                delay = FIRST_DELAY_S
            what, _ = self.program.explain(self._lines)
            tell(
                f"{self.program.name} ended ({safe_text(what)}); nothing reaches this machine until it is back, in"
                f" {delay:g} s"
            )
            await asyncio.sleep(delay)
            delay = min(delay * 2, LONGEST_DELAY_S)
            before = self.url
            with contextlib.suppress(RelayUnreachable, OutOfTime):
                if await self.open() != before:
                    listener(self.url)

    async def close(self) -> None:
        """End the program, at once if it does not go by itself."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
            try:
                async with asyncio.timeout(GOES_WITHIN_S):
                    await process.wait()
            except TimeoutError:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        # Its output is a transport of ours, which must not outlive the loop.
        transport = getattr(process, "_transport", None)
        if transport is not None:
            transport.close()

    async def _start(self) -> None:
        self._lines.clear()
        try:
            self._process = await asyncio.create_subprocess_exec(
                *located(self.program.command(self.port)),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                limit=LONGEST_LINE,
                start_new_session=True,
            )
        except OSError as error:
            raise RelayUnreachable(
                f"{self.program.binary} cannot be started ({error.strerror})", self.program.install
            ) from None

    async def _read_address(self) -> str:
        while (line := await self._line()) is not None:
            if url := self.program.read_address(line):
                return url
        return ""

    async def _read_to_the_end(self) -> None:
        # A program whose output nobody reads stops when its pipe is full.
        while await self._line() is not None:
            pass
        if self._process is not None:
            await self._process.wait()

    async def _line(self) -> str | None:
        """The next line; None at the end. A line that is too long is skipped."""
        assert self._process is not None
        assert self._process.stdout is not None
        try:
            raw = await self._process.stdout.readline()
        except ValueError:
            return ""
        if not raw:
            return None
        line = raw.decode("utf-8", "replace").rstrip("\r\n")
        self._lines.append(line)
        return line
