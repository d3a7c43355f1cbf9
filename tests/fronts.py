"""Real proxies in front of a relay, with and without the lines that pass upgrades on: nginx, Apache, Caddy, HAProxy."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from hookscope.tunnel.fronts import FRONTS
from raw_http import exchange

WITHIN_S = 20.0
LINES = {front.name: front.lines for front in FRONTS}

NGINX = """daemon off; master_process off; pid {home}/pid; error_log {home}/errors;
events {{ worker_connections 64; }}
http {{ access_log off; client_body_temp_path {home}/a; proxy_temp_path {home}/b; fastcgi_temp_path {home}/c;
 uwsgi_temp_path {home}/d; scgi_temp_path {home}/e;
 server {{ listen 127.0.0.1:{port};
  {quiet}
  location {place} {{ proxy_pass http://127.0.0.1:{relay}{cut}; proxy_set_header Host $http_host; {lines} }} }} }}
"""
# What an Apache needs to start at all, and to pass requests on.
APACHE_START = """ServerRoot {home}
ServerName localhost
PidFile {home}/pid
ErrorLog {home}/errors
Mutex file:{home}
LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
LoadModule proxy_module /usr/lib/apache2/modules/mod_proxy.so
LoadModule proxy_http_module /usr/lib/apache2/modules/mod_proxy_http.so
"""
APACHE = (
    APACHE_START
    + """Listen 127.0.0.1:{port}
AllowEncodedSlashes NoDecode
ProxyPreserveHost On
ProxyPass "{place}" "http://127.0.0.1:{relay}{behind}" nocanon {lines}
"""
)
CADDY = """{{
 admin off
 auto_https off
}}
http://:{port} {{
 bind 127.0.0.1
 {route} {{
  reverse_proxy 127.0.0.1:{relay} {{
   {lines}
  }}
 }}
}}
"""
HAPROXY = """global
 maxconn 64
defaults
 mode http
 timeout connect 5s
 timeout client 30s
 timeout server 30s
 timeout tunnel 1h
frontend f
 bind 127.0.0.1:{port}
 {drop}
 {cut}
 default_backend b
backend b
 server relay 127.0.0.1:{relay} {lines}
"""


@dataclass(frozen=True, slots=True)
class Setup:
    """A program, and how it is set up: `below` is the path that it gives the relay, `cuts` says that it takes that path
    off; without `passes` it drops upgrades, as it does by default or as people have it. `quiet_s` is how long nginx lets
    a connection be quiet."""

    program: str
    passes: bool = True
    below: str = ""
    cuts: bool = False
    quiet_s: int = 60

    @property
    def binary(self) -> str:
        """The program's file."""
        return {"Apache": "apache2"}.get(self.program, self.program.lower())

    def conf(self, home: Path, port: int, relay: int) -> str:
        """Its configuration file."""
        facts = {"home": home, "port": port, "relay": relay}
        lines = LINES[self.program] if self.passes else ()
        cut = self.below if self.cuts else ""
        place = f"{self.below}/"
        if self.program == "nginx":
            quiet = f"proxy_read_timeout {self.quiet_s}s;"
            return NGINX.format(**facts, place=place, cut="/" if cut else "", lines=" ".join(lines), quiet=quiet)
        if self.program == "Apache":
            return APACHE.format(**facts, place=place, behind="/" if cut else place, lines=" ".join(lines))
        if self.program == "Caddy":
            inside = lines or ("header_up -Upgrade", "header_up -Connection")
            route = f"handle_path {place}*" if cut else f"handle {place}*" if self.below else "handle"
            return CADDY.format(**facts, route=route, lines="\n   ".join(inside))
        drop = "" if lines else "http-request del-header Upgrade"
        cutting = f"http-request replace-path {cut}(/.*) \\1" if cut else ""
        return HAPROXY.format(**facts, drop=drop, cut=cutting, lines=" ".join(lines))

    def command(self, conf: Path, home: Path) -> tuple[str, ...]:
        """How it is started in the foreground."""
        found = shutil.which(self.binary) or ""
        return {
            "nginx": (found, "-c", str(conf), "-e", str(home / "errors")),
            "Apache": (found, "-f", str(conf), "-D", "FOREGROUND"),
            "Caddy": (found, "run", "--adapter", "caddyfile", "--config", str(conf)),
            "HAProxy": (found, "-f", str(conf), "-db"),
        }[self.program]


def is_there(program: str) -> bool:
    """Whether it is on this machine."""
    return shutil.which(Setup(program).binary) is not None


@contextlib.asynccontextmanager
async def front_before(setup: Setup, relay: int, port: int, home: Path) -> AsyncIterator[None]:
    """The program on a port, in front of the relay's port."""
    conf = home / "front.conf"
    conf.write_text(setup.conf(home, port, relay))
    process = await asyncio.create_subprocess_exec(
        *setup.command(conf, home),
        env={"HOME": str(home), "XDG_DATA_HOME": str(home), "XDG_CONFIG_HOME": str(home), "PATH": "/usr/bin"},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        await _answers(port)
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


async def _answers(port: int) -> None:
    until = time.monotonic() + WITHIN_S
    while True:
        with contextlib.suppress(OSError):
            await exchange(port, b"GET /-/health HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n" % port)
            return
        assert time.monotonic() < until, "the proxy did not start"
        await asyncio.sleep(0.02)
