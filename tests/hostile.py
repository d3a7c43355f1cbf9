"""Hostile bytes for a relay, and what came of them: made from a seed, sent over real sockets, judged by `strict_http`.

Used by the tests in a quick form and by `bench/fuzz.py` in a long one.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import lzma
import random
import re
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from factories import make_ring, open_sealed
from hookscope_relay.app import Relay
from hookscope_relay.errors import SealError, WireError
from hookscope_relay.keys.claim import ClaimRefused, parse_claim
from hookscope_relay.log.protocol import Record
from hookscope_relay.session import Session
from hookscope_relay.settings import Limits, RelaySettings
from hookscope_relay.tunnel import parse_wish
from hookscope_relay.wire import (
    KINDS,
    Deliver,
    Frame,
    Gap,
    Piece,
    Refused,
    Reply,
    Role,
    Settled,
    Welcome,
    decode,
    encode,
)
from relays import ID, KEY, opened
from strict_http import Request, read_requests

CORPORA = Path(__file__).parent / "corpora"
ANSWERS = re.compile(rb"(?:^|\r\n|\n|\})HTTP/1\.1 (\d{3}) ")
EXPECTED = {100, 202, 400, 403, 404, 408, 413, 414, 421, 429, 431, 501, 503}
TIMES = Limits(head_s=0.25, body_s=0.25, idle_s=0.3, linger_s=0.05, slack_s=0.25)
HANGS_AFTER_S = 10.0


@dataclass(slots=True)
class Verdict:
    """What came of a run: answers by status, and everything that must not be."""

    sent: int = 0
    accepted: int = 0
    answers: Counter[int] = field(default_factory=Counter)
    crashes: list[str] = field(default_factory=list)
    hangs: list[bytes] = field(default_factory=list)
    wrong: list[tuple[bytes, str]] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        return not (self.crashes or self.hangs or self.wrong)


class _Crashes(logging.Handler):
    """Whatever the relay logs as an error."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(logging.WARNING)
        self._verdict = verdict

    def emit(self, record: logging.LogRecord) -> None:
        self._verdict.crashes.append(f"{record.name}: {record.getMessage()} {record.exc_info and record.exc_info[1]!r}")


@contextlib.asynccontextmanager
async def judged_relay(verdict: Verdict) -> AsyncIterator[Relay]:
    """A relay that gives up on slow senders soon, with the endpoint opened; errors that it logs are crashes."""
    relay = Relay(RelaySettings(port=0, database=None, limits=TIMES))
    await relay.start()
    await opened(relay)
    handler = _Crashes(verdict)
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: verdict.crashes.append(str(context)))
    for name in ("hookscope", "aiohttp", "asyncio"):
        logging.getLogger(name).addHandler(handler)
    try:
        yield relay
    finally:
        for name in ("hookscope", "aiohttp", "asyncio"):
            logging.getLogger(name).removeHandler(handler)
        loop.set_exception_handler(None)
        await relay.stop()


async def judge(relay: Relay, cases: Sequence[bytes], verdict: Verdict) -> None:
    """Send each case on a connection of its own, all at once;
    then hold what was stored against what the strict reader read.

    A case is for the endpoint where its targets begin with `/ID/@/`: the `@` is replaced by the number of the case.
    """
    assert relay._log is not None
    cases = [case.replace(b"/@/", b"/%06d/" % number) for number, case in enumerate(cases)]
    before = (await relay._log.ends(KEY.id))[1]
    answers = await asyncio.gather(*(_converse(relay.settings.port, case) for case in cases))
    stored: dict[int, list[Request]] = {}
    records = await _records(relay, before)
    for record in records:
        number, request = _request_of(record)
        stored.setdefault(number, []).append(request)
    acknowledged = sum(ANSWERS.findall(answer or b"").count(b"202") for answer in answers)
    if acknowledged != len(records):
        verdict.wrong.append((b"", f"{acknowledged} times 202 for {len(records)} stored"))
    for number, (case, answer) in enumerate(zip(cases, answers, strict=True)):
        _compare(case, answer, b"/%b/%06d/" % (ID, number), stored.get(number, []), verdict)


def _compare(case: bytes, answer: bytes | None, prefix: bytes, stored: list[Request], verdict: Verdict) -> None:
    verdict.sent += 1
    if answer is None:
        verdict.hangs.append(case)
        return
    statuses = [int(status) for status in ANSWERS.findall(answer)]
    verdict.answers.update(statuses)
    verdict.accepted += len(stored)
    if answer and not answer.startswith(b"HTTP/1.1 "):
        verdict.wrong.append((case, f"an answer that is none: {answer[:40]!r}"))
    if strange := set(statuses) - EXPECTED:
        verdict.wrong.append((case, f"answered {strange}"))
    valid = [request for request in read_requests(case) if request.target.startswith(prefix)]
    if stored != valid[: len(stored)]:
        verdict.wrong.append((case, f"stored {stored}, where a strict reader reads {valid}"))


async def _converse(port: int, case: bytes) -> bytes | None:
    """All that the relay says until it hangs up; None where it does not."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        async with asyncio.timeout(HANGS_AFTER_S):
            writer.write(case)
            return await reader.read()
    except TimeoutError:
        return None
    except ConnectionError:
        return b""
    finally:
        writer.transport.abort()


async def _records(relay: Relay, after: int) -> list[Record]:
    assert relay._log is not None
    found: list[Record] = []
    while read := await relay._log.read(KEY.id, found[-1].seq if found else after, 1000):
        found += read
    return found


def _request_of(record: Record) -> tuple[int, Request]:
    delivery = open_sealed(record.inline, record.delivery_id, KEY.id, make_ring().sealing)
    number = re.match(r"/(\d{6})/", delivery.target)
    headers = tuple((name.encode("latin-1"), value.encode("latin-1")) for name, value in delivery.headers)
    target = b"/" + ID + delivery.target.encode("latin-1")
    return int(number[1]) if number else -1, Request(delivery.method.encode(), target, headers, delivery.body)


# The corpora


def llhttp_cases() -> dict[str, bytes]:
    """The parser's own request cases, made to be for our endpoint."""
    cases = json.loads(lzma.decompress((CORPORA / "llhttp.json.xz").read_bytes()))
    made = {}
    for number, case in enumerate(cases):
        raw = _ours(case["raw"].encode("latin-1"))
        made[f"{number} {case['name']}"] = raw
        # The documents that they come from have lost the final empty lines.
        made[f"{number} {case['name']} with an end"] = raw + b"\r\n\r\n"
    return made


def _ours(raw: bytes) -> bytes:
    """Its requests are for our endpoint on our host, and it says so where it named no host."""
    raw = re.sub(rb"(?m)^([A-Z-]+ )/", rb"\1/" + ID + b"/@/", raw)
    if re.search(rb"(?mi)^host:", raw):
        return re.sub(rb"(?mi)^(host: *)[^\r\n]*", rb"\g<1>127.0.0.1", raw)
    return re.sub(rb"(?m)( HTTP/1.[01])\r\n", rb"\1\r\nHost: 127.0.0.1\r\n", raw)


def smuggling_cases() -> dict[str, bytes]:
    """Each mutation with a body that is a chunked one, beside a Content-Length that says otherwise, and without."""
    body = b"3\r\nabc\r\n0\r\n\r\n"
    smuggled = body + b"POST /" + ID + b"/@/smuggled HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    made = {}
    for name, lines in json.loads(lzma.decompress((CORPORA / "smuggling.json.xz").read_bytes())):
        head = b"POST /" + ID + b"/@/x HTTP/1.1\r\n" + lines.encode("latin-1") + b"Host: 127.0.0.1\r\n"
        made[f"{name} with a length"] = head + b"Content-Length: %d\r\n\r\n" % len(smuggled) + smuggled
        made[f"{name} without"] = head + b"\r\n" + smuggled
    return made


# Requests from a seed


def _pick(source: random.Random, choices: Sequence[bytes]) -> bytes:
    return source.choice(choices)


METHODS = (
    b"POST",
    b"GET",
    b"PUT",
    b"DELETE",
    b"PATCH",
    b"OPTIONS",
    b"HEAD",
    b"post",
    b"PO ST",
    b"",
    b"CONNECT",
    b"PRI",
)
TAILS = (b"", b"?", b"x", b"a%2fb?q=%zz", b"../../c", b"\xe9", b"a b", b"\x00", b"#f", b"\x7f", b"//", b"\\", b"a\tb")
VERSIONS = (b"HTTP/1.1",) * 12 + (b"HTTP/1.0", b"HTTP/2.0", b"HTTP/1.2", b"http/1.1", b"HTTP/1.1 ", b"HTTP/11", b"")
NAMES = (
    b"X-A",
    b"x-a",
    b"Content-Type",
    b"User-Agent",
    b"Host",
    b"Connection",
    b"Expect",
    b"Upgrade",
    b"Cookie",
    b"",
    b"X A",
    b"X:",
    b"\xe9",
    b"TE",
)
VALUES = (
    b"1",
    b"",
    b"close",
    b"keep-alive",
    b"100-continue",
    b"websocket",
    b"caf\xc3\xa9",
    b"\xe9",
    b"a\x00b",
    b"a\rb",
    b"a\nb",
    b"  x\t ",
    b"\x01",
    b"h2c",
    b"a" * 9000,
)
LENGTHS = (
    b"0",
    b"5",
    b"05",
    b"+5",
    b"-1",
    b"5, 5",
    b"0x5",
    b" 5 ",
    b"",
    b"99999999999999999999",
    b"5;",
    b"\xef\xbc\x95",
)
CODINGS = (
    b"chunked",
    b"chunked ",
    b"Chunked",
    b"gzip",
    b"gzip, chunked",
    b"chunked, chunked",
    b"identity",
    b"",
    b"\x0bchunked",
    b'"chunked"',
    b"chunked;x",
)
ENDS = (b"\r\n",) * 30 + (b"\n", b"\r", b"\r\r\n", b"\n\r", b"\r\n ", b"")
CHUNKS = (
    b"5\r\nhello\r\n",
    b"5;a=b\r\nhello\r\n",
    b"005\r\nhello\r\n",
    b"5 \r\nhello\r\n",
    b"5\nhello\r\n",
    b"6\r\nhello\r\n",
    b"-5\r\nhello\r\n",
    b"0x5\r\nhello\r\n",
    b"5\r\nhello",
    b"g\r\n",
    b"ffffffffffffffffff\r\n",
)
LASTS = (b"0\r\n\r\n",) * 8 + (b"0\r\nX: 1\r\n\r\n", b"00\r\n\r\n", b"0;e\r\n\r\n", b"0\n\n", b"", b"0\r\nX\r\n\r\n")


def make_request_bytes(source: random.Random) -> bytes:
    """A request that is nearly right, or quite; perhaps several on one connection; perhaps with some bytes changed."""
    data = b"".join(_one_request(source) for _ in range(source.choice((1, 1, 1, 2, 3))))
    return _changed(source, data) if source.random() < 0.4 else data


def _one_request(source: random.Random) -> bytes:
    odd = source.random() < 0.5

    def one(usual: bytes, others: Sequence[bytes]) -> bytes:
        return _pick(source, others) if odd and source.random() < 0.3 else usual

    end = one(b"\r\n", ENDS)
    lines = [b" ".join((one(b"POST", METHODS), b"/" + ID + b"/@/" + one(b"x", TAILS), one(b"HTTP/1.1", VERSIONS)))]
    lines.append(b"Host: " + one(b"127.0.0.1", (b"other.example", b"", b"127.0.0.1:80", b"\xe9")))
    for _ in range(source.randrange(4)):
        lines.append(one(b"X-B", NAMES) + one(b": ", (b":", b" : ", b"", b":\t")) + one(b"v", VALUES))
    body = b""
    if (kind := source.random()) < 0.4:
        lines.append(b"Content-Length: " + one(b"5", LENGTHS))
        body = b"hello"
    if kind > 0.35 and kind < 0.8:
        lines.append(
            one(b"Transfer-Encoding", (b"Transfer-Encoding ", b" Transfer-Encoding", b"Transfer_Encoding"))
            + b": "
            + one(b"chunked", CODINGS)
        )
        body = b"".join(one(CHUNKS[0], CHUNKS) for _ in range(source.randrange(3))) + one(LASTS[0], LASTS)
    if odd:
        source.shuffle(lines[1:])
    return end.join([*lines, b"", b""]) + body


def _changed(source: random.Random, data: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(source.randrange(1, 4)):
        at = source.randrange(len(changed) + 1)
        match source.randrange(4):
            case 0:
                changed[at : at + 1] = bytes([source.randrange(256)])
            case 1:
                del changed[at : at + source.randrange(1, 20)]
            case 2:
                changed[at:at] = _pick(source, (b"\r", b"\n", b"\0", b" ", b"\r\n", b":", b"\xff", b"\t", b"0\r\n\r\n"))
            case _:
                changed[at:at] = changed[at : at + source.randrange(1, 40)]
    return bytes(changed)


# Frames, claims and queries from a seed


def make_frame(source: random.Random) -> tuple[Frame, bytes]:
    """A sound frame of any kind, with its raw bytes."""
    number = source.randrange(0, 300)
    raw = source.randbytes(source.randrange(1, 50))
    frames: list[tuple[Frame, bytes]] = [
        (
            Reply(
                seq=number, status=200, reason="OK", headers=(("X", "caf\xe9"),), size=len(raw) + source.randrange(2)
            ),
            raw,
        ),
        (Piece(seq=number, number=source.randrange(3), last=source.random() < 0.5), raw),
        (Role(role="watching"), b""),
        (Settled(seq=number, how="answered", status=200, by="", waited_ms=1), b""),
        (Refused(problem="malformed", method="POST", target="/x", size=number), b""),
        (Gap(after=number, until=number + 1, reason="expired"), b""),
        (Deliver(seq=number, prev=0, id="01", pieces=2, lengths=(len(raw),), left_ms=5), raw),
        (
            Welcome(
                url="u", epoch="e", after=0, newest=number, role="answering", deadline_ms=1, max_body=1, max_answer=1
            ),
            b"",
        ),
    ]
    return source.choice(frames)


def check_frame(source: random.Random, verdict: Verdict, session: Session) -> None:
    """A frame, changed: what is decoded is sound and comes back as it was; a session takes it,
    or raises `WireError`."""
    message = encode(*make_frame(source))
    if source.random() < 0.8:
        message = _changed(source, message)
    verdict.sent += 1
    try:
        _check_message(message, verdict, session)
    except WireError:
        return
    except Exception as error:
        verdict.crashes.append(f"{error!r} for {message!r}")
    for seq in range(20):
        session.unanswered.setdefault(seq, "01")


def _check_message(message: bytes, verdict: Verdict, session: Session) -> None:
    decoded = decode(message)
    if decoded is None:
        if message[0] in KINDS:
            verdict.wrong.append((message, "a known kind was skipped"))
        return
    verdict.accepted += 1
    if decode(encode(*decoded)) != decoded:
        verdict.wrong.append((message, f"{decoded} does not come back"))
    if isinstance(decoded[0], Reply) and any("\n" in text for pair in decoded[0].headers for text in pair):
        verdict.wrong.append((message, "a header that ends its line"))
    session.receive(*decoded)


TEXTS = (
    "",
    "Hookscope ",
    'v="1"',
    'key="',
    "=",
    ",",
    '"',
    "A" * 43,
    "mode=",
    "after=",
    "&",
    "%",
    "\x00",
    "\u0661",
    "away_status=200",
    "new",
    "é",
    " ",
)


def check_text(source: random.Random, verdict: Verdict, good: str) -> None:
    """A claim, a query and sealed bytes, changed: each is read or refused in its own words."""
    text = (
        _changed(source, good.encode()).decode("latin-1")
        if source.random() < 0.5
        else "".join(source.choices(TEXTS, k=6))
    )
    verdict.sent += 1
    readers: Iterable[tuple[Callable[[str], object], type[Exception]]] = (
        (parse_claim, ClaimRefused),
        (parse_wish, ClaimRefused),
        (_open, SealError),
    )
    for read, refused in readers:
        try:
            read(text)
        except refused:
            continue
        except Exception as error:
            verdict.crashes.append(f"{error!r} for {text!r}")
            continue
        verdict.accepted += 1


def _open(text: str) -> object:
    pieces = [part.encode("latin-1", "replace") for part in text.split(",")]
    pieces[0] = b"\x02" + pieces[0]
    return open_sealed(pieces, "0" * 26, KEY.id, make_ring().sealing)
