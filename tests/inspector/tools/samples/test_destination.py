from __future__ import annotations

import pytest

from factories import make_ring
from hookscope.config.endpoint_keys import write
from hookscope.tools.samples.destination import find_destination
from hookscope_relay.errors import InputError

RELAY = "https://relay.example"


@pytest.fixture
def keys(tmp_path):
    write(tmp_path, "default", make_ring(1))
    return tmp_path


ID = make_ring(1).current.id
OTHER = make_ring(2).current.id


@pytest.mark.parametrize(
    ("to", "relay", "url", "is_endpoint", "is_own_relay"),
    [
        ("3000", "", "http://localhost:3000/", False, False),
        ("3000/hooks", RELAY, "http://localhost:3000/hooks", False, False),
        (f"{RELAY}/{ID}/hooks", RELAY, f"{RELAY}/{ID}/hooks", True, True),
        (f"{RELAY}/{ID}", "", f"{RELAY}/{ID}", True, False),
        (f"https://{ID}.relay.example/x", RELAY, f"https://{ID}.relay.example/x", True, True),
        (f"https://elsewhere.example/{ID}", RELAY, f"https://elsewhere.example/{ID}", True, False),
        (f"http://relay.example/{ID}", RELAY, f"http://relay.example/{ID}", True, False),
        (f"{RELAY}/{OTHER}", RELAY, f"{RELAY}/{OTHER}", False, False),
        ("", RELAY, f"{RELAY}/{ID}", True, True),
        ("", "relay.example", f"{RELAY}/{ID}", True, True),
    ],
)
def test_a_destination_is_a_handler_or_an_endpoint_of_ours(keys, to, relay, url, is_endpoint, is_own_relay):
    found = find_destination(to, relay, "default", keys)
    assert (found.url, found.is_endpoint, found.is_own_relay) == (url, is_endpoint, is_own_relay)


@pytest.mark.parametrize(
    ("to", "relay", "endpoint", "words"),
    [
        ("", "", "default", "nothing says where to send; name the handler with --to"),
        ("", RELAY, "other", "there is no endpoint 'other'"),
        ("http://[", RELAY, "default", "the handler"),
    ],
)
def test_what_leads_nowhere_is_refused(keys, to, relay, endpoint, words):
    with pytest.raises(InputError, match=words):
        find_destination(to, relay, endpoint, keys)
