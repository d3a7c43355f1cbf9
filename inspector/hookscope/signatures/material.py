"""What a signature can be made of, gathered from one delivery: body, URL, method, time, id,
and whatever a template names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hookscope.providers.facts import Facts, as_text, descend

NO_PARAMETERS: Mapping[str, str] = {}


class Material:
    """The parts of a signed message.

    `timestamp` and `id` are bytes as they stood in the delivery; `item` is one item of a batch.
    """

    __slots__ = ("_url", "body", "facts", "id", "item", "json", "listed", "method", "params", "path", "timestamp")

    def __init__(self, facts: Facts, url: str = "", params: Mapping[str, str] = NO_PARAMETERS) -> None:
        self.facts = facts
        self.body: bytes = facts.delivery.body
        self.method: str = facts.delivery.method
        self.params = params
        self.timestamp = b""
        self.id = b""
        self.item: Any = None  # Any: JSON is of every type
        self.json: Any = None
        self.path: str | None = None
        # Headers that the signature itself names, as it spells them.
        self.listed: tuple[str, ...] = ()
        self._url = url

    @property
    def url(self) -> str:
        """The URL that the sender called: as told, as captured, else scheme, Host and target."""
        if not self._url:
            self._url = url_of(self.facts)
        return self._url

    def but(self, **changes: Any) -> Material:  # Any: one value of each attribute's own type
        """A copy with other values for some attributes."""
        copy = object.__new__(Material)
        for name in Material.__slots__:
            setattr(copy, name, getattr(self, name))
        for name, value in changes.items():
            setattr(copy, "_url" if name == "url" else name, value)
        return copy

    def look(self, place: str) -> str:
        """The text at a place of the delivery, of the batch's item or of the parameters; empty for nothing."""
        where, _, name = place.partition(".")
        if where == "param":
            return self.params.get(name, "")
        if where == "item":
            return as_text(descend(self.item, name))
        if where == "body" and self.json is not None:
            return as_text(descend(self.json, name))
        return self.facts.text(place)


def url_of(facts: Facts) -> str:
    """The URL that the sender called, where nobody told it: as captured, else scheme, Host and target."""
    delivery = facts.delivery
    return delivery.url or f"{delivery.scheme}://{facts.header('host')}{delivery.target}"


def to_bytes(place: str, text: str) -> bytes:
    """The bytes of a looked-up text: latin-1 from a header, whose bytes it mirrors, UTF-8 from elsewhere."""
    if place.startswith(("header.", "pair.")):
        return text.encode("latin-1", "replace")
    return text.encode("utf-8", "surrogatepass")
