"""The web server: textual-serve's, on loopback, with its page of ours and nobody let in without the token."""

from __future__ import annotations

import logging
import secrets
import shlex
import subprocess
import sys
from pathlib import Path

import aiohttp_jinja2
from aiohttp import web
from textual_serve.server import Server

from hookscope.apps.web.guard import guard
from hookscope_relay.errors import AlreadyInUse

HOST = "127.0.0.1"
TRIED = 20


class ScreenServer(Server):
    """Serves the screen at `url` from `start` to `stop`; every tab is a process of its own."""

    def __init__(self, port: int, port_fixed: bool) -> None:
        # -P: nothing of the folder that we are in stands for a module of ours or of Python's.
        words = [sys.executable, "-P", "-m", "hookscope.apps.web.tab"]
        command = subprocess.list2cmdline(words) if sys.platform == "win32" else shlex.join(words)
        templates = Path(__file__).with_name("templates")
        super().__init__(command, HOST, port, "hookscope", templates_path=templates)
        self._port_fixed = port_fixed
        self._token = secrets.token_urlsafe(24)
        self._place = f"/{secrets.token_hex(16)}"
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        """The address to open, with the token."""
        return f"http://{HOST}:{self.port}/?token={self._token}"

    async def start(self) -> None:
        """Serve at the wanted port, or the next free one unless it is fixed; `AlreadyInUse` where there is none."""
        logging.getLogger("textual-serve").setLevel(logging.CRITICAL)
        app = web.Application(middlewares=[guard(lambda: self.port, self._token, f"{self._place}/")])
        app.add_subapp(self._place, await self._make_app())
        # A tab is told to end by its socket, which is closed here.
        self._runner = web.AppRunner(app, handle_signals=False, shutdown_timeout=1.0, access_log=None)
        await self._runner.setup()
        for port in [self.port] if self._port_fixed else range(self.port, self.port + TRIED):
            site = web.TCPSite(self._runner, HOST, port)
            try:
                await site.start()
            except OSError:
                continue
            (self.port, *_) = (address[1] for address in self._runner.addresses)
            return
        await self._runner.cleanup()
        raise AlreadyInUse(f"port {self.port} is in use", "give another with --web-port")

    async def stop(self) -> None:
        """End every tab, and serve no more."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def on_startup(self, app: web.Application) -> None:
        """Our own lines say where it is."""

    async def handle_index(self, request: web.Request) -> web.Response:
        """The page, for the name that it was asked by."""
        context = {
            "socket": f"ws://{request.host}{self._place}/ws",
            "font_size": _font_size(request.query.get("fontsize", "")),
        }
        return aiohttp_jinja2.render_template("screen.html", request, context)


def _font_size(text: str) -> int:
    return int(text) if text in map(str, range(6, 73)) else 16
