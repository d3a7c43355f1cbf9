"""Frames: what is encoded and decoded for each delivery."""

from __future__ import annotations

from hookscope_relay.wire import Deliver, Reply, Settled, decode, encode

RAW = bytes(2600)
DELIVER = Deliver(seq=7, prev=6, id="0" * 26, pieces=2, lengths=(500, 2100), left_ms=25_000, answer=True)
SETTLED = Settled(seq=7, how="answered", status=200, by="", waited_ms=3)


def test_encode_deliver(benchmark):
    benchmark(encode, DELIVER, RAW)


def test_decode_deliver(benchmark):
    benchmark(decode, encode(DELIVER, RAW))


def test_encode_settled(benchmark):
    benchmark(encode, SETTLED)


def test_decode_reply(benchmark, answer):
    reply = Reply(seq=7, status=answer.status, reason=answer.reason, headers=answer.headers, size=len(answer.body))
    benchmark(decode, encode(reply, answer.body))
