"""What is particular to the log in memory; the rest is in test_protocol."""

from __future__ import annotations

from hookscope_relay.log.memory import MemoryLog


async def test_each_log_in_memory_is_an_epoch_of_its_own() -> None:
    assert MemoryLog().epoch != MemoryLog().epoch


async def test_expired_nonces_are_dropped() -> None:
    log = MemoryLog()
    for number in range(100):
        await log.remember_nonce(number.to_bytes(16, "big"), float(number), keep_s=10)
    assert len(log._nonces) == 10
