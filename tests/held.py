"""What stores are filled with in tests: deliveries, attempts that begin, and a finding."""

from __future__ import annotations

from hookscope.model.capture import Attempt, Origin, SentRequest
from hookscope.model.finding import Evidence, Finding
from hookscope.store.captures import CaptureStore
from hookscope_relay.delivery import Delivery, new_delivery_id

HEADERS = (("Content-Type", "application/json"), ("X-Foo", "b\xe4r"), ("x-foo", ""), ("X-Foo", '"q\\'))
FINDING = Finding(
    code="redirect.slash",
    severity="error",
    cause="trailing-slash-redirect",
    layer="framework",
    title="The slash is missing",
    hint="Add it",
    evidence=(Evidence("Location: /x/", "answer.headers.Location", 3, 9),),
    alternatives=("login-redirect",),
)


def delivery(index: int = 1, body: bytes = b'{"a": 1}', **changes: object) -> Delivery:
    fields: dict[str, object] = {
        "id": new_delivery_id(1_800_000_000 + index, index.to_bytes(10, "big")),
        "received_at": 1_800_000_000.25 + index,
        "method": "POST",
        "target": f"/hooks?n={index}",
        "headers": HEADERS,
        "body": body,
        "remote": "203.0.113.7",
        "url": "https://relay.example/x",
    }
    return Delivery(**(fields | changes))  # type: ignore[arg-type]  # changes are given by name


async def keep(store: CaptureStore, index: int = 1, *, origin: Origin = "live", **changes: object) -> Delivery:
    made = delivery(index, **changes)  # type: ignore[arg-type]  # changes are given by name
    await store.keep(made, origin=origin)
    return made


def begun(origin: Origin, handler_url: str, started_at: float, request: SentRequest | None = None) -> Attempt:
    """An attempt as it is before it is made."""
    return Attempt(number=0, origin=origin, handler_url=handler_url, started_at=started_at, request=request)
