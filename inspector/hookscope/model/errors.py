"""What can go wrong at the inspector alone; each is a `HookscopeError`,
and its `exit_code` is what the process ends with.

HookscopeError
├── OurBug                3
├── RelayUnreachable      4
├── RelayRefused          5
├── HandlerUnreachable    6
├── NoSuchCapture        10
├── RefusedForSafety     11
├── Disconnected         12
└── OutOfTime            13
"""

from __future__ import annotations

from hookscope_relay.errors import HookscopeError


class OurBug(HookscopeError):
    """Something that must not happen, and did."""

    exit_code = 3


class RelayUnreachable(HookscopeError):
    """Nothing that speaks to us answers at the relay's address."""

    exit_code = 4


class RelayRefused(HookscopeError):
    """The relay answered, and will not have us."""

    exit_code = 5


class HandlerUnreachable(HookscopeError):
    """A command that needs the handler could not connect to it."""

    exit_code = 6


class NoSuchCapture(HookscopeError):
    """A capture that is not in the store."""

    exit_code = 10


class RefusedForSafety(HookscopeError):
    """Something that widens trust and was not asked for."""

    exit_code = 11


class Disconnected(HookscopeError):
    """The tunnel broke and the user asked to end then."""

    exit_code = 12


class OutOfTime(HookscopeError):
    """A time limit that the user set has passed."""

    exit_code = 13
