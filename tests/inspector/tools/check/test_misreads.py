"""What faulty handlers sign: each kind is there for a delivery that can have it,
and none equals what the sender signs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from checking_bench import make_kit
from factories import make_delivery
from hookscope.tools.check.misreads import misreads, with_body
from hookscope.tools.check.rewrites import rewritten

JSON = (("Content-Type", "application/json"),)
FORM = (("Content-Type", "application/x-www-form-urlencoded"),)
CASES: tuple[Any, ...] = (
    ("notion", JSON, '{"a": "é"}'.encode(), {"re-serialised", "empty-body", "charset", "base64", "framed"}),
    ("notion", JSON, b"not json \n", {"empty-body", "base64", "trimmed", "framed"}),
    ("notion", JSON, b"x" * 1025, {"empty-body", "base64", "framed", "cut"}),
    ("slack", FORM, b"command=%2Fmenu&text=a", {"empty-body", "base64", "timestamp", "case", "framed"}),
    ("slack", FORM, b"text=a+b%2a", {"empty-body", "base64", "timestamp", "framed", "form"}),
    ("mailgun", JSON, b'{"a":1}', set()),
    ("twilio", FORM, b"Body=hi", {"url"}),
    ("square", JSON, b'{"a": "b"}', {"re-serialised", "empty-body", "base64", "url", "framed"}),
)


@pytest.mark.parametrize(("name", "headers", "body", "kinds"), CASES)
def test_the_misreadings_fit_the_delivery(name, headers, body, kinds):
    scheme = make_kit(name).scheme
    found = list(misreads(make_delivery(headers=headers, body=body), scheme))
    assert {misread.kind for misread in found} == kinds
    assert all(misread.body != body or misread.scheme not in (None, scheme) or misread.url for misread in found)
    assert len({(misread.body, misread.scheme, misread.url) for misread in found}) == len(found)


def test_urls_are_varied_as_proxies_change_them():
    event = make_delivery(headers=FORM, body=b"Body=hi", url="https://relay.example/k3v7qpm2xdw4hn6ytz5c/sms?a=1")
    urls = {misread.url for misread in misreads(event, make_kit("twilio").scheme)}
    assert {
        "http://relay.example/k3v7qpm2xdw4hn6ytz5c/sms?a=1",
        "https://relay.example/sms?a=1",
        "https://relay.example/k3v7qpm2xdw4hn6ytz5c/sms",
        "https://relay.example:443/k3v7qpm2xdw4hn6ytz5c/sms?a=1",
    } <= urls
    assert len(urls) <= 10


def test_the_signature_is_of_the_misread_url_and_the_url_stays():
    kit = make_kit("twilio")
    event = kit.event()
    misread = next(one for one in misreads(event, kit.scheme) if one.url)
    sent = kit.signed_as(event, misread)
    assert (sent.url, sent.body) == (event.url, event.body)
    assert sent.headers == kit.signed(replace(event, url=misread.url)).headers != kit.signed(event).headers


def test_the_signature_is_of_the_misread_body_and_the_body_stays():
    kit = make_kit("github")
    event = kit.event()
    misread = next(one for one in misreads(event, kit.scheme) if one.kind == "re-serialised")
    sent = kit.signed_as(event, misread)
    assert sent.body == event.body
    assert sent == with_body(kit.signed(make_delivery_with(event, misread.body)), event)
    assert misread.body == rewritten(event.body, misread.how.partition("(")[2].rstrip(")"))


def make_delivery_with(event, body):
    return replace(event, body=body)
