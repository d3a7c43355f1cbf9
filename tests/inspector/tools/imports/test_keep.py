from __future__ import annotations

from pathlib import Path

from factories import NOW, make_delivery
from hookscope.model.capture import Attempt, Capture, Failure, SentRequest
from hookscope.providers.registry import load_providers
from hookscope.store.captures import CaptureStore
from hookscope.tools.imports.keep import AT_A_TIME, ENDPOINT, keep_all
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


def test_many_are_kept_in_their_order_and_one_that_stands_twice_once(tmp_path: Path) -> None:
    refused = Attempt(
        number=1, origin="live", handler_url="http://h/", started_at=NOW, elapsed_ms=1, answer=Answer(status=500)
    )
    captures = [
        Capture(delivery=make_delivery(id=f"{number:026d}", target=f"/{number}"), attempts=(refused,))
        for number in range(AT_A_TIME + 5)
    ]
    store = CaptureStore.open(tmp_path / "captures.db")
    kept = keep_all(store, [*captures[:3], captures[1], *captures[3:]], load_providers())
    assert [item.number for item in kept] == [1, 2, 3, 2, *range(4, AT_A_TIME + 6)]
    assert [item.new for item in kept[:4]] == [True, True, True, False]
    assert kept[3].findings == kept[1].findings != ()
    assert [store.find(str(item.number)).delivery.target for item in kept] == [
        item.capture.delivery.target for item in kept
    ]
    store.close()
