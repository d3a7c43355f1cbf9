from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from hookscope.model.secret import Secret
from hookscope.providers.registry import load_providers
from hookscope.pytest_plugin.form import RequestForm
from hookscope.pytest_plugin.prepare import prepare, rooted
from hookscope.pytest_plugin.signer import Signer
from plugin_projects.making import SECRET, make_capture

NOW = 1_795_000_000.0
FORM = RequestForm(delivery=make_capture().delivery)


def signer(provider: str = "notion", *secrets: str) -> Signer:
    providers = load_providers()
    given = tuple(Secret(provider, "given", secret) for secret in secrets)
    return Signer(provider=providers.get(provider), providers=providers, secrets=given, params={})


@pytest.mark.parametrize(
    ("form", "made_by", "note"),
    [
        (FORM, signer("notion", SECRET), f"signed with the secret {Secret('', '', SECRET).fingerprint}"),
        (FORM, signer("notion"), "with the recorded signature: no secret of Notion was given"),
        (replace(FORM, resign=False), signer("notion", SECRET), "with the recorded signature, as asked"),
        (replace(FORM, is_unsigned=True), signer("notion", SECRET), "without a signature"),
        (FORM, signer("nobody"), "as it was recorded: its provider is not known"),
        (FORM, signer("make"), "as it was recorded: Make signs nothing"),
        (FORM, signer("discord"), "signed with a ed25519 test key: the application must trust delivery.public_key"),
    ],
)
def test_how_it_was_signed_is_said(form: RequestForm, made_by: Signer, note: str) -> None:
    prepared = prepare(form, made_by, NOW)
    assert prepared.note == note
    assert prepared.is_fresh == note.startswith("signed")


@pytest.mark.parametrize(
    ("changes", "path", "base", "target", "url"),
    [
        ({}, None, "", "/webhooks/notion", "https://sender.example/x"),
        ({}, None, "http://testserver", "/webhooks/notion", "http://testserver/webhooks/notion"),
        ({}, "/a?b=1", "http://testserver", "/a?b=1", "http://testserver/a?b=1"),
        ({"path": "/c"}, None, "", "/c", ""),
        ({"path": "/c"}, "/a", "http://t", "/a", "http://t/a"),
        ({"url": "https://me.example/"}, "/a", "http://t", "/a", "https://me.example/"),
    ],
)
def test_target_and_url_follow_the_client_unless_the_test_says_otherwise(
    changes: dict[str, Any], path: str | None, base: str, target: str, url: str
) -> None:
    form = replace(FORM, delivery=replace(FORM.delivery, url="https://sender.example/x"), **changes)
    prepared = prepare(form, signer(), NOW, path, base)
    assert (prepared.delivery.target, prepared.delivery.url) == (target, url)


def test_it_is_judged_by_the_time_of_the_test() -> None:
    assert prepare(FORM, signer(), NOW).delivery.received_at == NOW


@pytest.mark.parametrize(("target", "expected"), [("/a", "/a"), ("", "/"), ("?x", "/?x"), ("//a", "//a")])
def test_a_target_begins_with_a_slash(target: str, expected: str) -> None:
    assert rooted(target) == expected


@pytest.mark.parametrize("how", ["is_unsigned", "is_stale"])
def test_a_tampered_one_may_be_something_else_besides(how: str) -> None:
    stripe = make_capture("stripe").delivery
    form = RequestForm(delivery=stripe, is_tampered=True, **{how: True})
    assert prepare(form, signer("stripe", "whsec_x"), NOW).delivery.body != stripe.body
