"""A bucket of keys and values on JetStream (ADR-8), in which a value changes only by compare-and-set."""

from __future__ import annotations

from typing import NamedTuple

from hookscope_relay.log.nats.courier import ApiError, Courier
from hookscope_relay.log.nats.reader import Reader

# "wrong last sequence" of nats-server's errors.json, in its two forms.
WRONG_LAST = frozenset({10071, 10164})


class Entry(NamedTuple):
    """A key's value, and the revision that a change of it must name."""

    key: str
    value: bytes
    revision: int


class KeyValues:
    """One bucket."""

    def __init__(self, courier: Courier, reader: Reader, bucket: str) -> None:
        self.stream = f"KV_{bucket}"
        self._prefix = f"$KV.{bucket}."
        self._courier = courier
        self._reader = reader

    async def get(self, key: str, from_leader: bool = False) -> Entry | None:
        """A key's value; `from_leader` where one that is some milliseconds old would not do."""
        subject = self._prefix + key
        found = await (
            self._reader.from_leader(self.stream, last_by_subj=subject)
            if from_leader
            else self._reader.last(self.stream, subject)
        )
        return Entry(key, found.data, found.seq) if found else None

    async def put(self, key: str, value: bytes, revision: int) -> int:
        """Set the value where its revision is still this one (0: there is none); the new revision, 0 where not."""
        headers = {"Nats-Expected-Last-Subject-Sequence": str(revision)}
        try:
            return (await self._courier.keep(self._prefix + key, value, headers)).seq
        except ApiError as error:
            if error.code in WRONG_LAST:
                return 0
            raise

    async def remove(self, entry: Entry) -> bool:
        """Take a value away, unless it has changed since."""
        try:
            body = {"seq": entry.revision, "no_erase": True}
            return bool((await self._courier.api(f"STREAM.MSG.DELETE.{self.stream}", body)).get("success"))
        except ApiError:
            return False

    async def walk(self, after: int, limit: int) -> list[Entry]:
        """Values in the order of their last change, behind a revision."""
        found = await self._reader.after(self.stream, self._prefix + ">", after, limit)
        return [Entry(one.subject.removeprefix(self._prefix), one.data, one.seq) for one in found]

    async def count(self) -> int:
        """How many keys have a value."""
        return int((await self._courier.api(f"STREAM.INFO.{self.stream}"))["state"]["messages"])
