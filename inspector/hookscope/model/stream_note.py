"""What an answer had beside its head and body, how it went on where it was passed on while it arrived, and the
conversation that followed a 101; with the words for all that."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from hookscope_relay.delivery import Answer, Headers

Said: TypeAlias = Literal["text", "binary", "close", "ping", "pong", "unknown"]

# Why a stream is not whole, in words; what is not here is a handler's failure.
BROKEN_WORDS = {
    "sender-gone": "the sender hung up",
    "tunnel-lost": "the connection to the relay was lost, and the sender's answer was cut off",
    "idle": "the relay cut it off, since it was silent for too long",
    "too-long": "the relay cut it off, since it was longer than its limit",
    "too-short": "it ended before its stated length",
    "max-streams": "the relay had no room for one more",
    "max-streams-endpoint": "the relay had no room for one more of this endpoint",
}
# Why the body of a request is not whole, in words.
CUT_WORDS = {
    "sender-gone": "the sender hung up",
    "tunnel-lost": "the connection to the relay was lost",
    "answered": "the handler had answered, and the rest was not waited for",
    "idle": "the handler took nothing for too long",
    "too-slow": "the relay cut it off, since nothing came for too long",
    "body-too-large": "the relay cut it off, since it was larger than its limit",
    "headers-too-large": "the relay cut it off, since its trailers were larger than its limit",
    "malformed": "what the sender wrote is not valid HTTP",
    "relay-busy": "the relay had no room for the rest",
    "store-unavailable": "the relay could not keep it",
    "altered": "what came of it was altered on the way",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """One message of a WebSocket's conversation: `after_s` seconds behind its beginning, from the sender or from the
    handler, of so many bytes, of which `shown` holds the first.

    `note` says what else there is to it: that it was compressed and could not be read, or what breaks the protocol.
    """

    after_s: float
    from_sender: bool
    kind: Said
    size: int
    shown: bytes = b""
    code: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamNote:
    """What is known of one answer beside itself.

    `protocol` is what the handler spoke, where that was not HTTP/1.1. `size` is that of the whole body, of which the
    answer holds the first part. `broken` says why it is not whole, empty where it is. `interims` are the interim
    answers before it. `spoken` are the first messages of the conversation, and `unheard` counts those that are not
    kept; `sent` is how many bytes the sender of an upgraded connection wrote.

    `request_size` is how many bytes of its body the handler had of a request that was handed over while it arrived
    (None: whole), `request_broken` why it did not have all, where it was not the handler that wanted no more.
    """

    protocol: str = ""
    size: int = 0
    is_streamed: bool = False
    broken: str = ""
    trailers: Headers = ()
    interims: tuple[Answer, ...] = ()
    sent: int = 0
    spoken: tuple[Spoken, ...] = ()
    unheard: int = 0
    request_size: int | None = None
    request_broken: str = ""


def encode_note(note: StreamNote) -> str:
    """The note as JSON."""
    # Here and below: what reads capture files in tests loads this module, and no codec.
    import msgspec

    return msgspec.json.encode(note).decode()


def decode_note(text: str) -> StreamNote:
    """The note that `encode_note` wrote; `msgspec.MsgspecError` for anything else."""
    import msgspec

    return msgspec.json.decode(text, type=StreamNote)


def note_value(note: StreamNote) -> object:
    """The note as plain JSON values."""
    import msgspec

    return msgspec.to_builtins(note)


def read_note_value(data: object) -> StreamNote:
    """The note that `note_value` made into values; ValueError for anything else."""
    import msgspec

    try:
        return msgspec.convert(data, StreamNote)
    except msgspec.MsgspecError as error:
        raise ValueError(str(error)) from None


def tell_stream(note: StreamNote, kept: int) -> Iterator[str]:
    """Sentences on an answer of whose body so many bytes are kept, but for its conversation, and on its request."""
    if note.request_size is not None:
        yield f"the request was handed over while it arrived: {note.request_size:,} bytes"
    if note.request_broken:
        yield "the handler's request was broken off, its end never sent: " + CUT_WORDS.get(
            note.request_broken, note.request_broken
        )
    if note.protocol:
        yield f"over {note.protocol}: header names were sent and came in lower case, and there is no reason phrase"
    if note.is_streamed and not note.spoken and not note.sent:
        yield f"passed on while it arrived: {note.size:,} bytes" + (
            f", of which the first {kept:,} are kept" if kept < note.size else ""
        )
    if note.spoken or note.sent:
        yield f"{note.sent:,} bytes from the sender, {note.size:,} from the handler"
    if note.broken:
        yield "not whole: " + BROKEN_WORDS.get(note.broken, f"the handler's answer broke off ({note.broken})")


def tell_broken(broken: str, size: int) -> str:
    """A sentence on a delivery whose body broke off."""
    return f"not whole: {CUT_WORDS.get(broken, 'it broke off')}, after {size:,} bytes of the body"


def tell_spoken(one: Spoken) -> str:
    """The head of a message's line: when, who, what; untrusted text is in `Spoken.shown` alone."""
    arrow = "→" if one.from_sender else "←"
    code = f" {one.code}" if one.code is not None else ""
    note = f"  ({one.note})" if one.note else ""
    return f"+{one.after_s:.3f} s  {arrow} {one.kind}{code}, {one.size:,} bytes{note}"
