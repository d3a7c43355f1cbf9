from __future__ import annotations

from pathlib import Path

from factories import NOW, make_delivery
from hookscope.model.capture import Attempt, Capture, Failure, SentRequest
from hookscope.providers.registry import load_providers
from hookscope.store.captures import CaptureStore
from hookscope.tools.imports.keep import ENDPOINT, keep_all
from hookscope_relay.delivery import Answer

SENT = SentRequest(method="PUT", target="/x", headers=(("A", "1"),), body=b"x")
ATTEMPTS = (
    Attempt(
        number=1, origin="live", handler_url="http://h/", started_at=NOW, elapsed_ms=2.5, answer=Answer(status=500)
    ),
    Attempt(
        number=2, origin="replay", handler_url="http://h/", started_at=NOW, request=SENT, failure=Failure(kind="dns")
    ),
    Attempt(number=3, origin="fixture", handler_url="", started_at=NOW),
)


def test_what_is_kept_reads_back_as_it_was(tmp_path: Path) -> None:
    captures = [
        Capture(delivery=make_delivery(), attempts=ATTEMPTS),
        Capture(delivery=make_delivery(body=bytes(range(256)) * 3000), provider="github"),
    ]
    store = CaptureStore.open(tmp_path / "captures.db")
    kept = keep_all(store, captures, load_providers())
    assert [(item.number, item.new, item.provider) for item in kept] == [(1, True, ""), (2, True, "github")]
    for capture, item in zip(captures, kept, strict=True):
        back = store.find(str(item.number))
        assert (back.delivery, back.attempts) == (capture.delivery, capture.attempts)
    assert store.cursor(ENDPOINT) is None
    store.close()


def test_what_is_kept_again_changes_nothing(tmp_path: Path) -> None:
    capture = Capture(delivery=make_delivery(), attempts=ATTEMPTS)
    store = CaptureStore.open(tmp_path / "captures.db")
    for new in (True, False):
        (item,) = keep_all(store, [capture], load_providers())
        assert (item.number, item.new) == (1, new)
    assert len(store.find("1").attempts) == 3
    assert store.count() == 1
    store.close()
