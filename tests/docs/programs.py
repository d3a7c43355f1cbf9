"""Stand-ins for programs that pages name and a machine may lack: `python programs.py NAME ARGUMENTS` does what each documents, as far as a page needs it.

Another argument than those documented is an error. Sources: the reference of each program's command line; for the tunnels those that `hookscope.public.program` names.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parents[2]
HOME = Path(os.environ.get("HOME", "/"))
UNITS = HOME / "etc/systemd/system"

# A tunnel's command line and what it prints; the group is the port that it leads to.
TUNNELS: dict[str, dict[str, str]] = {
    "cloudflared": {
        r"tunnel (?:--no-autoupdate )?--url http://127\.0\.0\.1:(\d+)": "INF Requesting new quick Tunnel on trycloudflare.com...\nINF |  https://shop-of-mine.trycloudflare.com  |\nINF Registered tunnel connection connIndex=0",
    },
    "tailscale": {
        r"funnel (\d+)": "Available on the internet:\n\nhttps://laptop.tail1234.ts.net/\n|-- proxy http://127.0.0.1:{port}\n\nPress Ctrl+C to exit.",
    },
    "ngrok": {
        r"http (\d+)": "Session Status   online\nForwarding       https://shop.ngrok.app -> http://localhost:{port}",
        r"http (\d+) --log stdout --log-format logfmt": 't=2026-11-30T08:00:00+0000 lvl=info msg="started tunnel" obj=tunnels name=command_line addr=http://localhost:{port} url=https://shop.ngrok.app',
    },
    "zrok": {
        r"share public http://127\.0\.0\.1:(\d+)": "Forwarding https://cht7gj4g5pjf.share.zrok.io",
        r"share public --headless http://127\.0\.0\.1:(\d+)": "access your zrok share at the following endpoints:\n https://cht7gj4g5pjf.share.zrok.io",
    },
}


def tunnel(name: str, arguments: list[str]) -> None:
    line = " ".join(arguments)
    for pattern, said in TUNNELS[name].items():
        if match := re.fullmatch(pattern, line):
            print(said.replace("{port}", match[1]), flush=True)
            _wait_to_be_ended()
    sys.exit(f"{name}: {line}: not what it documents")


def _wait_to_be_ended() -> NoReturn:
    threading.Event().wait()  # which nobody sets: a signal ends the program
    raise AssertionError


def docker(_: str, arguments: list[str]) -> None:
    """`docker run --rm -p 127.0.0.1:HOST:CONTAINER IMAGE`, an image whose server says yes to everything."""
    match = re.fullmatch(r"run --rm -p 127\.0\.0\.1:(\d+):(\d+) [a-z]+", " ".join(arguments))
    if match is None:
        sys.exit("docker: not what the stand-in knows")
    print(f" * Running on http://127.0.0.1:{match[1]}", flush=True)
    ThreadingHTTPServer(("127.0.0.1", int(match[1])), Yes).serve_forever()


class Yes(BaseHTTPRequestHandler):
    """Says 200 to every delivery."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_POST

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def handler(_: str, arguments: list[str]) -> None:
    """A handler on a port."""
    ThreadingHTTPServer(("127.0.0.1", int(arguments[0])), Yes).serve_forever()


def install(_: str, arguments: list[str]) -> None:
    """`pip install NAME`: what is installed here already, with extras that it has; no index is asked."""
    if arguments[:1] != ["install"]:
        sys.exit("pip: only install")
    command = [sys.executable, "-m", "pip", "install", "--no-index", "--no-deps", *arguments[1:]]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    print(done.stdout)
    sys.exit(done.returncode or int("does not provide the extra" in done.stdout))


def mitmdump(_: str, arguments: list[str]) -> None:
    """Has an authority of its own in `confdir`, and listens; nothing passes."""
    settings = dict(word.split("=", 1) for word in arguments if re.match(r"[a-z_]+=", word))
    Path(settings["confdir"], "mitmproxy-ca-cert.pem").write_text("", "utf-8")
    port = int(arguments[arguments.index("--listen-port") + 1])
    ThreadingHTTPServer(("127.0.0.1", port), Yes).serve_forever()


def make(_: str, arguments: list[str]) -> None:
    """What make would do in the checkout: the targets are there."""
    beyond = os.pathsep.join(os.environ["PATH"].split(os.pathsep)[1:])
    found = shutil.which("make", path=beyond) or sys.exit("make is not on this machine")
    os.execv(found, [found, "--dry-run", "-C", str(ROOT), *arguments])


def sudo(_: str, arguments: list[str]) -> None:
    """The same, as who one is; files of the system are below the reader's home."""
    for word in arguments:
        if word.startswith(str(HOME)):
            Path(f"{word}x").parent.mkdir(parents=True, exist_ok=True)
    if arguments[1:2] == ["install"]:
        # What it needs is here already (`systemctl`); `make release-test` installs that, too.
        arguments.insert(2, "--no-deps")
    os.execvp(arguments[0], arguments)


def systemctl(_: str, arguments: list[str]) -> None:
    """`edit` sets what the page says; `enable --now` starts what the unit names, and waits until it listens."""
    action, name = arguments[0], arguments[-1]
    more = UNITS / f"{name}.service.d/override.conf"
    if action == "edit":
        more.parent.mkdir(parents=True, exist_ok=True)
        more.write_text("[Service]\nEnvironment=HOOKSCOPE_PUBLIC_URL=https://relay.example.org\n", "utf-8")
        return
    if arguments[:-1] != ["enable", "--now"]:
        sys.exit("systemctl: not what the stand-in knows")
    lines = [*(UNITS / f"{name}.service").read_text("utf-8").splitlines(), *more.read_text("utf-8").splitlines()]
    environ = dict(line.split("=", 2)[1:] for line in lines if line.startswith("Environment="))
    environ["HOOKSCOPE_HOME"] = str(HOME / "var")
    (command,) = [line.partition("=")[2] for line in lines if line.startswith("ExecStart=")]
    command = command.replace("/opt/", f"{HOME}/opt/")
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("HOOKSCOPE_", "PYTHON"))}
    with subprocess.Popen(
        command.split(),
        env={
            **kept,
            **environ,
            "PYTHONPATH": sysconfig.get_path("purelib"),
            "HOOKSCOPE_PORT": os.environ["HOOKSCOPE_PORT"],
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as service:
        assert service.stdout is not None
        listens = any("listening" in line for line in service.stdout)
        service.terminate()
    sys.exit(0 if listens else f"{command}: ended before it listened")


PROGRAMS: dict[str, Callable[[str, list[str]], None]] = {
    **dict.fromkeys(TUNNELS, tunnel),
    **dict.fromkeys(("pip", "pipx"), install),
    **{one.__name__: one for one in (docker, mitmdump, make, sudo, systemctl)},
}

if __name__ == "__main__":
    {**PROGRAMS, "handler": handler}[sys.argv[1]](sys.argv[1], sys.argv[2:])
