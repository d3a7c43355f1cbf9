from __future__ import annotations

from hookscope.tools.samples.sample import Sample


def test_the_event_type_is_the_event_unless_it_says_otherwise():
    plain = Sample(provider="p", event="page.created", basis="fields")
    assert plain.event_type == "page.created"
    assert Sample(provider="p", event="slash_command", says="/menu", basis="fields").event_type == "/menu"
    assert Sample(provider="p", event="handshake", says="", basis="fields").event_type == ""


def test_a_sample_that_brings_the_secret_is_known_by_its_body():
    body = {"verification_token": "${secret}"}
    assert Sample(provider="p", event="e", basis="fields", body=body).brings_secret
    assert not Sample(provider="p", event="e", basis="fields", body={"a": "secret"}).brings_secret
