"""Draws docs/screens/web.png: `hookscope listen --web` in a real Chromium, with the demo's deliveries.

python bench/web_picture.py
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from chromium import browsing
from hookscope.apps.demo.handler import TOKEN, start_handler
from hookscope.apps.demo.script import Play
from hookscope.model.events import Ready

PICTURE = Path(__file__).resolve().parent.parent / "docs/screens/web.png"
SETTLED_S = 2.0


async def draw(screen: str, endpoint: str) -> None:
    """Open a tab, send what the demo sends, and take the picture when the last of it is explained."""
    async with browsing() as browser:
        tab = await browser.open(screen, 1400, 800)
        await tab.until("Waiting for the first delivery.")
        sent = asyncio.Event()
        loop = asyncio.get_running_loop()
        Play(lambda: loop.call_soon_threadsafe(sent.set))(
            Ready(at=time.time(), url=endpoint, handler="", endpoint="", relay="")
        )
        await sent.wait()
        await tab.type("jjj1")
        await asyncio.sleep(SETTLED_S)
        PICTURE.write_bytes(await tab.picture())


def main() -> None:
    """Run the session and draw."""
    handler, stop = start_handler()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        environ = os.environ | {"HOOKSCOPE_HOME": home, "HOOKSCOPE_SECRET_NOTION": TOKEN}
        command = [sys.executable, "-m", "hookscope.cli", "listen", handler, "--web", "--web-port", "0", "--port", "0"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environ) as run:
            assert run.stdout is not None
            lines: dict[str, str] = {}
            while "Send to" not in lines:
                line = run.stdout.readline()
                lines[line[:9].strip()] = line[10:].split()[0] if line[10:].split() else ""
            try:
                asyncio.run(draw(lines["Screen"], lines["Send to"]))
            finally:
                run.terminate()
    stop()


if __name__ == "__main__":
    main()
