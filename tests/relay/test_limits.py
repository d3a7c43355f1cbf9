"""Limits as tables: what is let in, when, and what a refusal says."""

from __future__ import annotations

import pytest

from hookscope_relay.limits import KEYS, Buckets, Gate, Refusal, Room, address_group, body_patience_s
from hookscope_relay.settings import PUBLIC_RATES, Limits, Rates

A, B = "203.0.113.1", "203.0.113.2"

BUCKETS = {
    "a burst, then nothing": (2.0, 3, [0, 0, 0, 0], [0, 0, 0, 0.5]),
    "one comes back each half second": (2.0, 1, [0, 0.25, 0.5, 1.0], [0, 0.25, 0, 0]),
    "who is refused loses nothing": (1.0, 1, [0, 0.5, 0.9, 1.0], [0, 0.5, 0.1, 0]),
    "a pause fills it to the burst and no further": (1.0, 2, [0, 0, 100, 100, 100], [0, 0, 0, 0, 1]),
    "a burst under one is one": (4.0, 0, [0, 0], [0, 0.25]),
    "no limit": (0.0, 0, [0] * 5, [0] * 5),
}


@pytest.mark.parametrize(("per_s", "burst", "instants", "waits"), BUCKETS.values(), ids=BUCKETS)
def test_a_bucket_gives_so_many_a_second(per_s, burst, instants, waits):
    buckets = Buckets(per_s, burst)
    assert [buckets.wait(A, 50.0 + at) for at in instants] == pytest.approx(waits)


def test_each_key_has_a_bucket_of_its_own():
    buckets = Buckets(1.0, 1)
    assert (buckets.wait(A, 0), buckets.wait(B, 0), buckets.wait(A, 0)) == (0, 0, 1)


def test_full_buckets_are_forgotten():
    buckets = Buckets(1.0, 1)
    for number in range(1000):
        buckets.wait(str(number), float(number * 2))
    assert len(buckets) <= 2


def test_of_endless_keys_the_longest_unused_are_forgotten():
    buckets = Buckets(0.001, 1)
    for number in range(KEYS + 500):
        buckets.wait(str(number), 0.0)
    assert len(buckets) == KEYS
    assert buckets.wait(str(KEYS + 499), 0.0) > 0


ROOMS = {
    "within both": (2, 3, [(A, 1), (A, 1), (B, 1)], ["", "", ""]),
    "one has its share": (2, 9, [(A, 2), (A, 1), (B, 1)], ["", "each", ""]),
    "all is taken": (2, 3, [(A, 2), (B, 1), (B, 1)], ["", "", "total"]),
    "too much at once": (0, 3, [(A, 4), (A, 3)], ["total", ""]),
    "no limits": (0, 0, [(A, 10**9)], [""]),
}


@pytest.mark.parametrize(("each", "total", "takes", "lacking"), ROOMS.values(), ids=ROOMS)
def test_a_room_holds_so_much(each, total, takes, lacking):
    room = Room(each, total)
    assert [room.take(key, amount) for key, amount in takes] == lacking


def test_what_is_given_back_can_be_taken_again():
    room = Room(1, 1)
    assert (room.take(A), room.take(A), room.taken) == ("", "each", 1)
    room.give(A)
    assert (room.take(B), room.taken) == ("", 1)


GROUPS = {
    "203.0.113.1": "203.0.113.1",
    "2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64",
    "2001:db8:1:2:ffff::": "2001:db8:1:2::/64",
    "2001:db8:1:3::1": "2001:db8:1:3::/64",
    "fe80::1%eth0": "fe80::/64",
    "::ffff:203.0.113.1": "203.0.113.1",
    "": "",
    "un:known": "un:known",
}


@pytest.mark.parametrize(("address", "group"), GROUPS.items(), ids=GROUPS)
def test_an_ipv6_network_of_64_bits_is_one_sender(address, group):
    assert address_group(address) == group


PATIENCE = {
    "nothing yet": (0, Limits(body_s=30, slack_s=5, min_rate=1000), 5),
    "as it comes": (10_000, Limits(body_s=30, slack_s=5, min_rate=1000), 15),
    "never beyond the whole": (10**9, Limits(body_s=30, slack_s=5, min_rate=1000), 30),
    "no least rate": (0, Limits(body_s=30, min_rate=0), 30),
}


@pytest.mark.parametrize(("received", "limits", "seconds"), PATIENCE.values(), ids=PATIENCE)
def test_a_body_has_time_as_long_as_it_comes(received, limits, seconds):
    assert body_patience_s(received, limits) == seconds


def refused(call, *arguments) -> Refusal:
    with pytest.raises(Refusal) as caught:
        call(*arguments)
    return caught.value


def spend(call, times, *arguments) -> Refusal:
    for _ in range(times):
        call(*arguments)
    return refused(call, *arguments)


def gate(**changes) -> Gate:
    return Gate(Limits(**changes), PUBLIC_RATES)


REFUSALS = {
    "an address": (lambda: spend(gate().admit_address, 400, A, 0.0), "rate-limited", "address-rate", "1"),
    "an endpoint": (lambda: spend(gate().admit_endpoint, 200, "e", 0.0), "rate-limited", "endpoint-rate", "1"),
    "upgrades": (lambda: spend(gate().admit_upgrade, 10, A, 0.0), "rate-limited", "upgrade-rate", "1"),
    "new endpoints": (
        lambda: spend(gate().admit_endpoint_opening, 20, A, 0.0, 5),
        "rate-limited",
        "new-endpoints",
        "180",
    ),
    "all endpoints": (
        lambda: refused(gate(endpoints=5).admit_endpoint_opening, A, 0.0, 5),
        "relay-busy",
        "max-endpoints",
        "3600",
    ),
    "sessions": (lambda: refused(gate(sessions=2).admit_session, 2), "relay-busy", "max-sessions", "5"),
    "an endpoint's deliveries": (
        lambda: spend(gate(endpoint_deliveries=2).hold, 2, "e"),
        "relay-busy",
        "max-deliveries-endpoint",
        "5",
    ),
    "all deliveries": (lambda: spend(gate(deliveries=2).hold, 2, "e"), "relay-busy", "max-deliveries", "5"),
    "an endpoint's bytes": (
        lambda: refused(gate(endpoint_bytes=9).hold("e").take_bytes, 10),
        "relay-busy",
        "max-in-flight-endpoint",
        "5",
    ),
    "all bytes": (lambda: refused(gate(bytes=9).hold("e").check_bytes, 10), "relay-busy", "max-in-flight", "5"),
}


@pytest.mark.parametrize(("refuse", "problem", "limit", "seconds"), REFUSALS.values(), ids=REFUSALS)
def test_a_refusal_names_its_problem_its_setting_and_when_to_come_back(refuse, problem, limit, seconds):
    refusal = refuse()
    assert (refusal.problem, refusal.limit, refusal.headers) == (problem, limit, (("Retry-After", seconds),))


def test_without_rates_nothing_is_limited_in_time():
    free = Gate(Limits(), Rates())
    for _ in range(10_000):
        free.admit_address(A, 0.0)
        free.admit_endpoint("e", 0.0)
        free.admit_upgrade(A, 0.0)


@pytest.mark.parametrize("admit", ["admit_address", "admit_upgrade"])
def test_a_gate_that_drains_lets_nothing_new_in(admit):
    closing = gate()
    closing.draining = True
    assert refused(getattr(closing, admit), A, 0.0).problem == "relay-busy"


def test_leaving_a_hold_gives_everything_back():
    one = gate(endpoint_deliveries=1, endpoint_bytes=10)
    for _ in range(3):
        with one.hold("e") as hold:
            hold.take_bytes(6)
            hold.take_bytes(4)
            assert (one.deliveries.taken, one.bytes.taken) == (1, 10)
    assert (one.deliveries.taken, one.bytes.taken) == (0, 0)


def test_bytes_that_are_kept_make_room_before_the_delivery_ends():
    one = gate(endpoint_bytes=10)
    with one.hold("e") as hold:
        hold.take_bytes(10)
        hold.release_bytes()
        one.hold("e").take_bytes(10)
    assert one.bytes.taken == 10


def test_a_refused_body_says_how_much_had_come():
    with gate(endpoint_bytes=10).hold("e") as hold:
        hold.take_bytes(8)
        assert refused(hold.take_bytes, 3).size == 11


def test_a_refusal_that_no_waiting_helps_says_no_time():
    assert Refusal("malformed").headers == ()


def test_a_refusal_names_the_limit_that_was_met():
    assert Refusal("relay-busy", limit="max-sessions").members == {"limit": "max-sessions"}
    assert Refusal("malformed").members == {}
