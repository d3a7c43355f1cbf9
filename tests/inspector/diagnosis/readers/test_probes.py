from __future__ import annotations

from collections.abc import Callable

import pytest

from factories import NOW
from hookscope.diagnosis.attribute import likeliest
from hookscope.diagnosis.case import Case
from hookscope.diagnosis.readers.probes import CERTAIN
from hookscope.model.capture import Attempt, SentRequest
from hookscope_relay.delivery import Answer


def probe(path: str = "/hook", host: str = "", status: int = 200) -> Attempt:
    sent = SentRequest(method="POST", target=path, headers=(("Host", host),) if host else (), body=b"")
    return Attempt(
        number=2,
        origin="probe",
        handler_url="http://127.0.0.1:3000" + path,
        started_at=NOW,
        answer=Answer(status=status),
        request=sent if host else None,
    )


@pytest.mark.parametrize(
    ("status", "headers", "sent", "cause"),
    [
        (404, (), probe("/hook/"), "trailing-slash-mismatch"),
        (405, (), probe("/hook/"), "trailing-slash-mismatch"),
        (308, (("Location", "/hook/"),), probe("/hook/"), "trailing-slash-redirect"),
        (403, (), probe(host="localhost"), "host-not-allowed"),
        (404, (), probe(host="localhost"), "host-route-mismatch"),
    ],
)
def test_an_accepted_probe_proves_the_cause(
    make_case: Callable[..., Case], status: int, headers: tuple[tuple[str, str], ...], sent: Attempt, cause: str
) -> None:
    reading = likeliest(make_case(status, b"no", headers, host_sent="relay.example", probes=(sent,)))
    assert reading is not None
    assert (reading.cause, reading.evidence[-1].place) == (cause, "probes")
    assert reading.confidence > 0.99


@pytest.mark.parametrize("sent", [probe("/hook/", status=404), probe("/hook"), probe(host="relay.example")])
def test_a_probe_that_failed_or_changed_nothing_proves_nothing(make_case: Callable[..., Case], sent: Attempt) -> None:
    reading = likeliest(make_case(404, b"no", host_sent="relay.example", probes=(sent,)))
    assert reading is not None
    assert reading.confidence < CERTAIN
