"""A state machine over every log: whatever is done to it in whatever order, crashes and reopenings among it, it holds what
a simple model holds.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from abc import abstractmethod
from collections.abc import Coroutine
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from factories import NOW, make_key, make_record
from hookscope_relay.delivery import new_delivery_id
from hookscope_relay.log.memory import MemoryLog
from hookscope_relay.log.nats.log import NatsLog
from hookscope_relay.log.protocol import EndpointRecord, Log, Retention
from hookscope_relay.log.sqlite import SqliteLog
from hookscope_relay.settings import NatsSettings
from nats_servers import SMALL, NatsServer, nats_settings, serving

T = TypeVar("T")
ENDPOINTS = ("one", "two")
KEEP_ALL = Retention(age_s=1e9, count=10**9, bytes=10**12, total_bytes=10**12)
PIECE = 256 * 1024
EXAMPLES = int(os.environ.get("HOOKSCOPE_STATES", "6"))
STEPS = 12 if EXAMPLES < 100 else 50


@dataclass
class Held:
    """What an endpoint must hold: ids with their pieces, in order; seqs of all that were ever given."""

    kept: list[tuple[int, str, tuple[bytes, ...]]] = field(default_factory=list)
    newest: int = 0


class LogMachine(RuleBasedStateMachine):
    """The rules; a subclass says how its log is opened, and what is left of it after a crash."""

    forgets: ClassVar[bool] = False

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.directory = Path(tempfile.mkdtemp(prefix="states-"))
        self.model = {endpoint: Held() for endpoint in ENDPOINTS}
        self.records: dict[str, EndpointRecord] = {}
        self.nonces: set[bytes] = set()
        self.log: Log

    @abstractmethod
    def open(self) -> Coroutine[Any, Any, Log]:
        """The log, with all that it kept."""

    @abstractmethod
    async def crash(self) -> None:
        """The process ends without a word."""

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    @initialize()
    def begin(self) -> None:
        self.log = self.do(self.open())

    @rule(endpoint=st.sampled_from(ENDPOINTS), count=st.integers(1, 5), large=st.booleans())
    def append(self, endpoint: str, count: int, large: bool) -> None:
        several = [
            (b"head", os.urandom(PIECE), b"tail") if large and not number else (b"head", b"%d" % number)
            for number in range(count)
        ]
        names = [new_delivery_id(NOW, os.urandom(10)) for _ in several]

        async def append_all() -> list[Any]:
            return await asyncio.gather(
                *(
                    self.log.append(endpoint, name, pieces, at=NOW, owed=True)
                    for name, pieces in zip(names, several, strict=True)
                )
            )

        kept = self.do(append_all())
        held = self.model[endpoint]
        for record, name, pieces in sorted(zip(kept, names, several, strict=True), key=lambda one: one[0].seq):
            assert record.seq > held.newest
            held.newest = record.seq
            held.kept.append((record.seq, name, pieces))

    @rule(count=st.integers(0, 6))
    def trim(self, count: int) -> None:
        dropped = self.do(self.log.trim(NOW, replace(KEEP_ALL, count=count)))
        surplus = 0
        for held in self.model.values():
            surplus += max(0, len(held.kept) - count)
            held.kept = held.kept[len(held.kept) - count :] if len(held.kept) > count else held.kept
        assert dropped == surplus

    @rule(seed=st.integers(1, 3), generation=st.integers(0, 2))
    def keep_endpoint(self, seed: int, generation: int) -> None:
        record = make_record(make_key(seed), generation=generation)
        known = self.records.get(record.id)
        allowed = known is None or record.may_follow(known)
        assert self.do(self.log.keep_endpoint(record)) is allowed
        if allowed:
            self.records[record.id] = record

    @rule(number=st.integers(0, 3))
    def show_nonce(self, number: int) -> None:
        nonce = bytes([number]) * 16
        assert self.do(self.log.remember_nonce(nonce, NOW)) is (nonce not in self.nonces)
        self.nonces.add(nonce)

    @precondition(lambda self: not self.forgets)
    @rule()
    def reopen(self) -> None:
        self.do(self.log.close())
        self.log = self.do(self.open())

    @rule()
    def crash_and_reopen(self) -> None:
        epoch = self.log.epoch
        self.do(self.crash())
        self.log = self.do(self.open())
        if self.forgets:
            self.model = {endpoint: Held() for endpoint in ENDPOINTS}
            self.records, self.nonces = {}, set()
        else:
            assert self.log.epoch == epoch

    @invariant()
    def holds_what_the_model_holds(self) -> None:
        if hasattr(self, "log"):
            self.do(self._compare())

    async def _compare(self) -> None:
        for endpoint, held in self.model.items():
            oldest, newest = await self.log.ends(endpoint)
            found = []
            after = oldest
            while records := await self.log.read(endpoint, after, 3):
                for record in records:
                    assert record.prev == after
                    after = record.seq
                    pieces = tuple(
                        [await self.log.piece(endpoint, record.seq, number) for number in range(record.pieces)]
                    )
                    found.append((record.seq, record.delivery_id, pieces))
            assert found == held.kept
            assert newest == held.newest
            assert self.log.given(endpoint) >= held.newest
        for endpoint, known in self.records.items():
            assert await self.log.endpoint(endpoint) == known

    def teardown(self) -> None:
        if hasattr(self, "log"):
            self.do(self.log.close())
        self.runner.close()
        shutil.rmtree(self.directory, ignore_errors=True)


class MemoryMachine(LogMachine):
    forgets = True

    async def open(self) -> Log:
        return MemoryLog()

    async def crash(self) -> None:
        await self.log.close()


class SqliteMachine(LogMachine):
    """A crash leaves the files as they are at that moment."""

    crashes = 0

    async def open(self) -> Log:
        return await SqliteLog.open(self.directory / f"relay{self.crashes}.db")

    async def crash(self) -> None:
        before = f"relay{self.crashes}.db"
        self.crashes += 1
        for file in self.directory.glob(f"{before}*"):
            shutil.copy(file, self.directory / file.name.replace(before, f"relay{self.crashes}.db"))
        await self.log.close()


def nats_machine(server: NatsServer) -> type[LogMachine]:
    class NatsMachine(LogMachine):
        """A crash ends the server (-9) and the node at once."""

        store: NatsSettings

        async def open(self) -> Log:
            if not hasattr(self, "store"):
                self.store = nats_settings(server, self.directory / "journal.db")
            return await NatsLog.open(self.store, SMALL)

        async def crash(self) -> None:
            server.kill()
            await self.log.close()
            await asyncio.to_thread(server.start)

    return NatsMachine


@pytest.mark.parametrize("kind", ["memory", "sqlite", "nats"])
def test_a_log_holds_what_its_model_holds(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # The next process trims at once where the last one was killed.
    monkeypatch.setattr("hookscope_relay.log.nats.retain.LEASE_S", 0.0)
    several = settings(
        max_examples=EXAMPLES,
        stateful_step_count=STEPS,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        derandomize=True,
    )
    if kind == "nats":
        with serving(sync=True) as server:
            run_state_machine_as_test(nats_machine(server), settings=several)
    else:
        run_state_machine_as_test(MemoryMachine if kind == "memory" else SqliteMachine, settings=several)
