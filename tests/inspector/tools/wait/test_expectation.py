from __future__ import annotations

import pytest

from factories import NOW
from held import begun, delivery
from hookscope.model.capture import Failure
from hookscope.model.verdict import Recognition
from hookscope.store.captures import CaptureStore
from hookscope.tools.filters.language import FilterError
from hookscope.tools.wait.expectation import Expectation
from hookscope_relay.delivery import Answer

CREATED = Recognition(provider="notion", event_type="page.created")
DELETED = Recognition(provider="notion", event_type="page.deleted")


async def arrive(store: CaptureStore, index: int, recognition: Recognition, outcome: int | str | None) -> None:
    """A delivery, and what became of it: a status, a failure, or nothing yet."""
    made = delivery(index)
    await store.keep(made, origin="live", recognition=recognition)
    if outcome is None:
        return
    number = await store.begin_attempt(made.id, begun("live", "http://h/", NOW))
    if isinstance(outcome, int):
        await store.end_attempt(made.id, number, elapsed_ms=1.0, answer=Answer(status=outcome))
    else:
        await store.end_attempt(made.id, number, elapsed_ms=1.0, failure=Failure(kind="timeout", detail=outcome))
    await store.keep_findings(made.id, number, None, [])


BOTH = "type:page.created status:2xx"


@pytest.mark.parametrize(
    ("filter_text", "held", "failed"),
    [
        ("", (1, 2, 3, 4, 5), 0),
        ("type:page.created", (2, 3, 4), 0),
        (BOTH, (4,), 2),
        ("type:page.deleted status:2xx", (1,), 0),
        ("status:2xx", (1, 4), 2),
        ("type:page.created -status:2xx", (2, 3), 4),
        ("type:page.created is:failed", (2, 3), 4),
        ("type:nothing status:2xx", (), 0),
    ],
)
async def test_what_came_is_told_from_what_became_of_it(
    store: CaptureStore, filter_text: str, held: tuple[int, ...], failed: int
) -> None:
    came = (DELETED, CREATED, CREATED, CREATED, Recognition(provider="github"))
    for index, (recognition, outcome) in enumerate(zip(came, (204, 403, "2 s", 200, None), strict=True)):
        await arrive(store, index, recognition, outcome)
    seen = Expectation(filter_text, 1, 0).look(store)
    assert (seen.held, seen.failed) == (held, failed)


async def test_only_what_is_new_counts_and_enough_is_enough(store: CaptureStore) -> None:
    for index in range(4):
        await arrive(store, index, CREATED, 200)
    expectation = Expectation(BOTH, 2, 2)
    assert expectation.look(store).held == (3, 4)
    assert expectation.is_met(expectation.look(store))
    assert not Expectation(BOTH, 3, 2).is_met(expectation.look(store))


def test_a_filter_that_makes_no_sense_is_told() -> None:
    with pytest.raises(FilterError):
        Expectation("staus:2xx", 1, 0)
