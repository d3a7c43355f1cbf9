from __future__ import annotations

import socket
from collections.abc import Sequence

import pytest

from hookscope.forward.addresses import Address, Lookup, find_addresses, is_loopback, system_lookup
from hookscope.forward.error import ForwardError
from hookscope.model.handler import parse_handler


def gives(*found: str) -> Lookup:
    async def lookup(host: str) -> Sequence[str]:
        return found

    return lookup


def fails(error: Exception) -> Lookup:
    async def lookup(host: str) -> Sequence[str]:
        raise error

    return lookup


@pytest.mark.parametrize(
    ("typed", "found", "addresses"),
    [
        ("3000", (), ["127.0.0.1:3000", "[::1]:3000"]),
        ("LOCALHOST:3000", (), ["127.0.0.1:3000", "[::1]:3000"]),
        ("http://localhost.:3000", (), ["127.0.0.1:3000", "[::1]:3000"]),
        ("app.localhost:3000", (), ["127.0.0.1:3000", "[::1]:3000"]),
        ("app.test:3000", ("127.0.0.1",), ["127.0.0.1:3000"]),
        ("app.test:3000", ("192.0.2.1", "127.0.0.5", "::1"), ["127.0.0.5:3000", "[::1]:3000"]),
        ("0.0.0.0:3000", ("0.0.0.0",), ["127.0.0.1:3000"]),
        ("[::]:3000", ("::",), ["[::1]:3000"]),
    ],
)
async def test_this_machine_s_addresses_are_tried_in_order(
    typed: str, found: tuple[str, ...], addresses: list[str]
) -> None:
    assert [str(address) for address in await find_addresses(parse_handler(typed), False, gives(*found))] == addresses


@pytest.mark.parametrize("typed", ["192.0.2.1:80", "127.0.0.1:80", "[::1]:80"])
async def test_an_address_is_its_own_lookup(typed: str) -> None:
    (address,) = await find_addresses(parse_handler(typed), True)
    assert str(address) == typed


async def test_another_machine_is_refused_by_its_address_not_by_its_name() -> None:
    with pytest.raises(ForwardError) as caught:
        await find_addresses(parse_handler("app.test:3000"), False, gives("192.0.2.1", "2001:db8::1"))
    assert caught.value.failure.kind == "refused"
    assert caught.value.failure.detail == (
        "the handler app.test (192.0.2.1, 2001:db8::1) is not on this machine; allow that with --allow-remote"
    )


async def test_another_machine_can_be_allowed() -> None:
    (address,) = await find_addresses(parse_handler("app.test:3000"), True, gives("192.0.2.1"))
    assert address == Address("192.0.2.1", 3000)


@pytest.mark.parametrize(
    ("lookup", "says"),
    [
        (fails(socket.gaierror(-2, "Name or service not known")), "has no address (name or service not known)"),
        (fails(UnicodeError("label too long")), "is not a valid one"),
        (gives(), "has no address"),
    ],
)
async def test_a_name_without_an_address_is_a_dns_failure(lookup: Lookup, says: str) -> None:
    with pytest.raises(ForwardError) as caught:
        await find_addresses(parse_handler("nowhere.example:3000"), False, lookup)
    assert caught.value.failure.kind == "dns"
    assert says in caught.value.failure.detail


@pytest.mark.parametrize("host", ["a" * 64 + ".test", "a..b"])
async def test_a_name_that_cannot_be_one_is_a_dns_failure_of_the_real_resolver(host: str) -> None:
    with pytest.raises(ForwardError) as caught:
        await find_addresses(parse_handler(f"{host}:3000"), False, system_lookup)
    assert caught.value.failure.kind == "dns"


@pytest.mark.parametrize(
    ("ip", "expected"),
    [
        ("127.0.0.1", True),
        ("127.255.0.1", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("::ffff:192.0.2.1", False),
        ("10.0.0.1", False),
        ("192.168.0.1", False),
        ("169.254.169.254", False),
        ("0.0.0.0", False),
        ("fe80::1%eth0", False),
    ],
)
def test_only_this_machine_is_loopback(ip: str, expected: bool) -> None:
    assert is_loopback(ip) is expected


async def test_a_virtual_host_below_test_needs_no_hosts_entry() -> None:
    unknown = fails(OSError(-2, "Name or service not known"))
    assert [str(one) for one in await find_addresses(parse_handler("shop.test:3000"), False, unknown)] == [
        "127.0.0.1:3000",
        "[::1]:3000",
    ]
    with pytest.raises(ForwardError):
        await find_addresses(parse_handler("shop.example:3000"), False, unknown)
