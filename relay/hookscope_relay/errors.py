"""What can go wrong, as one tree; the field `exit_code` is what the process ends with.

    HookscopeError                    something a person can act on
    ├── InputError            2       usage, input, configuration
    ├── OurBug                3
    ├── RelayUnreachable      4
    ├── RelayRefused          5
    ├── HandlerUnreachable    6
    ├── AlreadyInUse          7       a port, or an endpoint
    ├── CannotWrite           8
    ├── DamagedFile           9       our database or key is damaged, or newer than this program
    ├── NoSuchCapture        10
    ├── RefusedForSafety     11
    ├── Disconnected         12
    └── OutOfTime            13
    WireError                         a frame that the other end had no right to send
    SealError                         sealed bytes that do not open
    LogUnavailable                    the log could not keep a delivery

The first group says in one sentence what went wrong, where, and what to do. The others are raised and caught inside
the program.
"""

from __future__ import annotations


class HookscopeError(Exception):
    """A failure told to the user as `what` (with where) and `remedy`, each a phrase without a final stop."""

    exit_code = 1

    def __init__(self, what: str, remedy: str = "") -> None:
        self.what = what
        self.remedy = remedy
        super().__init__(f"{what}; {remedy}" if remedy else what)


class InputError(HookscopeError):
    """A command line, an input file or a configuration that makes no sense."""

    exit_code = 2


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


class AlreadyInUse(HookscopeError):
    """A port or an endpoint that another process holds."""

    exit_code = 7


class CannotWrite(HookscopeError):
    """A directory or file that cannot be written."""

    exit_code = 8


class DamagedFile(HookscopeError):
    """A database or key of ours that is damaged, or written by a newer version."""

    exit_code = 9


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


class WireError(Exception):
    """A frame that breaks the contract; the connection that carried it is closed."""


class SealError(Exception):
    """Sealed bytes that no key at hand opens, or that were altered."""


class LogUnavailable(Exception):
    """The log could not make a delivery durable (disk full, read-only, closed)."""
