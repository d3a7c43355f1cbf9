"""Checks of the signature, for every provider that signs, against handlers in memory."""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable

import pytest

from checking_bench import correct, drive, hang_up, make_kit, say
from factories import NOW
from hookscope.providers.registry import load_providers
from hookscope.signatures.verification import verify
from hookscope.tools.check.table import BY_NAME, proceed
from hookscope_relay.delivery import header

SIGNING = [provider.name for provider in load_providers() if any(not scheme.explicit for scheme in provider.schemes)]
CHECKS = [
    name
    for name, check in BY_NAME.items()
    if check.group == "signature" or name in ("same-event-twice", "burst", "speed", "valid")
]
KEY = b"secret_of_notion"


@pytest.mark.parametrize("provider", SIGNING)
def test_a_handler_that_verifies_rightly_fails_no_check_of_its_provider(provider):
    kit = make_kit(provider)
    for name in CHECKS:
        judgement, _ = drive(proceed(BY_NAME[name], kit), correct(kit))
        # Providers that set no limit for the age of a delivery leave the handler nothing to refuse.
        may_warn = name == "stale" and "names no limit" in " ".join(judgement.evidence)
        assert judgement.state in ("passed", "skipped", *(("warning",) if may_warn else ())), (name, judgement)
        if name in ("valid", "wrong-signature", "missing-signature"):
            assert judgement.state == "passed", (name, judgement)


@pytest.mark.parametrize("provider", SIGNING)
def test_a_handler_that_accepts_anything_is_found_out(provider):
    kit = make_kit(provider)
    for name in ("missing-signature", "wrong-signature"):
        judgement, _ = drive(proceed(BY_NAME[name], kit), lambda _: say(200))
        assert judgement.state == "failed", name


def notion(handler: Callable[..., object]):
    """A handler of Notion's deliveries from a function of the body and the signature header."""

    def handle(delivery):
        return say(200 if handler(delivery.body, header(delivery.headers, "X-Notion-Signature") or "") else 401)

    return handle


def right(body, given):
    return hmac.compare_digest("sha256=" + hmac.digest(KEY, body, "sha256").hex(), given)


# The check, a handler with a fault that it must find, and a word of the evidence.
FAULTS = (
    ("missing-signature", lambda body, given: not given or right(body, given), "without a signature"),
    ("truncated-signature", lambda body, given: given.startswith("sha256=") and ("sha256=" + hmac.digest(KEY, body, "sha256").hex()).startswith(given), "four characters"),
    ("wrong-prefix", lambda body, given: given.rpartition("=")[2] == hmac.digest(KEY, body, "sha256").hex(), "sha512="),
    ("flipped-byte", lambda body, given: bool(given), "one byte changed"),
    ("raw-body", lambda body, given: right(json.dumps(json.loads(body)).encode(), given), "re-serialised twins (spaced, ascii)"),
    ("raw-body", lambda body, given: right(json.dumps(json.loads(body), separators=(",", ":")).encode(), given), "compact, ascii"),
)  # fmt: skip


@pytest.mark.parametrize(("name", "handler", "words"), FAULTS)
def test_a_fault_is_named_with_its_evidence(name, handler, words):
    from hookscope.model.secret import Secret

    kit = make_kit(secret=Secret("notion", "default", KEY))
    judgement, _ = drive(proceed(BY_NAME[name], kit), notion(handler))
    assert judgement.state == "failed"
    assert words in " ".join(judgement.evidence)
    assert judgement.hint


def test_an_old_delivery_that_is_accepted_is_a_fault_where_the_provider_sets_a_limit():
    kit = make_kit("slack")

    def timeless(delivery):
        at = float(header(delivery.headers, "X-Slack-Request-Timestamp") or 0)
        return say(200 if verify(delivery, kit.provider, (kit.secret,), at).state == "verified" else 401)

    judgement, _ = drive(proceed(BY_NAME["stale"], kit), timeless)
    assert (judgement.state, "360 s old" in judgement.evidence[0]) == ("failed", True)
    assert NOW


def test_a_refusal_by_500_or_a_redirect_is_no_refusal():
    for reply in (say(500), say(302), hang_up()):
        judgement, _ = drive(proceed(BY_NAME["missing-signature"], make_kit()), lambda _, reply=reply: reply)
        assert judgement.state == "failed"
        assert "no 4xx" in judgement.evidence[0]


def test_a_forged_delivery_that_is_recorded_spoils_the_genuine_one():
    kit = make_kit()
    good = correct(kit)
    seen: set[str] = set()

    def handle(delivery):
        event = json.loads(delivery.body)["id"]
        if event in seen:
            return say(409)
        seen.add(event)
        return good(delivery)

    judgement, _ = drive(proceed(BY_NAME["wrong-signature"], kit), handle)
    assert judgement.state == "failed"


def test_a_strict_handler_is_not_taken_for_one_that_re_serialises():
    kit = make_kit()
    good = correct(kit)
    judgement, _ = drive(
        proceed(BY_NAME["raw-body"], kit),
        lambda delivery: say(422) if b"hookscope_numbers" in delivery.body else good(delivery),
    )
    assert judgement.state == "warning"


@pytest.mark.parametrize(
    ("provider", "name"),
    [("slack", "X-Slack-Request-Timestamp"), ("svix", "svix-id"), ("plivo", "X-Plivo-Signature-V3-Nonce")],
)
def test_a_handler_that_falls_over_a_missing_header_is_found_out(provider, name):
    kit = make_kit(provider)

    def fragile(delivery):
        return say(500) if header(delivery.headers, name) is None else correct(kit)(delivery)

    judgement, _ = drive(proceed(BY_NAME["missing-header"], kit), fragile)
    assert judgement.state == "failed"
    assert f"a delivery without {name} got HTTP 500" in " ".join(judgement.evidence)
