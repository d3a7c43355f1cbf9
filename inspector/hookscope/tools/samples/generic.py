"""A sample of a provider of which we have none: made from what our own recognition and its event's places look for.

It is good for testing signatures, and for nothing that reads the payload. A user's own provider has one too.
"""

from __future__ import annotations

from typing import Any

from hookscope.providers.provider import EventFields, Provider, Sign
from hookscope.tools.samples.sample import Sample

TIME_OF: dict[str, str] = {"id": "${uuid}", "at": "${iso}", "object": "${uuid:object}", "attempt": "${attempt}"}


def generic_sample(provider: Provider, event: str) -> Sample:
    """A JSON delivery of an event of any name that is recognised as the provider's."""
    made = _Making(provider)
    for sign in _signs(provider):
        made.satisfy(sign)
    made.put_facts(provider.event, event)
    return Sample(
        provider=provider.name,
        event=event,
        basis="generic",
        headers=(("Content-Type", "application/json"), *made.headers.items()),
        body=made.body or {"id": "${uuid}", "type": event},
        signed=bool(provider.schemes),
    )


def _signs(provider: Provider) -> list[Sign]:
    """The evidence to show, the best of each kind: of a header, of the user agent, of the body."""
    best: dict[str, Sign] = {}
    signatures = {name.lower().rstrip("*") for scheme in provider.schemes for name in scheme.headers}
    for sign in sorted(provider.recognise, key=lambda sign: -sign.confidence):
        if sign.query or any(sign.header.lower().startswith(name) for name in signatures if sign.header):
            kind = "body" if sign.body else ""
        else:
            kind = "header" if sign.header else "agent" if sign.user_agent else "body"
        if kind and not _is_handshake(sign):
            best.setdefault(kind, sign)
    return list(best.values())


def _is_handshake(sign: Sign) -> bool:
    words = " ".join((sign.header, sign.body_value, *sign.body)).lower()
    return any(word in words for word in ("challenge", "verif", "validation", "plaintoken", "hook-secret"))


class _Making:
    """The body and headers as they come together."""

    def __init__(self, provider: Provider) -> None:
        self.provider = provider
        self.body: Any = None  # Any: an object or a list, as the places say
        self.headers: dict[str, str] = {}

    def satisfy(self, sign: Sign) -> None:
        """Make a piece of evidence hold."""
        signatures = {name.lower() for scheme in self.provider.schemes for name in scheme.headers}
        if sign.user_agent:
            self.headers["User-Agent"] = sign.user_agent
        if sign.header and sign.header.lower() not in signatures:
            self.headers.setdefault(sign.header, sign.value or "${uuid}")
        for path in sign.body:
            self._put(path, "${uuid}", keep=True)
        if sign.body_value:
            path, _, value = sign.body_value.partition("=")
            self._put(path, value)

    def put_facts(self, fields: EventFields, event: str) -> None:
        """Put the event's facts where they are looked for first."""
        for fact, value in TIME_OF.items():
            for part in _first(getattr(fields, fact)):
                self._place(part, value)
        parts = _first(fields.type)
        names = event.split(".", len(parts) - 1) if parts else []
        for part, name in zip(parts, names, strict=False):
            self._place(part, name)

    def _place(self, place: str, value: str) -> None:
        where, _, name = place.partition(".")
        signed = {scheme.timestamp for scheme in self.provider.schemes} | {
            scheme.id for scheme in self.provider.schemes
        }
        if where == "header" and place not in signed:
            self.headers[name] = value
        elif where == "body":
            self._put(name, value)

    def _put(self, path: str, value: str, keep: bool = False) -> None:
        self.body = _with(self.body, path.split("."), value, keep)


def _first(places: tuple[str, ...]) -> list[str]:
    return places[0].split(" + ") if places else []


def _with(data: Any, steps: list[str], value: str, keep: bool) -> Any:
    """The data with a value at a path of keys and list numbers; what stands where the path goes through gives way."""
    if not steps:
        return data if keep and data is not None else value
    step, rest = steps[0], steps[1:]
    if step.isdigit():
        items = data if isinstance(data, list) else []
        items = [*items, *([{}] * (int(step) + 1 - len(items)))]
        items[int(step)] = _with(items[int(step)] or None, rest, value, keep)
        return items
    found = data if isinstance(data, dict) else {}
    return {**found, step: _with(found.get(step), rest, value, keep)}
