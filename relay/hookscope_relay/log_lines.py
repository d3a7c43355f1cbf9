"""Log lines with facts: one line each, as text (`event name=value …`) or as JSON.

Facts are numbers and words of our own; what a sender wrote is never among them, and of an endpoint's id the first six
characters.
"""

from __future__ import annotations

import contextlib
import json
import logging
import logging.handlers
import queue
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

SHOWN_OF_ENDPOINT = 6

# A line for each delivery costs as much as much else of it: it is left out where this logger's level says so.
DELIVERIES = logging.getLogger("hookscope.relay.deliveries")

Fact: TypeAlias = str | int | float | bool


@dataclass(frozen=True, slots=True)
class Event:
    """What happened, as a word, with its facts in order. Its text form is the line without time and level."""

    name: str
    facts: dict[str, Fact]

    def __str__(self) -> str:
        return " ".join([self.name, *(f"{name}={_text(value)}" for name, value in self.facts.items())])


class JsonLines(logging.Formatter):
    """A record as one line of JSON: `at` (UTC), `level`, `event`, and the facts."""

    def format(self, record: logging.LogRecord) -> str:
        event = record.msg if isinstance(record.msg, Event) else Event(record.getMessage(), {})
        line = {"at": _instant(record.created), "level": record.levelname.lower(), "event": event.name, **event.facts}
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=True)


class TextLines(logging.Formatter):
    """A record as one line of text that begins with the time (UTC) and the level;
    a traceback of ours follows on further lines."""

    def __init__(self) -> None:
        super().__init__("{message}", style="{")

    def format(self, record: logging.LogRecord) -> str:
        return f"{_instant(record.created)} {record.levelname.lower()} {super().format(record)}"


class _Aside(logging.handlers.QueueHandler):
    """Hands records over as they are: their facts do not change, and whoever writes them formats them."""

    def prepare(self, record: logging.LogRecord) -> logging.LogRecord:
        return record


@contextlib.contextmanager
def write_aside(handler: logging.Handler) -> Iterator[logging.Handler]:
    """A handler that leaves formatting and writing to a thread with this one; at the end all is written."""
    records: queue.SimpleQueue[logging.LogRecord] = queue.SimpleQueue()
    listener = logging.handlers.QueueListener(records, handler)
    listener.start()
    try:
        yield _Aside(records)
    finally:
        listener.stop()


def tell(logger: logging.Logger, event: str, level: int = logging.INFO, **facts: Fact) -> None:
    """Log an event with its facts."""
    if logger.isEnabledFor(level):
        logger.log(level, Event(event, facts))


def short(endpoint: str) -> str:
    """As much of an endpoint's id as a log may hold: not enough to send to it."""
    return endpoint[:SHOWN_OF_ENDPOINT]


def _text(value: Fact) -> str:
    """A value that cannot be taken for another fact, nor end the line."""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return text if text and text.isprintable() and not set(text) & set(' ="') else json.dumps(text)


def _instant(at: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at)) + f".{int(at * 1000) % 1000:03d}Z"
