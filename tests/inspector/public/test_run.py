"""A tunnel program run for real: stand-ins that print what each documents, and `ssh -R` against a server of our own."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from hookscope.model.errors import OutOfTime, RelayUnreachable
from hookscope.public.program import PROGRAMS, Program, over_ssh
from hookscope.public.run import PublicAddress

NGROK = next(program for program in PROGRAMS if program.name == "ngrok")
STARTED = 'msg="started tunnel" url=https://{}.ngrok-free.app'


def stand_in(program: Program, script: str, *arguments: str) -> Program:
    """The program with a Python script in its place."""
    return replace(program, command=lambda port: (sys.executable, "-u", "-c", script, str(port), *arguments))


async def test_the_address_is_told_and_the_program_ends_with_us() -> None:
    script = f"import os,time; print('hello'); print('{STARTED.format('one')}'); print(os.getpid()); time.sleep(60)"
    public = PublicAddress(stand_in(NGROK, script), 7420)
    assert await public.open() == "https://one.ngrok-free.app"
    process = public._process
    assert process is not None
    await public.close()
    assert process.returncode is not None


async def test_one_that_does_not_go_is_killed() -> None:
    script = f"import signal,time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('{STARTED.format('one')}'); time.sleep(60)"
    public = PublicAddress(stand_in(NGROK, script), 7420)
    await public.open()
    process = public._process
    assert process is not None
    await public.close()
    assert process.returncode == -9


async def test_one_that_ends_says_why() -> None:
    public = PublicAddress(stand_in(NGROK, "print('ERR_NGROK_4018 \\x1b[2J')"), 7420)
    with pytest.raises(
        RelayUnreachable, match="ngrok ended without a public address: ngrok does not know your account"
    ):
        await public.open()


async def test_one_that_tells_nothing_is_ended_after_a_while() -> None:
    public = PublicAddress(stand_in(NGROK, "import time; time.sleep(60)"), 7420, within_s=0.2)
    with pytest.raises(OutOfTime, match=r"told no public address within 0\.2 s: it said nothing"):
        await public.open()
    assert public._process is None


async def test_one_that_is_not_there_is_told() -> None:
    public = PublicAddress(replace(NGROK, command=lambda port: ("/nowhere/ngrok", str(port))), 7420)
    with pytest.raises(RelayUnreachable, match="cannot be started"):
        await public.open()


async def test_it_is_started_again_and_a_new_address_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hookscope.public.run.FIRST_DELAY_S", 0.01)
    count = tmp_path / "count"
    script = f"""
import pathlib, time
count = pathlib.Path({str(count)!r})
runs = int(count.read_text()) + 1 if count.exists() else 1
count.write_text(str(runs))
print('msg="started tunnel" url=https://run%d.ngrok-free.app' % runs)
if runs > 1: time.sleep(60)
"""
    public = PublicAddress(stand_in(NGROK, script), 7420)
    assert await public.open() == "https://run1.ngrok-free.app"
    came: asyncio.Queue[str] = asyncio.Queue()
    told: list[str] = []
    watch = asyncio.create_task(public.supervise(came.put_nowait, told.append))
    async with asyncio.timeout(10):
        assert await came.get() == "https://run2.ngrok-free.app"
    watch.cancel()
    await asyncio.gather(watch, return_exceptions=True)
    await public.close()
    assert "nothing reaches this machine until it is back" in told[0]


@pytest.fixture
def ssh_server(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[tuple[Path, int]]:
    """A server of our own on loopback, with a key that it takes; the configuration of the client,
    and the server's port."""
    server = shutil.which("sshd") or shutil.which("sshd", path="/usr/sbin:/usr/local/sbin")
    if server is None or shutil.which("ssh") is None:
        pytest.skip("sshd and ssh are not on this machine")
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    for name in ("host", "user"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / name], check=True)
    (tmp_path / "user.pub").rename(tmp_path / "authorized")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (tmp_path / "sshd_config").write_text(
        f"ListenAddress 127.0.0.1:{port}\nHostKey {tmp_path}/host\nAuthorizedKeysFile {tmp_path}/authorized\n"
        f"PidFile none\nStrictModes no\nUsePAM no\nPasswordAuthentication no\n{getattr(request, 'param', '')}\n"
    )
    (tmp_path / "ssh_config").write_text(
        f"Host 127.0.0.1\nPort {port}\nIdentityFile {tmp_path}/user\nIdentitiesOnly yes\n"
        f"StrictHostKeyChecking no\nUserKnownHostsFile /dev/null\n"
    )
    with subprocess.Popen([server, "-D", "-e", "-f", str(tmp_path / "sshd_config")], stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if b"listening on" in line:
                break
        yield tmp_path / "ssh_config", port
        process.terminate()


def with_config(program: Program, config: Path) -> Program:
    return replace(program, command=lambda port: ("ssh", "-F", str(config), *program.command(port)[1:]))


async def test_a_port_of_an_own_server_reaches_this_machine(ssh_server: tuple[Path, int]) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"reached " + await reader.readline())
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as local:
        port = local.sockets[0].getsockname()[1]
        public = PublicAddress(
            with_config(over_ssh(f"{os.environ.get('USER', 'root')}@127.0.0.1"), ssh_server[0]), port
        )
        url = await public.open()
        host, _, remote = url.removeprefix("http://").partition(":")
        reader, writer = await asyncio.open_connection(host, int(remote))
        writer.write(b"through ssh\n")
        assert await reader.read() == b"reached through ssh\n"
        writer.close()
        await public.close()


@pytest.mark.parametrize("ssh_server", ["PermitListen none"], indirect=True)
async def test_a_port_that_the_server_does_not_give_is_told(ssh_server: tuple[Path, int]) -> None:
    public = PublicAddress(with_config(over_ssh("127.0.0.1:8080"), ssh_server[0]), 7420)
    with pytest.raises(RelayUnreachable, match="the server does not let you listen on that port"):
        await public.open()
