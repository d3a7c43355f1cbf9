"""A real Chromium without a window, driven by its own protocol: tabs, what their sockets hear, keys, pictures."""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

PROGRAM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--enable-unsafe-swiftshader",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--no-proxy-server",
    "--remote-debugging-port=0",
)
WITHIN_S = 60.0

Values = dict[str, Any]  # Any: JSON of Chromium's own


class Browser:
    """The browser's end of the protocol."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._numbers = itertools.count(1)
        self._asked: dict[int, asyncio.Future[Values]] = {}
        self._tabs: dict[str, Tab] = {}
        self._reader = asyncio.create_task(self._read())

    async def ask(self, method: str, session: str = "", **parameters: Any) -> Values:
        number = next(self._numbers)
        future = self._asked[number] = asyncio.get_running_loop().create_future()
        message = {"id": number, "method": method, "params": parameters}
        await self._connection.send(json.dumps(message | ({"sessionId": session} if session else {})))
        async with asyncio.timeout(WITHIN_S):
            return await future

    async def open(self, url: str, width: int = 1200, height: int = 800) -> Tab:
        target = await self.ask("Target.createTarget", url="about:blank")
        attached = await self.ask("Target.attachToTarget", targetId=target["targetId"], flatten=True)
        tab = self._tabs[attached["sessionId"]] = Tab(self, attached["sessionId"])
        for domain in ("Network", "Page", "Runtime", "Log"):
            await tab.ask(f"{domain}.enable")
        await tab.ask(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False
        )
        await tab.ask("Page.navigate", url=url)
        return tab

    async def close(self) -> None:
        self._reader.cancel()
        await self._connection.close()

    async def _read(self) -> None:
        async for text in self._connection:
            message = json.loads(text)
            if "id" in message:
                future = self._asked.pop(message["id"])
                if "error" in message:
                    future.set_exception(RuntimeError(str(message["error"])))
                else:
                    future.set_result(message["result"])
            elif tab := self._tabs.get(message.get("sessionId", "")):
                tab.hear(message["method"], message["params"])


class Tab:
    """A tab: `seen` is what its sockets heard, `asked` every address that it asked for, `said` what its console says."""

    def __init__(self, browser: Browser, session: str) -> None:
        self._browser = browser
        self._session = session
        self.seen = b""
        self.heard = asyncio.Event()
        self.asked: list[str] = []
        self.said: list[str] = []

    async def ask(self, method: str, **parameters: Any) -> Values:
        return await self._browser.ask(method, self._session, **parameters)

    def hear(self, method: str, given: Values) -> None:
        if method == "Network.webSocketFrameReceived":
            frame = given["response"]
            self.heard.set()
            self.seen += (
                base64.b64decode(frame["payloadData"]) if frame["opcode"] == 2 else frame["payloadData"].encode()
            )
        elif method in ("Network.requestWillBeSent", "Network.webSocketCreated"):
            self.asked.append(given["request"]["url"] if "request" in given else given["url"])
        elif method == "Log.entryAdded":
            self.said.append(given["entry"]["text"])

    async def until(self, text: str) -> None:
        """Wait until the screen drew a text."""
        async with asyncio.timeout(WITHIN_S):
            while text.encode() not in self.seen:
                self.heard.clear()
                await self.heard.wait()

    async def value(self, script: str) -> Any:
        result = await self.ask("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        return result["result"].get("value")

    async def type(self, text: str) -> None:
        await self.ask("Page.bringToFront")
        await self.value("document.querySelector('textarea').focus()")
        for letter in text:
            await self.ask("Input.dispatchKeyEvent", type="keyDown", text=letter, key=letter)
            await self.ask("Input.dispatchKeyEvent", type="keyUp", key=letter)

    async def picture(self) -> bytes:
        """A PNG of what is seen."""
        return base64.b64decode((await self.ask("Page.captureScreenshot", format="png"))["data"])


@asynccontextmanager
async def browsing() -> AsyncIterator[Browser]:
    """A browser with a profile of its own, gone in the end."""
    assert PROGRAM is not None
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        process = await asyncio.create_subprocess_exec(
            PROGRAM,
            *FLAGS,
            f"--user-data-dir={profile}",
            "about:blank",
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        assert process.stderr is not None
        try:
            async with asyncio.timeout(WITHIN_S):
                while (line := await process.stderr.readline()) and not line.startswith(b"DevTools listening on "):
                    pass
            address = line.decode().removeprefix("DevTools listening on ").strip()
            draining = asyncio.create_task(process.stderr.read())
            browser = Browser(await connect(address, max_size=None, proxy=None))
            try:
                yield browser
            finally:
                await browser.close()
                draining.cancel()
        finally:
            process.terminate()
            await process.wait()
