"""An intercepting proxy for calls of code that cannot be pointed anywhere: mitmproxy, in a process of its own.

Only the named hosts are opened; all else passes through it unseen. Its certificate authority is made for this user, in
a folder that nobody else may read.
"""

from __future__ import annotations

import contextlib
import json
import re
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from hookscope.api import addon
from hookscope.config.executable import find_executable
from hookscope_relay.errors import InputError

READY_WITHIN_S = 30.0
AUTHORITY = "mitmproxy-ca-cert.pem"
INSTALL = (
    "install it with `pip install 'hookscope[intercept]'`, or mitmproxy by itself so that `mitmdump` is on the PATH"
)


def find_program() -> str:
    """Where `mitmdump` is: beside this Python, or on the PATH. `InputError` where it is not."""
    beside = Path(sys.executable).parent / "mitmdump"
    found = str(beside) if beside.is_file() else find_executable("mitmdump")
    if not found:
        raise InputError("--intercept needs mitmproxy, which is not installed", INSTALL)
    return found


def check_environment(environ: Mapping[str, str]) -> None:
    """`InputError` where calls go through another proxy already: two in a row are not supported."""
    name = next((name for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy") if environ.get(name)), "")
    if name:
        raise InputError(
            f"--intercept cannot stand before another proxy, and {name} is set",
            "use --api, which goes through that proxy",
        )


@contextlib.contextmanager
def intercept(
    hosts: Mapping[str, str], gateway: int, folder: Path, environ: Mapping[str, str]
) -> Iterator[dict[str, str]]:
    """Run the proxy, which leads calls to `hosts` (each with its API's name) to the gateway; the variables that send a
    program's calls to it."""
    check_environment(environ)
    program, port = find_program(), _free_port()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    allowed = "|".join(re.escape(host) for host in hosts)
    command = [
        *(program, "--quiet", "--listen-host", "127.0.0.1", "--listen-port", str(port)),
        *("--set", f"confdir={folder}", "--set", "connection_strategy=lazy", "--set", "upstream_cert=false"),
        *("--set", "stream_large_bodies=1m", "--allow-hosts", f"^(?:{allowed}):443$", "-s", str(addon.__file__)),
    ]
    wanted = json.dumps({"port": gateway, "hosts": dict(hosts)})
    # The key of its authority is this user's alone.
    proxy = subprocess.Popen(  # noqa: S603 - a program of the user's, its words are ours
        command,
        env={**environ, "HOOKSCOPE_INTERCEPT": wanted},
        umask=0o077,
        stdout=subprocess.DEVNULL,
        start_new_session=True,  # a Ctrl-C is for the handler, whose last calls still pass
    )
    try:
        _wait(proxy, port, folder / AUTHORITY)
        yield _variables(port, folder, environ)
    finally:
        proxy.terminate()
        proxy.wait()


def _wait(proxy: subprocess.Popen[bytes], port: int, authority: Path) -> None:
    until = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < until and proxy.poll() is None:
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), 1.0).close()
            if authority.is_file():
                return
        time.sleep(0.05)  # another program tells nobody when it is ready
    raise InputError("mitmproxy does not start", "run `mitmdump` by itself: it says why")


def _variables(port: int, folder: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """What sends calls to the proxy, and lets its certificates be trusted beside those that are trusted already."""
    bundle = folder / "bundle.pem"
    paths = ssl.get_default_verify_paths()
    system = environ.get("SSL_CERT_FILE") or paths.cafile or paths.openssl_cafile
    known = Path(system).read_bytes() if system and Path(system).is_file() else b""
    authority = folder / AUTHORITY
    bundle.write_bytes(known.rstrip() + b"\n" + authority.read_bytes())
    url, here = f"http://127.0.0.1:{port}", "localhost,127.0.0.1,::1"
    outside = ",".join(filter(None, (environ.get("NO_PROXY", environ.get("no_proxy", "")), here)))
    trusted = dict.fromkeys(("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"), str(bundle))
    return {
        **dict.fromkeys(("HTTPS_PROXY", "https_proxy"), url),
        **dict.fromkeys(("NO_PROXY", "no_proxy"), outside),
        **trusted,
        "NODE_EXTRA_CA_CERTS": str(authority),
        "NODE_USE_ENV_PROXY": "1",
    }


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])
