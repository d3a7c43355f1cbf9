"""Whether this relay's user may do on NATS what a relay does, found out at the start: later it would look like a
cluster that takes nothing, or like nodes that do not hear each other.
"""

from __future__ import annotations

from hookscope_relay.errors import LogUnavailable, StoreRefused
from hookscope_relay.log.nats.courier import ApiError, Courier
from hookscope_relay.log.nats.streams import BUCKETS, Names

WITHIN_S = 2.0
# A wildcard of NATS stands for a whole word between dots.
NEEDED = ("$JS.API.>", *(f"$KV.hookscope-{name}.>" for name in BUCKETS), "hookscope.>", "_INBOX.>")
# No endpoint, upload or node is called so.
NOBODY = "-"


async def check_rights(courier: Courier, names: Names) -> None:
    """Raise `StoreRefused` where the servers say that the user may not; nothing is kept."""
    client = courier.client
    await client.listen(names.of_node(NOBODY), lambda _: None)
    courier.send(names.of_node(NOBODY))
    for subject in (names.of_endpoint(NOBODY), names.of_piece(NOBODY, NOBODY)):
        try:
            # A stream keeps nothing that is meant for another.
            await courier.keep(subject, b"", {"Nats-Expected-Stream": NOBODY}, WITHIN_S)
        except (ApiError, LogUnavailable):
            continue
    refuse_denied(courier)
    client.is_trusted = True


def refuse_denied(courier: Courier) -> None:
    """Raise `StoreRefused` where the servers have said what the user may not do."""
    if denied := courier.client.denied:
        raise StoreRefused(
            f"NATS does not let this relay's user do all that it must ({', '.join(denied)})",
            f"let it publish and subscribe to {', '.join(NEEDED)}",
        )
