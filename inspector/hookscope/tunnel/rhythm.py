"""Connections that break after the same while each time: something on the way ends them, and pings may keep them up."""

from __future__ import annotations

from hookscope_relay.wire import PING_INTERVAL_S

# What is shorter says nothing of quiet; what differs by more is chance.
LEAST_S = 1.5
SAME_WITHIN_S = 1.0
LEAST_PING_S = 1.0


class Rhythm:
    """How long connections lasted; `ping_s` is how often to ping on the next one."""

    def __init__(self) -> None:
        self.ping_s = PING_INTERVAL_S
        self._before = 0.0

    def note(self, lasted_s: float) -> str:
        """Note a connection that broke without a word; why it may have, empty where it did not last as the one before.

        One that ended before its first ping makes pings more frequent.
        """
        before, self._before = self._before, lasted_s
        if lasted_s < LEAST_S or abs(lasted_s - before) > SAME_WITHIN_S:
            return ""
        told = f"the connection broke after {lasted_s:.0f} s, as the one before"
        if lasted_s > self.ping_s + SAME_WITHIN_S:
            return f"{told}, although pings go every {self.ping_s:.0f} s: something on the way lets none live longer"
        self.ping_s = max(LEAST_PING_S, lasted_s / 3)
        return (
            f"{told}: a proxy on the way ends quiet ones (nginx: proxy_read_timeout); pings go every"
            f" {self.ping_s:.0f} s from now on"
        )
