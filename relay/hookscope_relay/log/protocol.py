"""What a log promises: an append-only record of sealed deliveries for each endpoint, kept through crashes.

A seq is strictly increasing per endpoint within an epoch, with holes where a delivery was not kept; `prev` is that of
the record kept before it, also where that one was trimmed, so that a reader sees a gap. A log knows sealed bytes, sizes
and times, never what a delivery says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple, Protocol

from hookscope_relay.settings import Retention

__all__ = ["EndpointRecord", "Health", "Log", "Record", "Retention", "inline_pieces", "is_inline", "within_read"]

INLINE_PIECES = 2
INLINE_BYTES = 256 * 1024
# A read ends after this many inline bytes, so that a backlog of large heads does not fill the memory.
READ_BYTES = 4 * 1024 * 1024
# A call of `trim` drops at most this many deliveries.
TRIM_AT_ONCE = 1000
NONCE_KEPT_S = 120.0


class Record(NamedTuple):
    """One kept delivery. `at` is epoch seconds, `size` the bytes of all pieces.

    `inline` holds all pieces where they are few and small (at most 2 and 256 KiB, what a frame carries), else piece 0
    only; the rest comes by `Log.piece`.
    """

    seq: int
    prev: int
    delivery_id: str
    at: float
    owed: bool
    pieces: int
    size: int
    inline: tuple[bytes, ...]


class Health(NamedTuple):
    """How a log is: what waits on this node's disk for the others to take it, and what went wrong so far, by kind."""

    spilled: int = 0
    trouble: Mapping[str, int] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class EndpointRecord:
    """What is kept of an endpoint that its owner has opened.

    `key` is the Ed25519 public key and `seal` the X25519 one, `away` is `"store"`, `"refuse"` or empty for the relay's
    default, `statement` the rotation that made this generation. Times are epoch seconds.
    """

    id: str
    key: bytes
    seal: bytes
    generation: int = 0
    away: str = ""
    away_status: int = 202
    opened_at: float = 0.0
    used_at: float = 0.0
    statement: bytes = b""

    def may_follow(self, kept: EndpointRecord) -> bool:
        """Whether it may take the place of the record that is kept: by rotation, or as the same key's."""
        return (self.generation, self.key) == (kept.generation, kept.key) or self.generation > kept.generation


class Upload(Protocol):
    """Pieces that are kept before the delivery that they belong to, from the second one on.

    `number` tells uploads of a log apart.
    """

    @property
    def number(self) -> int: ...

    async def add(self, content: bytes) -> None:
        """Begin to keep the next piece, once there is room;
        raises `LogUnavailable` where an earlier one could not be kept."""
        ...

    async def wait(self) -> None:
        """Wait until all are kept; raises `LogUnavailable` where one could not be."""
        ...

    def abandon(self) -> None:
        """No delivery will come. Where one did, nothing happens."""
        ...


class Log(Protocol):
    """Where deliveries are kept.

    Any method may raise `LogUnavailable`; nothing else escapes, save ValueError for no pieces.
    """

    @property
    def epoch(self) -> str:
        """This incarnation of the log: 8 random bytes in hex, made with it."""
        ...

    @property
    def began_at(self) -> float | None:
        """When this log began to remember nonces, on the monotonic clock; None where an earlier process did so."""
        ...

    async def append(
        self, endpoint: str, delivery_id: str, pieces: Sequence[bytes], *, at: float, owed: bool
    ) -> Record:
        """Keep a delivery; it is kept when this returns, and durable where it is owed.

        A caller that is cancelled does not know: the delivery may be kept or not. On `LogUnavailable` it is not.
        """
        ...

    def upload(self) -> Upload:
        """For the pieces of a delivery that is still arriving."""
        ...

    def begin(
        self,
        endpoint: str,
        delivery_id: str,
        inline: tuple[bytes, ...],
        *,
        at: float,
        owed: bool,
        kept: Callable[[Exception | None], object],
        soon: bool = True,
        count: int = 0,
        size: int = 0,
        upload: Upload | None = None,
        placed: Callable[[int], object] = lambda seq: None,
    ) -> int:
        """Begin to keep a delivery, and return its seq, which no other will ever have.

        A log that knows it only later returns 0; it calls `placed` with the seq, perhaps only after `kept`.

        Where its pieces are not all inline, they are kept already, as `upload`; `count` and `size` are of all of them.

        Where it need not be kept `soon`, it waits a moment for others that one commit can keep with it, or until
        `hurry`.

        `kept` is called on the loop, never before this returns: with None once the delivery is kept (the end of this
        process, however it comes, does not undo that; nor does a loss of power where it is owed), or with
        `LogUnavailable`. Readers may see the record before.
        """
        ...

    def hurry(self) -> None:
        """Somebody waits for what was begun."""
        ...

    def recent(self, endpoint: str, after: int, limit: int) -> Sequence[Record] | None:
        """As `read`, at once; None where only `read` knows. Never raises."""
        ...

    async def read(self, endpoint: str, after: int, limit: int) -> Sequence[Record]:
        """Records with a seq above `after`, in order, at most `limit`; perhaps fewer,
        but none only where there is none."""
        ...

    async def piece(self, endpoint: str, seq: int, number: int) -> bytes:
        """One piece of a kept delivery; `LogUnavailable` where it is not, or no longer, there."""
        ...

    async def ends(self, endpoint: str, holding: int = 0) -> tuple[int, int]:
        """The seq before the oldest record kept, and that of the newest one (it survives trimming);
        equal where nothing is kept.

        Somebody holds the record of the seq `holding`: a log that has not come so far yet is looked at again.
        """
        ...

    def given(self, endpoint: str) -> int:
        """The highest seq that can have left, in this process or before it: a cursor above it is of another log."""
        ...

    async def new_epoch(self) -> str:
        """Begin a new epoch, for a log that was restored from an older copy.

        Calls at the same time get the same one.
        """
        ...

    async def endpoint(self, endpoint_id: str) -> EndpointRecord | None:
        """What is kept of an endpoint; None where its owner never opened it. Quick: every request asks."""
        ...

    def known(self, endpoint_id: str) -> EndpointRecord | None:
        """As `endpoint`, at once; None also where only that would know. Never raises."""
        ...

    async def keep_endpoint(self, record: EndpointRecord) -> bool:
        """Keep an endpoint's record durably; False, and nothing changes, where one of a higher generation is kept,
        or of another key."""
        ...

    async def endpoints(self) -> int:
        """How many endpoints have a record."""
        ...

    async def forget_unused(self, before: float) -> int:
        """Drop the records of endpoints unused since then that hold no delivery; how many.

        Their seqs are not given again.

        A rotated key's record stays: it is what refuses the older keys.
        """
        ...

    async def remember_nonce(self, nonce: bytes, now: float, keep_s: float = NONCE_KEPT_S) -> bool:
        """Remember a nonce for that long, durably; False where it is remembered already."""
        ...

    async def trim(self, now: float, retention: Retention) -> int:
        """Drop what is beyond retention, oldest first, a bounded number a call; how many,
        so 0 means that nothing is left to drop.

        Where the whole log is too large, the endpoint that holds most gives first.
        """
        ...

    async def ready(self) -> bool:
        """Whether a delivery could be kept now; the answer is at most a second old."""
        ...

    def health(self) -> Health:
        """How it is, for the metrics."""
        ...

    async def close(self) -> None:
        """Finish what was begun and let go of all files; may be called again.

        What writes then raises `LogUnavailable`.
        """
        ...


def inline_pieces(pieces: Sequence[bytes]) -> tuple[bytes, ...]:
    """The pieces that travel within a record; ValueError where there are no pieces."""
    if not pieces:
        raise ValueError("a sealed delivery has at least one piece")
    return tuple(pieces) if is_inline(pieces) else (pieces[0],)


def is_inline(pieces: Sequence[bytes]) -> bool:
    """Whether all the pieces travel within a record."""
    return len(pieces) <= INLINE_PIECES and sum(map(len, pieces)) <= INLINE_BYTES


def within_read(records: Iterable[Record]) -> list[Record]:
    """The records up to the one that makes a read's bytes full."""
    read, size = [], 0
    for record in records:
        read.append(record)
        size += sum(map(len, record.inline))
        if size >= READ_BYTES:
            break
    return read
