"""Every contender, in the order in which they take their turn."""

from __future__ import annotations

from collections.abc import Sequence

from contest.contender import Contender
from contest.contenders.direct import Direct
from contest.contenders.hookscope import Hookscope
from contest.contenders.localtunnel import Localtunnel
from contest.contenders.mitmproxy import Mitmproxy
from contest.contenders.nginx import Nginx
from contest.contenders.screen import Screen
from contest.contenders.smee import Smee
from contest.contenders.ssh import Ssh

CONTENDERS: tuple[type[Contender], ...] = (Direct, Nginx, Ssh, Hookscope, Screen, Smee, Localtunnel, Mitmproxy)


def names() -> list[str]:
    return [contender.name for contender in CONTENDERS]


def build(only: Sequence[str], others: Sequence[str] = ()) -> list[Contender]:
    """The contenders of a run. `direct` is always among them; `others` are further hookscopes, each NAME=COMMAND."""
    wanted = {"direct", *only} if only else set(names())
    chosen = [contender() for contender in CONTENDERS if contender.name in wanted]
    for other in others:
        name, _, command = other.partition("=")
        chosen.append(Hookscope(command, name))
    return chosen
