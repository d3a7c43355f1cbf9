"""A sample: what a provider's delivery of one event looks like, as data with the source that it was learned from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

Basis: TypeAlias = Literal["example", "fields", "recalled", "generic"]
Writing: TypeAlias = Literal["compact", "ascii", "escaped", "spaced", "pretty", "lines"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One event of a provider as a template; its placeholders (`${uuid}`,
    see `hookscope.tools.samples.templates`) are filled for each delivery.

    `event` is what a user types and, unless `says` names something else, what recognition reads as the event's type.
    `basis` tells how near to the source it is: shaped after a published `example`, put together from documented
    `fields`, `recalled` without a copy of the page at hand, or `generic`, from no more than what our own recognition
    looks for. `source` is the documentation's URL, `read_on` the day on which it was read (both empty for `generic`,
    the day for `recalled` too).

    At most one of `body` (JSON), `form` (fields of a urlencoded body, or of a multipart one where Content-Type says so;
    one that is no text goes in as JSON) and `text` is given. `writing` is how the provider writes its JSON.
    `aggregates` names the list (a dotted path in the body) into which several rapid edits go that arrive as one event.
    `retry_headers` are added from the second attempt on. `scheme` names the scheme to sign with where it is not the
    provider's first, `beside` those whose signatures the provider sends too.
    """

    provider: str
    event: str
    basis: Basis
    source: str = ""
    read_on: str = ""
    says: str | None = None
    method: str = "POST"
    query: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    retry_headers: tuple[tuple[str, str], ...] = ()
    body: Any = None  # Any: JSON is of every type
    form: Mapping[str, Any] | None = None
    text: str | None = None
    writing: Writing = "compact"
    aggregates: str = ""
    scheme: str = ""
    beside: tuple[str, ...] = ()
    signed: bool = True
    handshake: bool = False

    @property
    def event_type(self) -> str:
        """What recognition reads as the event's type."""
        return self.event if self.says is None else self.says

    @property
    def brings_secret(self) -> bool:
        """Whether the delivery itself brings the signing secret, as Notion's handshake does."""
        return "${secret}" in str(self.body)
