"""No byte of a sender or a handler acts on a terminal, whichever way it is looked at:
hostile corpora through every face that prints text."""

from __future__ import annotations

import base64
import io
import json
import lzma
import os
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest

from factories import NOW, make_delivery
from hookscope.commands.capture_lines import render
from hookscope.commands.list import render_row
from hookscope.console.ndjson import NdjsonFace
from hookscope.console.plain import PlainFace
from hookscope.diagnosis.case import Case
from hookscope.diagnosis.engine import diagnose
from hookscope.model.announce import attempted, captured
from hookscope.model.capture import Attempt, Capture, Failure
from hookscope.model.capture_file import dumps
from hookscope.model.events import Diagnosed, Noticed, Refused
from hookscope.model.summary import Summary
from hookscope.model.verdict import Recognition, Verdict
from hookscope_relay.delivery import Answer

CORPUS = Path(__file__).parent.parent / "corpora/terminal.json.xz"
TOGETHER = 40


def hostile() -> list[bytes]:
    corpus = json.loads(lzma.decompress(CORPUS.read_bytes()))
    naughty = [text.encode("utf-8", "surrogatepass") for text in corpus["naughty"]]
    return [*map(base64.b64decode, corpus["terminal"]), *naughty]


# Every third is among the tests, all are in `make attack`.
ALL = hostile()[:: 1 if os.environ.get("HOOKSCOPE_ATTACK") == "whole" else 3]


def capture_of(data: bytes) -> Capture:
    """A capture that holds the bytes in every place that a sender or a handler fills."""
    text = data.decode("latin-1").replace("\r", "").replace("\n", "")
    delivery = make_delivery(
        method=text[:20] or "POST",
        target="/" + text,
        headers=(("Host", text), ("X-" + text, text), ("Content-Type", "application/json")),
        body=b'{"' + data + b'": "' + data + b'"}' + data,
        remote=text,
    )
    answer = Answer(status=403, reason=text, headers=(("Location", text), (text, text)), body=data)
    attempts = (
        Attempt(number=1, origin="live", handler_url="http://localhost/" + text, started_at=NOW, answer=answer),
        Attempt(
            number=2,
            origin="replay",
            handler_url="http://localhost/",
            started_at=NOW,
            failure=Failure(kind="reset", detail=text),
        ),
    )
    return Capture(delivery=delivery, attempts=attempts, provider=text)


def looked_at(capture: Capture, data: bytes) -> Iterator[str]:
    """Everything that we print of a capture, as a terminal would get it."""
    text = data.decode("utf-8", "replace")
    delivery, (answered, failed) = capture.delivery, capture.attempts
    recognition = Recognition(provider=text, event_type=text, event_id=text, object_id=text)
    verdict = Verdict(state="rejected", provider=text, reason="mismatch")
    findings = diagnose(
        Case(delivery=delivery, attempt=answered, verdict=verdict, recognition=recognition, provider=text)
    )
    yield from render(1, capture, verdict, findings)
    yield dumps(capture)
    out = io.StringIO()
    for face in (PlainFace(out, out), NdjsonFace(out, out)):
        face(captured(delivery, 1, recognition, "live", owed=False, at=NOW))
        for attempt in (answered, failed):
            face(attempted(delivery, 1, attempt, NOW))
        face(Diagnosed(at=NOW, id=delivery.id, number=1, attempt=1, verdict=verdict, findings=findings))
        face(Refused(at=NOW, problem=text, method=text, target=text, size=1))
        face(Noticed(at=NOW, level="error", text=text))
    yield out.getvalue()
    yield render_row(
        Summary(
            number=1,
            id=delivery.id,
            received_at=NOW,
            method=delivery.method,
            target=delivery.target,
            provider=text,
            event_type=text,
            title=text,
        )
    )


def acts(character: str) -> bool:
    """Whether a terminal may do something else than show the character: controls but line end and tab, formats,
    what has no meaning yet."""
    return character not in "\n\t" and unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


@pytest.mark.parametrize("first", range(0, len(ALL), TOGETHER))
def test_nothing_that_is_printed_acts_on_a_terminal(first: int) -> None:
    for data in ALL[first : first + TOGETHER]:
        for shown in looked_at(capture_of(data), data):
            assert not [character for character in shown if acts(character)], (data, shown)
