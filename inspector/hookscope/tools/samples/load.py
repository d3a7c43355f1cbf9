"""Samples from their data files, one a provider in `data/`; `data/README.md` describes the form.

A provider without a file has a generic sample for whatever event is asked for.
"""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec

from hookscope.providers.provider import Provider
from hookscope.tools.samples.generic import generic_sample
from hookscope.tools.samples.sample import Sample
from hookscope_relay.errors import InputError

DATA = Path(__file__).with_name("data")
USE = "$use"

# Keys of a file that hold for each of its samples, unless the sample says otherwise.
SHARED = ("source", "read_on", "basis", "writing", "beside", "scheme", "headers", "retry_headers")


@lru_cache(maxsize=128)
def load_samples(provider: str) -> tuple[Sample, ...]:
    """The samples that we have of a provider, in the file's order; none where there is no file."""
    try:
        table = msgspec.json.decode((DATA / f"{provider}.json").read_bytes())
    except (FileNotFoundError, ValueError):
        return ()
    return tuple(_sample(provider, table, item) for item in table["samples"])


def find_sample(provider: Provider, event: str) -> Sample:
    """The sample that a person means by an event: its name,
    or the beginning of one up to a dot (`pull_request` is the first of them).

    A provider without a file has every event, generically; for others an unknown one raises `InputError` that names
    what is near.
    """
    samples = load_samples(provider.name)
    if not samples:
        return generic_sample(provider, event)
    for sample in samples:
        if sample.event == event:
            return sample
    for sample in samples:
        if sample.event.startswith(f"{event}."):
            return sample
    close = difflib.get_close_matches(event, [sample.event for sample in samples], 3, 0.5)
    hint = f"did you mean {' or '.join(close)}?" if close else f"see `hookscope send {provider.name} --list`"
    raise InputError(f"there is no sample of {provider.title} for the event {event!r}", hint)


def handshake_sample(provider: Provider) -> Sample | None:
    """The sample of the provider's handshake, where there is one."""
    return next((sample for sample in load_samples(provider.name) if sample.handshake), None)


def first_event(provider: Provider) -> Sample:
    """A sample of an ordinary event: the first of the file that is signed and no handshake, else a generic one."""
    ordinary = (sample for sample in load_samples(provider.name) if sample.signed and not sample.handshake)
    return next(ordinary, None) or generic_sample(provider, "example")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A sample as a list shows it; `remark` is for people. The event `*` stands for any, generically."""

    provider: str
    event: str
    basis: str
    source: str
    handshake: bool
    signed: bool

    @property
    def remark(self) -> str:
        """What is not as usual about it."""
        said = ("handshake" if self.handshake else "", "" if self.signed else "unsigned")
        generic = "any event, with a generic payload" if self.basis == "generic" else ""
        return ", ".join(part for part in (generic, *said) if part)

    def to_mapping(self) -> dict[str, Any]:
        """The row as plain JSON values."""
        return dataclasses.asdict(self)


def list_samples(providers: Iterable[Provider]) -> Iterator[Row]:
    """Every sample of these providers."""
    for provider in providers:
        for sample in load_samples(provider.name) or (generic_sample(provider, "*"),):
            yield Row(
                provider=provider.name,
                event=sample.event,
                basis=sample.basis,
                source=sample.source,
                handshake=sample.handshake,
                signed=sample.signed and bool(provider.schemes),
            )


def _sample(provider: str, table: Mapping[str, Any], item: Mapping[str, Any]) -> Sample:
    values: dict[str, Any] = {key: table[key] for key in SHARED if key in table} | dict(item)
    fragments = table.get("fragments", {})
    headers = dict(table.get("headers", {})) | dict(item.get("headers", {}))
    values["headers"] = tuple((name, value) for name, value in headers.items() if value is not None)
    values["retry_headers"] = tuple(values.get("retry_headers", {}).items())
    values["beside"] = tuple(values.get("beside", ()))
    for key in ("body", "form"):
        if key in values:
            values[key] = _used(values[key], fragments)
    return Sample(provider=provider, **values)


def _used(value: Any, fragments: Mapping[str, Any]) -> Any:  # Any: JSON is of every type
    """The value with `{"$use": NAME, …}` replaced by the fragment of that name,
    in which the other keys take the place of its own."""
    if isinstance(value, list):
        return [_used(entry, fragments) for entry in value]
    if not isinstance(value, dict):
        return value
    own = dict(_members(value, fragments))
    if USE not in value:
        return own
    found = _used(fragments[value[USE]], fragments)
    return {**found, **own} if isinstance(found, dict) else found


def _members(value: Mapping[str, Any], fragments: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, entry in value.items():
        if key != USE:
            yield key, _used(entry, fragments)
