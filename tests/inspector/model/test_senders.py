from __future__ import annotations

import pytest

from hookscope.model.senders import is_among, parse_senders
from hookscope_relay.errors import InputError


@pytest.mark.parametrize(
    ("remote", "networks", "among"),
    [
        ("203.0.113.7", ["203.0.113.0/24"], True),
        ("203.0.113.7:5000", ["203.0.113.7"], True),
        ("[2001:db8::1]:5000", ["2001:db8::/32"], True),
        ("2001:db8::1", ["2001:db8::/32"], True),
        ("::ffff:203.0.113.7", ["203.0.113.0/24"], True),
        ("198.51.100.1", ["203.0.113.0/24", "2001:db8::/32"], False),
        ("", ["0.0.0.0/0"], False),
        ("unix:", ["0.0.0.0/0", "::/0"], False),
    ],
)
def test_a_sender_is_among_the_networks_or_not(remote: str, networks: list[str], among: bool) -> None:
    assert is_among(remote, parse_senders(networks)) is among


def test_what_is_no_network_is_named() -> None:
    with pytest.raises(InputError, match="'notion' is not an address or network of a sender"):
        parse_senders(["203.0.113.7", "notion"])
