from __future__ import annotations

import json
import random
import uuid

import pytest

from hookscope.api.tie import CONNECTIONS, Ties
from hookscope.model.call import Call
from hookscope_relay.delivery import Answer, Headers


def call(
    target: str,
    at: float,
    *,
    body: bytes = b"",
    headers: Headers = (),
    answer: bytes = b"{}",
    connection: str = "",
    process: int = 0,
) -> Call:
    return Call(
        api="notion",
        base="https://api.notion.com",
        method="GET",
        target=target,
        started_at=at,
        headers=headers,
        body=body,
        answer=Answer(status=200, body=answer),
        connection=connection,
        process=process,
    )


def begun(ties: Ties, name: str, page: str, at: float, headers: Headers = ()) -> None:
    ties.begin(name, headers, "/hook", json.dumps({"workspace_id": "w-0001", "entity": {"id": page}}).encode(), at)


PAGE, OTHER = "153104cd-477e-809d-8dc4-ff2d96ae3090", "263104cd-477e-804b-8c32-000b2fcd241a"


def test_a_call_that_names_the_delivery_belongs_to_it() -> None:
    ties = Ties()
    begun(ties, "a", PAGE, 1.0)
    begun(ties, "b", OTHER, 1.0)
    tie = ties.tie(call(f"/v1/pages/{PAGE}", 2.0, headers=(("hookscope-delivery", "b"),)))
    assert (tie.delivery, tie.confidence) == ("b", 1.0)


def test_a_call_that_carries_the_deliverys_trace_belongs_to_it() -> None:
    ties = Ties()
    trace = "00-0af7651916cd43dd8448eb211c80319c-{}-01"
    begun(ties, "a", PAGE, 1.0, (("traceparent", trace.format("b7ad6b7169203331")),))
    begun(ties, "b", OTHER, 1.0)
    assert (
        ties.tie(call("/v1/search", 2.0, headers=(("traceparent", trace.format("00f067aa0ba902b7")),))).delivery == "a"
    )


@pytest.mark.parametrize("spelt", [PAGE, PAGE.replace("-", ""), PAGE.upper()])
def test_the_id_in_the_path_decides_in_every_spelling(spelt: str) -> None:
    ties = Ties()
    begun(ties, "a", PAGE, 1.0)
    begun(ties, "b", OTHER, 1.0)
    tie = ties.tie(call(f"/v1/pages/{spelt}", 2.0))
    assert (tie.delivery, tie.others) == ("a", ())
    assert tie.confidence > 0.9


def test_an_id_that_every_delivery_has_decides_nothing() -> None:
    ties = Ties()
    begun(ties, "a", PAGE, 1.0)
    begun(ties, "b", OTHER, 1.0)
    tie = ties.tie(call("/v1/workspaces/w-0001", 2.0))
    assert (tie.confidence, len(tie.others)) == (0.5, 1)
    assert "one of 2" in tie.words


def test_what_an_earlier_call_brought_leads_to_its_delivery() -> None:
    ties = Ties()
    begun(ties, "a", PAGE, 1.0)
    begun(ties, "b", OTHER, 1.0)
    parent = str(uuid.UUID(int=7))
    ties.tie(call(f"/v1/pages/{PAGE}", 2.0, answer=json.dumps({"parent": parent}).encode()))
    tie = ties.tie(call(f"/v1/databases/{parent}", 3.0))
    assert tie.delivery == "a"
    assert "earlier call" in tie.why


def test_the_only_delivery_in_hand_has_the_call() -> None:
    ties = Ties()
    begun(ties, "a", PAGE, 1.0)
    assert ties.tie(call("/v1/search", 2.0)).confidence == 0.8
    ties.end("a", 3.0)
    assert ties.tie(call("/v1/search", 4.0)).confidence < 0.6
    assert ties.tie(call("/v1/search", 100.0)).delivery == ""


def test_a_call_before_every_delivery_belongs_to_none() -> None:
    ties = Ties()
    begun(ties, "a", PAGE, 10.0)
    assert ties.tie(call(f"/v1/pages/{PAGE}", 9.0)).delivery == ""


def test_the_connection_tells_deliveries_of_one_page_apart() -> None:
    ties = Ties()
    begun(ties, "a", PAGE, 1.0, (("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),))
    begun(ties, "b", PAGE, 1.0)
    begun(ties, "c", OTHER, 1.0)
    ties.tie(call("/v1/users/me", 2.0, headers=(("Hookscope-Delivery", "b"),), connection="1"))
    tie = ties.tie(call(f"/v1/pages/{PAGE}", 2.1, connection="1"))
    assert (tie.delivery, tie.others, tie.confidence) == ("b", ("a",), 0.5)


def two_in_hand(*, shared: bool) -> Ties:
    """The processes 7 and 8 have one delivery each in hand, or 7 has both."""
    ties = Ties()
    begun(ties, "a", PAGE, 1.0)
    begun(ties, "b", OTHER, 1.0)
    for name, process in (("a", 7), ("b", 7 if shared else 8)):
        assert (
            ties.tie(call("/v1/users/me", 1.5, headers=(("Hookscope-Delivery", name),), process=process)).delivery
            == name
        )
    assert ties.are_many_in_hand(2.0)
    return ties


def test_the_process_tells_the_deliveries_of_a_forking_server_apart() -> None:
    ties = two_in_hand(shared=False)
    tie = ties.tie(call("/v1/users", 2.0, process=8))
    assert (tie.delivery, tie.others, tie.confidence) == ("b", ("a",), 0.6)
    assert "process" in tie.why
    assert ties.tie(call("/v1/users", 2.1)).confidence == 0.5, "nothing is known of the process"


def test_a_process_with_several_deliveries_in_hand_tells_nothing() -> None:
    tie = two_in_hand(shared=True).tie(call("/v1/users", 2.0, process=7))
    assert (tie.confidence, tie.why) == (0.5, "several were in hand, and nothing tells them apart")


def test_what_was_tied_long_ago_is_forgotten() -> None:
    ties = Ties()
    for number in range(2100):
        begun(ties, f"d{number}", str(uuid.UUID(int=number)), float(number))
        ties.end(f"d{number}", number + 0.5)
    assert len(ties._works) < 1000
    assert ties.tie(call(f"/v1/pages/{uuid.UUID(int=1)}", 2101.0)).delivery != "d1"


def test_twenty_at_once_with_work_after_the_answer() -> None:
    """Three calls each, by the id in the path, in the body, and by what the first answer brought;
    in any order of the deliveries."""
    chance = random.Random(7)
    right = asked = 0
    for _ in range(20):
        ties = Ties()
        pages = {f"d{number}": str(uuid.UUID(int=chance.getrandbits(128))) for number in range(20)}
        blocks = {name: str(uuid.UUID(int=chance.getrandbits(128))) for name in pages}
        for name, page in pages.items():
            begun(ties, name, page, 1.0)
        for name in pages:
            ties.end(name, 1.5)
        steps = [(name, step) for step in range(3) for name in chance.sample(sorted(pages), 20)]
        for at, (name, step) in enumerate(steps):
            target, body = {
                0: (f"/v1/blocks/{pages[name].replace('-', '')}/children", b""),
                1: ("/v1/comments", json.dumps({"parent": {"page_id": pages[name]}}).encode()),
                2: (f"/v1/blocks/{blocks[name]}", b""),
            }[step]
            answer = json.dumps({"results": [{"id": blocks[name]}]}).encode() if step == 0 else b"{}"
            tie = ties.tie(call(target, 2.0 + at / 100, body=body, answer=answer, connection=str(at % 5)))
            asked += 1
            right += tie.delivery == name
    assert right / asked >= 0.99


def test_a_delivery_that_is_handed_over_again_is_in_hand_until_its_last_run_ends() -> None:
    ties = Ties()
    begun(ties, "d", PAGE, 1.0)
    begun(ties, "d", PAGE, 2.0)
    begun(ties, "e", OTHER, 2.5)
    ties.end("d", 3.0)
    assert ties.are_many_in_hand(4.0)
    ties.end("d", 5.0)
    assert not ties.are_many_in_hand(6.0)
    begun(ties, "d", PAGE, 7.0)
    assert ties.are_many_in_hand(7.5)
    assert not ties.are_many_in_hand(6.0)


def test_the_bots_of_a_delivery_are_those_of_its_body() -> None:
    ties = Ties()
    listed = b'{"accessible_by":[{"id":"153104cd477e809d8dc4ff2d96ae3090","type":"bot"}]}'
    ties.begin("d", (), "/hook", listed, 1.0)
    assert ties.bots("d") == {"153104cd477e809d8dc4ff2d96ae3090"}
    assert ties.bots("unknown") == frozenset()


def test_a_call_on_the_connection_of_the_one_before_belongs_with_it() -> None:
    ties = Ties()
    begun(ties, "d", PAGE, 1.0)
    begun(ties, "e", OTHER, 1.0)
    assert ties.tie(call(f"/v1/pages/{PAGE}", 2.0, connection="c")).delivery == "d"
    next_one = ties.tie(call("/v1/users", 3.0, connection="c"))
    assert (next_one.delivery, next_one.others) == ("d", ("e",))
    assert "same connection" in next_one.why


def test_only_the_last_connections_are_remembered() -> None:
    ties = Ties()
    begun(ties, "d", PAGE, 1.0)
    begun(ties, "e", OTHER, 1.0)
    for number in range(CONNECTIONS + 1):
        ties.tie(call(f"/v1/pages/{PAGE}", 2.0, connection=f"c{number}"))
    assert "same connection" not in ties.tie(call("/v1/users", 3.0, connection="c0")).why
    assert "same connection" in ties.tie(call("/v1/users", 3.0, connection=f"c{CONNECTIONS}")).why
