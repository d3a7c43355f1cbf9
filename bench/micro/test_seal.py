"""Sealing a delivery of 2 KB, and opening it."""

from __future__ import annotations

from hookscope_relay.keys.seal import Opener, Sealer


def test_seal(benchmark, delivery, key):
    sealer = Sealer()
    benchmark(sealer.seal, delivery, key.id, key.seal, 0.0)


def test_open(benchmark, delivery, key):
    pieces = Sealer().seal(delivery, key.id, key.seal, 0.0)
    opener = Opener([key.sealing])
    assert benchmark(opener.open, pieces, delivery.id, key.id) == delivery
