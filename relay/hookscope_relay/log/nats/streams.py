"""What there must be on the NATS servers: two streams and three buckets, made once, and looked at by every relay.

<space>-deliveries   <space>.d.<endpoint>          one message a delivery; its seq there is the delivery's
<space>-pieces       <space>.b.<upload>.<number>   the further pieces of large ones, kept before their delivery
<space>-endpoints    bucket: endpoint → its record
<space>-nonces       bucket: used nonces, for ten minutes
<space>-facts        bucket: the epoch, who keeps the log within its retention, what was trimmed
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from hookscope_relay.errors import HookscopeError, LogUnavailable, StoreRefused, StoreUnfit, StoreUnreachable
from hookscope_relay.log.nats.connect import no_jetstream, shown
from hookscope_relay.log.nats.courier import ApiError, Courier, NoAnswer, Nobody
from hookscope_relay.log.nats.key_values import KeyValues
from hookscope_relay.log.nats.reader import Reader
from hookscope_relay.settings import DAY_S, NatsSettings, Retention

NANO = 10**9
LOOKS = 6
LOOK_S = 0.25
# Longer than a retry takes; what is older than half of it is looked for before it is kept again.
DUPLICATES_S = 120
NONCES_S = 600
# Each with how long a key stays, 0 for ever. Who begins to make them makes the facts last.
BUCKETS = {"endpoints": 0, "nonces": NONCES_S, "facts": 0}
# Error codes of nats-server's errors.json.
NOT_FOUND = 10059
JETSTREAM_OFF = frozenset({10039, 10076})
IN_USE = 10058
# No leader yet, or too few servers at the moment.
NO_LEADER = frozenset({10004, 10005, 10008, 10009})
ELECTION_S = 30.0
NO_ROOM = frozenset({10023, 10028, 10047})
NOT_ALLOWED = frozenset({10026, 10027, 10074})
# What must be as we would make it; anything else is the operator's.
FIXED = (
    "subjects",
    "retention",
    "storage",
    "num_replicas",
    "max_msgs_per_subject",
    "discard",
    "allow_direct",
)


class Epoch(msgspec.Struct, frozen=True):
    """The log's incarnation, and when the stream that it is of was made."""

    epoch: str
    made: str


@dataclass(frozen=True, slots=True)
class Names:
    """Names and subjects of one space."""

    space: str

    @property
    def deliveries(self) -> str:
        """The stream of deliveries."""
        return f"{self.space}-deliveries"

    @property
    def pieces(self) -> str:
        """The stream of further pieces."""
        return f"{self.space}-pieces"

    def bucket(self, name: str) -> str:
        """The bucket of that name."""
        return f"{self.space}-{name}"

    def of_endpoint(self, endpoint: str) -> str:
        """The subject of an endpoint's deliveries; `*` is all endpoints."""
        return f"{self.space}.d.{endpoint}"

    def of_node(self, node: str) -> str:
        """The subject of what is said to a node; `all` is every node."""
        return f"{self.space}.n.{node}"

    def of_piece(self, upload: str, number: int | str) -> str:
        """The subject of an upload's piece; `*` is all of them."""
        return f"{self.space}.b.{upload}.{number}"

    def is_piece(self, subject: str) -> bool:
        """Whether the subject is that of a piece."""
        return subject.startswith(f"{self.space}.b.")


def wanted_streams(names: Names, replicas: int, retention: Retention) -> dict[str, dict[str, Any]]:
    """The configuration of every stream, by name."""
    both = {"retention": "limits", "storage": "file", "num_replicas": replicas, "allow_direct": True}
    kept = {**both, "discard": "new", "max_msgs_per_subject": -1}
    # What is beyond the retention is trimmed once a minute; this protects the disk. The servers reserve it.
    room = room_of(retention)
    bucket = {**both, "discard": "new", "max_msgs_per_subject": 1, "allow_rollup_hdrs": True}
    streams = {
        names.deliveries: {
            **kept,
            "subjects": [names.of_endpoint("*")],
            "duplicate_window": DUPLICATES_S * NANO,
            "max_bytes": room,
        },
        names.pieces: {
            **kept,
            "subjects": [names.of_piece("*", "*")],
            "duplicate_window": DUPLICATES_S * NANO,
            "max_bytes": room,
            # Pieces whose delivery never came go with the last that could still be kept.
            "max_age": int((retention.age_s + DAY_S) * NANO),
        },
    }
    for name, age_s in BUCKETS.items():
        streams[f"KV_{names.bucket(name)}"] = {
            **bucket,
            "subjects": [f"$KV.{names.bucket(name)}.>"],
            "max_age": age_s * NANO,
            "max_bytes": -1,
        }
    return streams


def room_of(retention: Retention) -> int:
    """What the stream of deliveries may hold, and that of pieces again."""
    return retention.total_bytes + retention.total_bytes // 4


async def prepare(courier: Courier, settings: NatsSettings, retention: Retention) -> bool:
    """Make what is missing where nothing is there yet; whether it was made now.

    Raises `StoreUnfit` or `StoreRefused`.
    """
    names = ", ".join(map(shown, settings.servers))
    wanted = wanted_streams(Names(settings.space), settings.replicas, retention)
    until_s = time.monotonic() + ELECTION_S
    try:
        while True:
            try:
                return await _prepare(courier, wanted)
            except (NoAnswer, ApiError) as error:
                passes = (
                    not courier.client.denied
                    and not isinstance(error, Nobody)
                    and getattr(error, "code", None) in {None, *NO_LEADER}
                )
                if not passes or time.monotonic() > until_s:
                    raise
                await asyncio.sleep(LOOK_S)
    except ApiError as error:
        if error.code in NO_LEADER:
            raise _no_leader(names) from None
        if error.code in JETSTREAM_OFF:
            raise no_jetstream(names) from None
        if error.code in NO_ROOM:
            reserved = 2 * room_of(retention) >> 20
            raise StoreUnfit(
                f"NATS at {names} has no room for a log of {retention.total_bytes >> 20} MiB, for which {reserved} MiB"
                f" are reserved ({str(error).removeprefix('NATS: ')})",
                "give it less with --keep-total, or the servers more with `max_file_store` and a larger disk",
            ) from None
        if error.code in NOT_ALLOWED or "replicas" in str(error):
            raise StoreUnfit(
                f"NATS at {names} cannot keep {settings.replicas} copies ({str(error).removeprefix('NATS: ')})",
                "start as many servers in one cluster, or give --nats-replicas 1 for a single one",
            ) from None
        raise StoreRefused(f"{error}", "let this relay's user use the JetStream API") from None
    except Nobody:
        raise no_jetstream(names) from None
    except NoAnswer:
        raise _no_leader(names) from None


def _no_leader(names: str) -> StoreUnreachable:
    return StoreUnreachable(
        f"JetStream at {names} has no leader",
        "start a majority of its servers; `nats server report jetstream` shows them",
    )


async def _prepare(courier: Courier, wanted: Mapping[str, Mapping[str, Any]]) -> bool:
    there = await _look(courier, wanted)
    for _ in range(LOOKS):
        if not there or len(there) == len(wanted):
            break
        # Another relay may be making them just now.
        await asyncio.sleep(LOOK_S)
        there = await _look(courier, wanted)
    for name, config in there.items():
        _compare(name, await _mend(courier, name, config, wanted[name]), wanted[name])
    missing = [name for name in wanted if name not in there]
    # Who began to make them made the facts last.
    if there and missing and not missing[-1].endswith("-facts"):
        raise StoreUnfit(
            f"the stream {missing[0]} is missing on the NATS servers though others of the log are there",
            "restore it from a backup, or remove the others to begin anew",
        )
    for name in missing:
        try:
            await courier.api(f"STREAM.CREATE.{name}", {"name": name, **wanted[name]}, within_s=15.0)
        except ApiError as error:
            # Another relay makes it at the same time.
            if error.code != IN_USE:
                raise
    return bool(missing)


async def _look(courier: Courier, names: Iterable[str]) -> dict[str, Mapping[str, Any]]:
    """The configuration of those that are there."""
    there: dict[str, Mapping[str, Any]] = {}
    for name in names:
        try:
            there[name] = (await courier.api(f"STREAM.INFO.{name}"))["config"]
        except ApiError as error:
            if error.code != NOT_FOUND:
                raise
    return there


async def _mend(courier: Courier, name: str, there: Mapping[str, Any], wanted: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give a stream more room where more is to be kept."""
    if not 0 < there["max_bytes"] < wanted["max_bytes"]:
        return there
    larger = {**there, "max_bytes": wanted["max_bytes"]}
    updated: Mapping[str, Any] = (await courier.api(f"STREAM.UPDATE.{name}", larger))["config"]
    return updated


def _compare(name: str, there: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    for setting in FIXED:
        found, meant = there.get(setting), wanted[setting]
        if found != meant:
            option = ", or start this relay with --nats-replicas " + str(found) if setting == "num_replicas" else ""
            raise StoreUnfit(
                f"the NATS stream {name} has {setting} {found} where this relay needs {meant}",
                f"change it with `nats stream edit {name}`{option}",
            )


async def agree_on_epoch(courier: Courier, reader: Reader, names: Names) -> tuple[str, bool]:
    """The log's epoch, made where there is none or where its stream is another one; whether it was made now."""
    facts = KeyValues(courier, reader, names.bucket("facts"))
    made = str((await courier.api(f"STREAM.INFO.{names.deliveries}"))["created"])
    for _ in range(20):
        entry = await facts.get("epoch", from_leader=True)
        if entry is not None:
            known = msgspec.json.decode(entry.value, type=Epoch)
            if known.made == made:
                return known.epoch, False
        epoch = secrets.token_hex(8)
        value = msgspec.json.encode(Epoch(epoch, made))
        if await facts.put("epoch", value, entry.revision if entry else 0):
            return epoch, entry is None
    raise LogUnavailable("the epoch changes all the time")


def explain_unready(error: LogUnavailable) -> HookscopeError:
    """Why a log whose streams are there cannot be opened."""
    return StoreUnfit(f"{error}, though its streams are there", "see `nats stream report`: a stream may have no leader")
