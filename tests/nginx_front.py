"""nginx in front of a relay, with and without the lines that pass upgrades on."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from raw_http import exchange

NGINX = shutil.which("nginx")
CONF = """daemon off; master_process off; pid {home}/pid; error_log {home}/errors;
events {{ worker_connections 64; }}
http {{ access_log off; client_body_temp_path {home}/a; proxy_temp_path {home}/b; fastcgi_temp_path {home}/c;
 uwsgi_temp_path {home}/d; scgi_temp_path {home}/e;
 server {{ listen 127.0.0.1:{port}; location / {{ proxy_pass http://127.0.0.1:{relay}; proxy_set_header Host $http_host; {lines} }} }} }}
"""
WITHIN_S = 20.0


@contextlib.asynccontextmanager
async def nginx_before(relay: int, port: int, home: Path, lines: Sequence[str] = ()) -> AsyncIterator[None]:
    """nginx on a port, that passes everything to the relay's; `lines` stand in its location."""
    assert NGINX
    conf = home / "nginx.conf"
    conf.write_text(CONF.format(home=home, port=port, relay=relay, lines=" ".join(lines)))
    process = await asyncio.create_subprocess_exec(NGINX, "-c", str(conf), "-e", str(home / "errors"))
    try:
        await _answers(port)
        yield
    finally:
        process.terminate()
        await process.wait()


async def _answers(port: int) -> None:
    until = time.monotonic() + WITHIN_S
    while True:
        with contextlib.suppress(OSError):
            await exchange(port, b"GET /-/health HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n" % port)
            return
        assert time.monotonic() < until, "nginx did not start"
