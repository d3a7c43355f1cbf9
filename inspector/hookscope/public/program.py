"""The tunnel programs that can put a public address in front of a local port: how each is started,
and how it says its address.

Nothing here runs or downloads one. Sources: each program's own documentation of its command line and of what it prints.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from hookscope_relay.errors import InputError

SSH = (
    "ssh",
    "-N",
    "-T",
    "-o",
    "BatchMode=yes",
    "-o",
    "ExitOnForwardFailure=yes",
    "-o",
    "ServerAliveInterval=15",
    "-o",
    "ServerAliveCountMax=2",
)
# What a program tells may be a stranger's word, as a server's greeting is.
ORIGIN = re.compile(r"https?://[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?(:[0-9]{1,5})?")
SSH_PLACE = re.compile(r"(?:(?P<user>[\w.+-]+)@)?(?P<host>[A-Za-z0-9](?:[\w.-]*\w)?)(?::(?P<port>\d{1,5}))?")
SSH_TROUBLE = (
    (r"Permission denied", "the server takes none of your SSH keys", "try `ssh {place}` by hand"),
    (r"remote port forwarding failed", "the server does not let you listen on that port", "leave the port out"),
    (r"Could not resolve hostname", "there is no host of that name", "check the name after ssh:"),
    (r"Host key verification failed", "the server's host key is not known", "connect once with `ssh {place}`"),
    (r"Connection (refused|timed out)", "no SSH server answers there", "check the name, and that it is up"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """One way to a public address.

    `address` finds the URL in a line (its group 1), `trouble` are rows of a pattern, what it means, and what to do.
    `speaks_http` says that the program is an HTTP proxy, whose X-Forwarded-For tells who called.
    """

    name: str
    command: Callable[[int], tuple[str, ...]]
    address: str
    install: str
    trouble: tuple[tuple[str, str, str], ...] = ()
    speaks_http: bool = True
    place: str = ""

    @property
    def binary(self) -> str:
        """The program's file name, as it is looked for on the PATH."""
        return self.command(0)[0]

    def read_address(self, line: str) -> str:
        """The public URL that a line tells, without a final slash; empty where it tells none, or not just a host."""
        found = re.search(self.address, line)
        if found is None:
            return ""
        told = found.group(1).rstrip("/")
        if "://" not in told:
            return f"http://{self.place.rpartition('@')[2]}:{told}"
        return told if ORIGIN.fullmatch(told) else ""

    def explain(self, lines: Iterable[str]) -> tuple[str, str]:
        """What its last words mean, and what to do; the last line itself where no row knows them."""
        said = [line for line in lines if line.strip()]
        for pattern, what, remedy in self.trouble:
            if any(re.search(pattern, line, re.IGNORECASE) for line in said):
                return what, remedy.format(place=self.place)
        return (said[-1].strip()[:300] if said else "it said nothing"), f"run `{' '.join(self.command(7420))}` by hand"


PROGRAMS = (
    # developers.cloudflare.com/cloudflare-one/connections/connect-networks/do-more-with-tunnels/trycloudflare
    Program(
        name="cloudflared",
        command=lambda port: ("cloudflared", "tunnel", "--no-autoupdate", "--url", f"http://127.0.0.1:{port}"),
        address=r"(https://[a-z0-9-]+\.trycloudflare\.com)",
        install="install cloudflared; no account is needed",
        trouble=(
            (r"failed to (request|unmarshal) quick Tunnel", "Cloudflare gave no quick tunnel", "try again in a minute"),
            (
                r"no such host|dial tcp|i/o timeout",
                "Cloudflare cannot be reached from here",
                "check the network, or a company proxy",
            ),
            (
                r"config.*(quick|tunnel).*not supported|tunnel credentials",
                "a config.yml of yours keeps quick tunnels from starting",
                "move ~/.cloudflared/config.yml away, or give --public-url with your own tunnel",
            ),
        ),
    ),
    # tailscale.com/kb/1223/funnel, tailscale.com/kb/1311/tailscale-funnel
    Program(
        name="tailscale",
        command=lambda port: ("tailscale", "funnel", str(port)),
        address=r"^\s*(https://[a-z0-9.-]+\.ts\.net(?::\d+)?)/?\s*$",
        install="install Tailscale and allow Funnel for this machine",
        trouble=(
            (
                r"funnel (is )?not (enabled|available)|not allowed|nodeAttrs",
                "Funnel is not allowed for this machine",
                "allow it in the tailnet's policy; `tailscale funnel` tells the link",
            ),
            (r"not logged in|logged out|NeedsLogin", "Tailscale is logged out", "run `tailscale up`"),
            (r"failed to connect to local tailscaled|is tailscaled running", "tailscaled does not run", "start it"),
            (
                r"access denied|permission denied|operator",
                "Tailscale wants an administrator for this",
                "run `sudo tailscale set --operator=$USER` once",
            ),
        ),
    ),
    # ngrok.com/docs/agent/cli
    Program(
        name="ngrok",
        command=lambda port: ("ngrok", "http", str(port), "--log", "stdout", "--log-format", "logfmt"),
        address=r'msg="started tunnel".*\burl=(https://\S+)',
        install="install ngrok and give it your authtoken",
        trouble=(
            (
                r"ERR_NGROK_(4018|105|107|106)\b",
                "ngrok does not know your account",
                "run `ngrok config add-authtoken` with the token of your account",
            ),
            (r"ERR_NGROK_108\b", "another ngrok of this account is running", "end it, or use another program"),
            (r"ERR_NGROK_334\b", "the account's address is in use already", "end the other ngrok"),
            (r"ERR_NGROK_9040\b", "ngrok does not serve this network's address", "use another program"),
        ),
    ),
    # docs.zrok.io/docs/getting-started
    Program(
        name="zrok",
        command=lambda port: ("zrok", "share", "public", "--headless", f"http://127.0.0.1:{port}"),
        address=r"^\s*(https://[A-Za-z0-9][\w.-]+)\s*$",
        install="install zrok and enable it once with your token",
        trouble=(
            (
                r"unable to load environment|zrok enable",
                "zrok is not enabled on this machine",
                "run `zrok enable TOKEN` once",
            ),
            (r"unable to create share", "zrok gave no share", "look at the account's limits"),
        ),
    ),
    # localhost.run/docs
    Program(
        name="localhost.run",
        command=lambda port: (
            *(part for part in SSH if part != "-N"),
            "-R",
            f"80:127.0.0.1:{port}",
            "nokey@localhost.run",
        ),
        address=r"tunneled with tls termination, (https://\S+)",
        install="install OpenSSH",
        trouble=SSH_TROUBLE,
        place="nokey@localhost.run",
    ),
)
NAMES = tuple(program.name for program in PROGRAMS)


def find_program(wanted: str, which: Callable[[str], str | None]) -> Program:
    """The program of a name (`ssh:USER@HOST[:PORT]` too), or the first that is installed where the name is `auto`.

    `which` finds a binary, as `find_executable` does. `InputError` names what is missing and how to come by it.
    `localhost.run` is never the first by itself: it needs only ssh, and would hand deliveries to a service that nobody
    chose.
    """
    if wanted == "auto":
        return _first(which)
    program = (
        over_ssh(wanted[4:])
        if wanted.startswith("ssh:")
        else next((one for one in PROGRAMS if one.name == wanted), None)
    )
    if program is None:
        raise InputError(
            f"--public: there is no tunnel program {wanted!r}", f"give one of {', '.join(NAMES)}, or ssh:USER@HOST"
        )
    if which(program.binary) is None:
        raise InputError(
            f"--public: {program.binary} is not on the PATH",
            f"{program.install}, or give another of {', '.join(NAMES)}",
        )
    return program


def over_ssh(place: str) -> Program:
    """A port of an own server, by `ssh -R`; without a port the server chooses one and ssh says which."""
    found = SSH_PLACE.fullmatch(place)
    if found is None or int(found["port"] or 0) > 65535:
        raise InputError(f"--public: {place!r} is no place for ssh", "give ssh:USER@HOST, or ssh:USER@HOST:PORT")
    host = f"{found['user']}@{found['host']}" if found["user"] else found["host"]
    wanted = found["port"] or "0"
    return Program(
        name=f"ssh:{place}",
        command=lambda port: (*SSH, "-v", "-R", f"{wanted}:127.0.0.1:{port}", host),
        address=r"Allocated port (\d+) for remote forward"
        if wanted == "0"
        else rf"remote forward success for: listen (?:\S+:)?({wanted})\b",
        install="install OpenSSH",
        trouble=SSH_TROUBLE,
        speaks_http=False,
        place=host,
    )


def _first(which: Callable[[str], str | None]) -> Program:
    for program in PROGRAMS[:-1]:
        if which(program.binary) is not None:
            return program
    raise InputError(
        f"--public: none of {', '.join(NAMES[:-1])} is on the PATH",
        "install one (cloudflared needs no account), or give --public ssh:USER@HOST, or --public localhost.run",
    )
