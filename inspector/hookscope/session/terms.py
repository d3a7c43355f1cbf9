"""The terms on which a session hands deliveries over, and how long a handler may take by them."""

from __future__ import annotations

import time
from dataclasses import dataclass

from hookscope.attempts.route import MadeAnswer, parse_respond
from hookscope.model.senders import Network

MARGIN_S = 0.5
BREAKPOINT_S = 3600.0
COPY_S = 30.0
EMPTY_200 = parse_respond("200")


@dataclass(frozen=True, slots=True, kw_only=True)
class Forwarding:
    """How deliveries are handed over. `timeout_s` None: half a second under what the sender still waits.

    `share` has the handler get a copy of what another session answers, `websocket` upgrades passed on to it.
    """

    timeout_s: float | None = None
    answer_at_once: int | None = None
    respond: MadeAnswer = EMPTY_200
    only_path: str = ""
    only_from: tuple[Network, ...] = ()
    preserve_host: bool = False
    forwarded: bool = True
    watch: bool = False
    share: bool = False
    keep_handshake_secrets: bool = False
    websocket: bool = True

    def limit_s(self, deadline: float, own: float | None = None) -> float:
        """How long the handler may take, in seconds, where the sender waits until a monotonic instant;
        `own` is what its route says of it."""
        wanted = own or self.timeout_s
        if self.answer_at_once is not None:
            return wanted if wanted is not None else BREAKPOINT_S
        left = max(0.05, deadline - time.monotonic() - MARGIN_S)
        return min(left, wanted) if wanted is not None else left

    def copy_limit_s(self, own: float | None) -> float:
        """How long a handler may take that no sender waits for; `own` is what its route says of it."""
        wanted = own or self.timeout_s
        return COPY_S if wanted is None else wanted
