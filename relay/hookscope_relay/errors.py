"""What can go wrong at the relay, and at both ends, as one tree; the field `exit_code` is what the process ends with.

    HookscopeError                    something a person can act on
    ├── InputError            2       usage, input, configuration
    ├── AlreadyInUse          7       a port, or an endpoint
    ├── CannotWrite           8
    ├── DamagedFile           9       our database or key is damaged, or newer than this program
    ├── StoreUnreachable     14       the NATS servers that keep a relay's log
    ├── StoreRefused         15       they do not let the relay in
    └── StoreUnfit           16       they are not what the relay needs
    WireError                         a frame that the other end had no right to send
    SealError                         sealed bytes that do not open
    LogUnavailable                    the log could not keep a delivery

The first group says in one sentence what went wrong, where, and what to do. The others are raised and caught inside
the program. What only the inspector raises stands in `hookscope.model.errors`.
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


class AlreadyInUse(HookscopeError):
    """A port or an endpoint that another process holds."""

    exit_code = 7


class CannotWrite(HookscopeError):
    """A directory or file that cannot be written."""

    exit_code = 8


class DamagedFile(HookscopeError):
    """A database or key of ours that is damaged, or written by a newer version."""

    exit_code = 9


class StoreUnreachable(HookscopeError):
    """NATS servers that do not answer."""

    exit_code = 14


class StoreRefused(HookscopeError):
    """NATS servers that refuse the credentials, or what they are to be used for."""

    exit_code = 15


class StoreUnfit(HookscopeError):
    """NATS servers that are too old, lack JetStream, or hold streams that are not as they must be."""

    exit_code = 16


class WireError(Exception):
    """A frame that breaks the contract; the connection that carried it is closed."""


class SealError(Exception):
    """Sealed bytes that no key at hand opens, or that were altered."""


class LogUnavailable(Exception):
    """The log could not make a delivery durable (disk full, read-only, closed)."""
