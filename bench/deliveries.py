"""Real deliveries for the pictures: a relay, `hookscope listen` and a Django handler at work; what they captured goes into deliveries.json.

python bench/deliveries.py

Addresses of this machine become those of a relay in the internet; all else is as it came.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent
FILE = HERE / "deliveries.json"
RELAY, ENDPOINT, HANDLER = "https://relay.example.com", "k3v7qpm2xdw4hn6ytz5c", "localhost:3000"
SECRETS = {"NOTION": "secret_of_the_pictures", "GITHUB": "it-is-a-secret", "STRIPE": "whsec_of_the_pictures"}
DJANGO = """
import sys
from wsgiref.simple_server import make_server
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
middleware = ["security.SecurityMiddleware", "common.CommonMiddleware", "csrf.CsrfViewMiddleware"]
settings.configure(ROOT_URLCONF=__name__, SECRET_KEY="only here", ALLOWED_HOSTS=["*"],
                   MIDDLEWARE=["django.middleware." + name for name in middleware])
def fine(request):
    return JsonResponse({"ok": True})
def stripe(request):
    return JsonResponse({"ok": True})
open_to_all = csrf_exempt(fine)
urlpatterns = [path("webhooks/notion/", open_to_all), path("hooks/github", open_to_all), path("health", open_to_all), path("stripe", stripe)]
make_server("127.0.0.1", int(sys.argv[1]), get_wsgi_application()).serve_forever()
"""
# Who sends what to which path; a star: the handler is not there.
SENT = (
    ("notion page.created", "/webhooks/notion"),
    ("github push", "/hooks/github"),
    ("stripe invoice.paid", "/stripe"),
    ("*notion page.content_updated", "/webhooks/notion/"),
    ("notion comment.created", "/webhooks/notion/"),
    ("GET", "/health?probe=1"),
    ("notion page.properties_updated", "/webhooks/notion"),
)


def main() -> None:
    with tempfile.TemporaryDirectory() as directory:
        home = Path(directory)
        (home / "handler.py").write_text(DJANGO, "utf-8")
        environ = (
            os.environ
            | {"HOOKSCOPE_HOME": directory}
            | {f"HOOKSCOPE_SECRET_{name}": text for name, text in SECRETS.items()}
        )
        ports = [free_port(), free_port()]
        relay, handler = f"http://127.0.0.1:{ports[0]}", ports[1]
        with (
            running("relay", "--port", str(ports[0]), environ=environ),
            running("listen", str(handler), "--relay", relay, "--json", environ=environ) as lines,
        ):
            wait_for_lines(lines, "ready", 1)
            endpoint = (home / "endpoints/default.key").read_text("utf-8").split()[1]
            for number, (what, path) in enumerate(SENT, 1):
                send(what, f"{relay}/{endpoint}{path}", handler, environ)
                # Kept, answered and explained.
                wait_for_lines(lines, "diagnosed", number)
            with serving(handler):
                hookscope("replay", "last", environ=environ)
            kept = [
                json.loads(hookscope("show", str(number + 1), "--json", environ=environ)) for number in range(len(SENT))
            ]
    text = json.dumps(kept, indent=1, ensure_ascii=False)
    for ours, shown in (
        (relay, RELAY),
        (relay.partition("://")[2], RELAY.partition("://")[2]),
        (endpoint, ENDPOINT),
        (f"localhost:{handler}", HANDLER),
    ):
        text = text.replace(ours, shown)
    FILE.write_text(text.replace(str(handler), "3000").replace(" in this container", "") + "\n", "utf-8")
    print(FILE)


def send(what: str, url: str, handler: int, environ: dict[str, str]) -> None:
    """Send as the provider does, or as a probe of a load balancer; what comes back is of no interest here."""
    with contextlib.nullcontext() if what.startswith("*") else serving(handler):
        if what == "GET":
            subprocess.run(
                ["curl", "-sS", "-o", os.devnull, "--noproxy", "*", "-A", "ELB-HealthChecker/2.0", url], check=True
            )
        else:
            hookscope("send", *what.removeprefix("*").split(), "--to", url, environ=environ)


@contextlib.contextmanager
def serving(port: int) -> Iterator[None]:
    process = subprocess.Popen([sys.executable, "-c", DJANGO, str(port)], stderr=subprocess.DEVNULL)
    try:
        wait_for(port)
        yield
    finally:
        process.terminate()
        process.wait()


@contextlib.contextmanager
def running(*words: str, environ: dict[str, str]) -> Iterator[Path]:
    """A command at work, and the file of what it says."""
    said = Path(environ["HOOKSCOPE_HOME"]) / f"{words[0]}.said"
    with said.open("wb") as lines:
        process = subprocess.Popen(
            [sys.executable, "-m", "hookscope.cli", *words], env=environ, stdout=lines, stderr=subprocess.DEVNULL
        )
    try:
        if words[0] == "relay":
            wait_for(int(words[2]))
        yield said
    finally:
        process.terminate()
        process.wait()


def hookscope(*words: str, environ: dict[str, str]) -> str:
    return subprocess.run(
        [sys.executable, "-m", "hookscope.cli", *words], env=environ, capture_output=True, text=True, check=False
    ).stdout


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def wait_for(port: int) -> None:
    until = time.monotonic() + 20
    while True:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1.0):
            return
        assert time.monotonic() < until, f"nothing serves on {port}"
        time.sleep(0.05)  # a server tells nobody when it is ready


def wait_for_lines(said: Path, kind: str, count: int) -> None:
    """Until so many lines of a type were said."""
    until = time.monotonic() + 60
    while said.read_bytes().count(b'"type":"%s"' % kind.encode()) < count:
        assert time.monotonic() < until, f"{count} lines {kind} were not said: {said.read_text()[-2000:]}"
        time.sleep(0.02)  # another process tells nobody when it has written


if __name__ == "__main__":
    main()
