"""What is around the reader of a page: a relay, platforms on the internet, a proxy that leads there, a handler, NATS servers, programs."""

from __future__ import annotations

import contextlib
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import nkeys

from nats_servers import NatsCluster
from page_run import TESTS, Desk, Fork, Reader
from raw_http import free_port
from self_signed import self_signed_pem

RELAY = "relay.example.org"
PROXY = "http://proxy.example.org:3128"
LOGIN = "user:password"
DOCS = TESTS / "docs"


@contextlib.contextmanager
def reading(home: Path, fork: Fork, options: dict[str, str]) -> Iterator[Reader]:
    """A reader at a fresh machine, with what the page's options say around it."""
    desk = Desk(home, extra={name: value for name, value in options.items() if name.isupper()})
    reader = Reader(desk, fork)
    put_programs(desk)
    with ExitStack() as stack:
        stack.callback(reader.stop_all)
        if "no-relay" not in options:
            start_relay(reader, by_name=f"tls://{RELAY}" in options)
        if "handler" in options:
            start_serving(reader, desk.ports["3000"], "programs.py", "handler", str(desk.ports["3000"]))
        if "nats" in options:
            start_nats(desk, stack)
        for address, what in options.items():
            if address.startswith(("http://", "https://")):
                desk.elsewhere[address] = f"http://127.0.0.1:{port_of(reader, what)}"
        if named := {name[6:]: what for name, what in options.items() if name.startswith("tls://")}:
            start_internet(reader, {name: port_of(reader, what) for name, what in named.items()})
        yield reader


def port_of(reader: Reader, what: str) -> int:
    """Where something that a page names serves: the relay, a port of the page, or a platform, which is started."""
    ports = reader.desk.ports
    if what in ports:
        return ports[what]
    port = free_port()
    start_serving(reader, port, "platforms.py", what, str(port))
    return port


def start_relay(reader: Reader, *, by_name: bool) -> None:
    """A relay of the test's own, at an address that the page calls `relay.example.org`; `by_name` where a proxy leads to it."""
    port = free_port()
    reader.desk.ports["relay"] = port
    argv = ["hookscope", "relay", "--port", str(port)]
    if by_name:
        argv += ["--public-url", f"https://{RELAY}", "--trusted-proxy", "127.0.0.1"]
    else:
        reader.desk.elsewhere[f"https://{RELAY}"] = f"http://127.0.0.1:{port}"
    home = {"HOME": str(reader.desk.home / "relay")}
    reader.start(argv, lambda output: output.exists() and "listening" in output.read_text("utf-8"), home)


def start_serving(reader: Reader, port: int, *argv: str) -> None:
    """A program of `docs/` that serves on a port."""
    reader.start(["python", str(DOCS / argv[0]), *argv[1:]], lambda _: serves(port))


def start_internet(reader: Reader, names: dict[str, int]) -> None:
    """These names, reached by TLS through a proxy that the reader's environment names."""
    desk, port = reader.desk, free_port()
    pem = desk.home / "certificate.pem"
    pem.write_bytes(b"".join(self_signed_pem(*names)))
    pairs = (f"{name}={to}" for name, to in names.items())
    start_serving(reader, port, "internet.py", str(port), str(pem), LOGIN, *pairs)
    desk.elsewhere[PROXY] = f"http://127.0.0.1:{port}"
    desk.extra |= {"HTTPS_PROXY": f"http://{LOGIN}@127.0.0.1:{port}", "SSL_CERT_FILE": str(pem)}


def start_nats(desk: Desk, stack: ExitStack) -> None:
    """Three servers of one cluster, which the page calls n1, n2 and n3, and credentials for them."""
    cluster = NatsCluster(desk.home / "nats")
    stack.callback(cluster.kill)
    cluster.start()
    for number, server in enumerate(cluster.servers, 1):
        desk.elsewhere[f"nats://n{number}:4222"] = server.url
        desk.elsewhere[f"http://n{number}:8222"] = server.monitor
    seed = nkeys.encode_seed(os.urandom(32), nkeys.PREFIX_BYTE_USER).decode()
    credentials = desk.home / "etc/hookscope/relay.creds"
    credentials.parent.mkdir(parents=True)
    parts = (("NATS USER JWT", "e30.e30.e30"), ("USER NKEY SEED", seed))
    credentials.write_text("".join(f"-----BEGIN {name}-----\n{text}\n------END {name}------\n" for name, text in parts))


def put_programs(desk: Desk) -> None:
    """Stand-ins for programs, where the page's shell finds them first."""
    from docs.programs import PROGRAMS

    folder = desk.home / "bin"
    folder.mkdir(exist_ok=True)
    for name in PROGRAMS:
        file = folder / name
        file.write_text(f'#!/bin/sh\nexec {sys.executable} {DOCS / "programs.py"} {name} "$@"\n', "utf-8")
        file.chmod(0o755)


def serves(port: int) -> bool:
    """Whether something listens there."""
    try:
        socket.create_connection(("127.0.0.1", port), 1.0).close()
    except OSError:
        return False
    return True
