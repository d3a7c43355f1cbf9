"""OpenSSH's reverse tunnel, the yardstick: encrypts and copies bytes, knows nothing of HTTP, keeps nothing."""

from __future__ import annotations

import contextlib
import getpass
import os
import shutil
import subprocess
from pathlib import Path

from contest.contender import Address, Contender, Ground
from contest.processes import StartError, free_port, wait_for_port

SERVER = """\
ListenAddress 127.0.0.1:{port}
HostKey {directory}/host_key
AuthorizedKeysFile {directory}/user_key.pub
PidFile none
StrictModes no
PasswordAuthentication no
PermitRootLogin prohibit-password
AllowTcpForwarding yes
MaxSessions 10
"""
CLIENT = ["-N", "-F", "none", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"]
CLIENT += ["-o", "ExitOnForwardFailure=yes", "-o", "IdentitiesOnly=yes", "-o", "LogLevel=ERROR"]


class Ssh(Contender):
    name = "ssh"
    what = "ssh -R, OpenSSH (C)"

    def open(self, ground: Ground) -> Address:
        server = shutil.which("sshd") or shutil.which("sshd", path="/usr/sbin:/usr/local/sbin")
        if not server or not shutil.which("ssh"):
            raise StartError("sshd and ssh are not installed (Debian: openssh-server)")
        self._make_keys(ground.directory)
        port, public = free_port(), free_port()
        (ground.directory / "sshd_config").write_text(SERVER.format(port=port, directory=ground.directory))
        sshd = self.run("sshd", [server, "-D", "-e", "-f", str(ground.directory / "sshd_config")], ground)
        wait_for_port(port, sshd, ground.directory, "sshd")
        forward = f"127.0.0.1:{public}:127.0.0.1:{ground.handler_port}"
        login = ["-p", str(port), "-i", str(ground.directory / "user_key"), f"{getpass.getuser()}@127.0.0.1"]
        ssh = self.run("ssh", ["ssh", *CLIENT, "-R", forward, *login], ground)
        wait_for_port(public, ssh, ground.directory, "ssh")
        return Address(public)

    def _make_keys(self, directory: Path) -> None:
        for name in ("host_key", "user_key"):
            (directory / name).unlink(missing_ok=True)
            command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(directory / name)]
            subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
        if os.geteuid() == 0:
            with contextlib.suppress(OSError):
                # Where the server leaves its rights; the system's own start-up script makes it else.
                Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
