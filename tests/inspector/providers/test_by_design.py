from __future__ import annotations

import pytest

from factories import make_delivery
from hookscope.providers.by_design import design_of
from hookscope.providers.facts import Facts
from hookscope.providers.recognition import recognise
from hookscope.providers.registry import load_providers

PROVIDERS = load_providers()
FORM = (("Content-Type", "application/x-www-form-urlencoded"),)
EMPTY = b'{"events":[],"firstEventSequence":0,"lastEventSequence":0,"entropy":"A"}'

# Who, what comes, the verdict, and the status that the provider wants back (0: it is no design).
CASES = (
    ("meta", {"method": "GET", "target": "/?hub.mode=subscribe&hub.challenge=1", "headers": (), "body": b""}, "unsigned", 200),
    ("slack", {"headers": FORM, "body": b"ssl_check=1&token=x"}, "unsigned", 200),
    ("slack", {"method": "GET", "target": "/?ssl_check=1&token=x", "headers": (), "body": b""}, "unsigned", 200),
    ("slack", {"headers": FORM, "body": b"command=%2Fx"}, "unsigned", 0),
    ("mollie", {"headers": FORM, "body": b"id=tr_WDqYK6vllg"}, "unsigned", 200),
    ("mollie", {"headers": FORM, "body": b"id=tr_WDqYK6vllg&other=1"}, "unsigned", 0),
    ("xero", {"headers": (("x-xero-signature", "AA=="),), "body": EMPTY}, "rejected", 401),
    ("xero", {"headers": (("x-xero-signature", "AA=="),), "body": b'{"events":[{"a":1}]}'}, "rejected", 0),
    ("discord", {"headers": (("X-Signature-Ed25519", "00"),), "body": b'{"type":1}'}, "rejected", 401),
    ("discord", {"headers": (("X-Signature-Ed25519", "00"),), "body": b'{"type":2}'}, "rejected", 0),
    ("xero", {"headers": (("x-xero-signature", "AA=="),), "body": EMPTY}, "verified", 0),
    ("event-grid", {"method": "OPTIONS", "headers": (("WebHook-Request-Origin", "eventgrid.azure.net"),), "body": b""}, "unsigned", 200),
)  # fmt: skip


@pytest.mark.parametrize(("name", "parts", "state", "wants"), CASES)
def test_what_is_so_on_purpose_is_known_with_the_answer_it_wants(name, parts, state, wants):
    found = design_of(PROVIDERS.demand(name), Facts(make_delivery(**parts)), state)
    assert (found.wants if found else 0) == wants


@pytest.mark.parametrize("row", [1, 2, 4], ids=["slack form", "slack query", "mollie"])
def test_what_carries_no_signature_is_recognised_all_the_same(row):
    name, parts, _, _ = CASES[row]
    assert recognise(make_delivery(**parts), PROVIDERS).provider == name


@pytest.mark.parametrize(
    ("status", "wants", "met"), [(204, 200, True), (401, 200, False), (401, 401, True), (403, 401, False)]
)
def test_any_success_will_do_where_success_is_wanted(status, wants, met):
    design = next(
        found
        for name, parts, state, _ in CASES
        if (found := design_of(PROVIDERS.demand(name), Facts(make_delivery(**parts)), state)) and found.wants == wants
    )
    assert design.is_met_by(status) is met
