"""The load generator and the handler: what they count, and that they notice every kind of wrong answer."""

from __future__ import annotations

import json
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

import pytest

from contest.contender import Address
from contest.load import Generator, Load, parse_load, push_event
from contest.processes import StartError, free_port

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s"


@pytest.mark.parametrize("size", [700, 2048, 100_000])
def test_a_push_has_the_size_that_was_asked_for(size):
    event = json.loads(push_event(size))
    assert len(push_event(size)) == size
    assert event["commits"]


def test_what_is_bad_is_each_delivery_without_its_own_right_answer():
    told = {"sent": 20, "done": 10, "seconds": 2, "p50_us": 1, "p90_us": 2, "p99_us": 3, "max_us": 4, "bad_status": 1}
    told |= {"bad_answer": 2, "changed": 5, "broken": 3, "lost": 4, "first_bad": "", "slice_ends": [0.5], "new": 1}
    load = parse_load(json.dumps(told))
    assert (load.bad, load.rate, load.slice_ends) == (10, 5.0, (0.5,))


@pytest.fixture(scope="module")
def generator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Generator]:
    if not shutil.which("cc"):
        pytest.skip("needs a C compiler")
    folder = tmp_path_factory.mktemp("load")
    made = Generator(folder / "run", folder / "cache")
    yield made
    made.stop()


def test_every_delivery_is_answered_by_the_handler_itself(generator: Generator):
    arrived, different = generator.arrived()
    load = generator.send(Address(generator.port), in_flight=16, count=1000)
    assert (load.sent, load.done, load.bad, load.changed) == (1000, 1000, 0, 0)
    assert 0 < load.p50_us <= load.p90_us <= load.p99_us <= load.max_us
    assert list(load.slice_ends) == sorted(load.slice_ends)
    assert len(load.slice_ends) == 10
    assert generator.arrived() == (arrived + 1000, different)


@pytest.mark.parametrize("body", [1, 2])
def test_large_bodies_arrive_as_they_were(generator: Generator, body: int):
    load = generator.send(Address(generator.port), in_flight=2, count=4, body=body)
    assert (load.done, load.bad, load.changed) == (4, 0, 0)


def test_a_run_ends_when_its_time_is_up(generator: Generator):
    load = generator.send(Address(generator.port), in_flight=2, seconds=0.2)
    assert 0.1 < load.seconds < 2
    assert load.sent == load.done


def test_an_address_where_nobody_listens_is_told(generator: Generator):
    with pytest.raises(StartError, match="Connection refused"):
        generator.send(Address(free_port()), in_flight=1, count=1)


class Relay:
    """Listens, reads each request whole, and answers with what the given function makes of it; "" hangs up."""

    def __init__(self, answer: Callable[[bytes], bytes]) -> None:
        self.answer = answer
        self.requests: list[bytes] = []
        self.server = socket.create_server(("127.0.0.1", 0))
        self.address = Address(self.server.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self.server.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, client.makefile("rb") as lines:
            while head := b"".join(head_lines(lines)):
                request = head + b"\r\n" + lines.read(int(value(head, b"Content-Length")))
                self.requests.append(request)
                if not (answer := self.answer(request)):
                    return
                client.sendall(answer)


def head_lines(lines: BinaryIO) -> Iterator[bytes]:
    """The lines of a head; none where the connection has ended."""
    while (line := lines.readline()) not in (b"\r\n", b""):
        yield line


def value(request: bytes, name: bytes) -> bytes:
    return request.split(name + b": ", 1)[1].split(b"\r\n", 1)[0]


@pytest.fixture
def relay() -> Iterator[Callable[[Callable[[bytes], bytes]], Relay]]:
    made: list[Relay] = []

    def build(answer: Callable[[bytes], bytes]) -> Relay:
        made.append(Relay(answer))
        return made[-1]

    yield build
    for one in made:
        one.server.close()


def own(request: bytes, same: str = "true", mark: bytes = b"") -> bytes:
    text = b'{"mark":"%s","same":%s}' % (mark or value(request, b"X-Contest-Mark"), same.encode())
    return ANSWER % (len(text), text)


def chunked(request: bytes) -> bytes:
    text = own(request).split(b"\r\n\r\n", 1)[1]
    head = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
    return head + b"%x\r\n%s\r\n%x\r\n%s\r\n0\r\n\r\n" % (9, text[:9], len(text) - 9, text[9:])


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (own, {"done": 9}),
        (chunked, {"done": 9}),
        (lambda request: b"HTTP/1.1 103 Early Hints\r\n\r\n" + own(request), {"done": 9}),
        (lambda request: own(request).replace(b"200 OK", b"200 OK\r\nConnection: close"), {"done": 9}),
        (lambda request: own(request, same="false"), {"done": 9, "changed": 9}),
        (lambda request: own(request, mark=b"0" * 16), {"bad_answer": 9}),
        (lambda request: ANSWER % (7, b"welcome"), {"bad_answer": 9}),
        (lambda request: b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n", {"bad_status": 9}),
        (lambda request: b"", {"broken": 9}),
    ],
    ids=["own", "chunked", "interim", "closing", "changed", "another's", "a page", "502", "cut off"],
)
def test_wrong_answers_are_counted_by_their_kind(generator, relay, answer, expected):
    load = generator.send(relay(answer).address, in_flight=3, count=9)
    counted = {name: getattr(load, name) for name in ("done", "changed", "bad_answer", "bad_status", "broken", "lost")}
    assert counted == {**dict.fromkeys(counted, 0), **expected}
    assert bool(load.first_bad) == bool(load.bad)


@pytest.mark.parametrize(("one_event", "ids"), [(True, 1), (False, 12)])
def test_a_storm_carries_one_event_id(generator, relay, one_event, ids):
    other = relay(own)
    generator.send(other.address, in_flight=3, count=12, one_event=one_event)
    assert len({value(request, b"X-GitHub-Delivery") for request in other.requests}) == ids
    assert len({value(request, b"X-Contest-Mark") for request in other.requests}) == 12


def test_a_relay_that_answers_by_itself_is_done_when_the_handler_has_it(generator, relay):
    late = threading.Event()

    def forward(request: bytes) -> bytes:
        def pass_on() -> None:
            late.wait(0.1)
            with socket.create_connection(("127.0.0.1", generator.port)) as handler:
                handler.sendall(request)
                handler.recv(1000)

        threading.Thread(target=pass_on, daemon=True).start()
        return ANSWER % (2, b"ok")

    load = generator.send(relay(forward).address, in_flight=2, count=6, arrivals=True)
    assert (load.done, load.bad) == (6, 0)
    assert load.p50_us > 100_000


def test_the_handler_notices_a_body_that_has_changed(generator: Generator, tmp_path: Path):
    _, before = generator.arrived()
    body = push_event(2048).encode().replace(b"octo", b"otto", 1)
    with socket.create_connection(("127.0.0.1", generator.port)) as handler:
        handler.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
        assert b'"same":false' in handler.recv(1000)
    assert generator.arrived()[1] == before + 1


def test_the_handler_takes_chunks_of_any_size(generator: Generator):
    body = push_event(2048).encode()
    pieces = [body[:1], body[1:1000], body[1000:]]
    sent = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)
    head = b"POST / HTTP/1.1\r\nHost: x\r\nX-Contest-Mark: 00000000000000ff\r\nTransfer-Encoding: chunked\r\n\r\n"
    with socket.create_connection(("127.0.0.1", generator.port)) as handler:
        for byte in head + sent + b"0\r\n\r\n":
            handler.sendall(bytes([byte]))
        assert handler.recv(1000).endswith(b'{"mark":"00000000000000ff","size":2048,"same":true}')


def test_a_load_of_nothing_has_no_rate():
    empty = Load(**{**dict.fromkeys(Load.__dataclass_fields__, 0), "first_bad": "", "slice_ends": ()})
    assert empty.rate != empty.rate
