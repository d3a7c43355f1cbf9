"""The name of a fixture: `notion/page.created-3f9a.json`, made of the provider,
the event and a digest of the delivery's id.

Names are lower-case letters, digits, dots, underscores and hyphens, so that they are one file on every system: no
separator, no device name of Windows, no leading dot, nothing that a shell reads.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator

from hookscope.model.capture import Capture
from hookscope.model.verdict import Recognition

SUFFIX = ".json"
MAX_WORD = 60
DIGEST_HEX = range(4, 65, 4)
NO_PROVIDER = "unknown"
NO_EVENT = "delivery"

# Names that Windows gives to devices, with any extension (learn.microsoft.com, Naming Files, Paths, and Namespaces).
DEVICES = frozenset(
    {"con", "prn", "aux", "nul", "conin$", "conout$"}
    | {f"{device}{number}" for device in ("com", "lpt") for number in range(10)}
)
_OTHERS = re.compile(r"[^a-z0-9._]+")
_DOTS = re.compile(r"\.{2,}")


def word(text: str, otherwise: str) -> str:
    """The text as a part of a file's name; `otherwise` where nothing of it can be one."""
    plain = _DOTS.sub(".", _OTHERS.sub("-", text[:1000].lower()))[:MAX_WORD].strip(".-_")
    if not plain:
        return otherwise
    return f"x-{plain}" if plain.partition(".")[0] in DEVICES else plain


def folder_of(capture: Capture) -> str:
    """The folder of a capture's fixture: its provider."""
    return word(capture.provider, NO_PROVIDER)


def names_of(capture: Capture, recognition: Recognition) -> Iterator[str]:
    """Names for a capture's fixture, best first: each has more of the digest,
    for where another delivery has the name before."""
    event = word(recognition.event_type or recognition.handshake, NO_EVENT)
    digest = digest_of(capture)
    return (f"{event}-{digest[:length]}{SUFFIX}" for length in DIGEST_HEX)


def digest_of(capture: Capture) -> str:
    """What tells the delivery from others: a digest of its id; of what it says, where it has none."""
    delivery = capture.delivery
    if delivery.id:
        return hashlib.sha256(delivery.id.encode("utf-8", "replace")).hexdigest()
    said = repr((delivery.method, delivery.target, delivery.headers, delivery.body))
    return hashlib.sha256(said.encode("utf-8", "backslashreplace")).hexdigest()
