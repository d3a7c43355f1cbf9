"""Nothing in between: the handler itself, which "added" times are counted from."""

from __future__ import annotations

from contest.contender import Address, Contender, Ground


class Direct(Contender):
    name = "direct"
    what = "the handler itself"

    def open(self, ground: Ground) -> Address:
        return Address(ground.handler_port)
