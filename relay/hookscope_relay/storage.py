"""Where a relay's settings say that its log is: in memory, in a file, or on NATS servers that it shares with others.

What speaks NATS is loaded only where it is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookscope_relay.errors import InputError
from hookscope_relay.hub import Hub
from hookscope_relay.log.memory import MemoryLog
from hookscope_relay.log.protocol import Log
from hookscope_relay.log.sqlite import SqliteLog
from hookscope_relay.settings import RelaySettings

if TYPE_CHECKING:
    from hookscope_relay.cluster.node import Node


async def open_log(settings: RelaySettings) -> Log:
    """The log, opened; raises `HookscopeError`."""
    if settings.nats is not None:
        need_nats()
        from hookscope_relay.log.nats.log import NatsLog  # noqa: PLC0415

        return await NatsLog.open(settings.nats, settings.retention)
    return MemoryLog() if settings.database is None else await SqliteLog.open(settings.database)


async def join(log: Log, hub: Hub, settings: RelaySettings) -> Node | None:
    """This node among those that share the log; None where nobody does."""
    if settings.nats is None:
        return None
    from hookscope_relay.cluster.node import Node  # noqa: PLC0415
    from hookscope_relay.log.nats.log import NatsLog  # noqa: PLC0415

    assert isinstance(log, NatsLog)
    node = Node(log, hub)
    await node.start()
    return node


def need_nats() -> None:
    """Raise `InputError` where the library that speaks NATS is not installed."""
    try:
        import nats  # noqa: F401, PLC0415
    except ImportError:
        raise InputError(
            "a log on NATS needs a library that is not installed", "pip install 'hookscope[nats]'"
        ) from None
