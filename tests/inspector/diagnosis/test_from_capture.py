from __future__ import annotations

import hashlib
import hmac

from factories import make_delivery
from hookscope.diagnosis.from_capture import case_of, policy_of
from hookscope.model.capture import Capture
from hookscope.model.secret import Secret
from hookscope.providers.registry import load_providers

BODY = b'{"id":"e1","type":"page.created","subscription_id":"s","entity":{"id":"p","type":"page"},"attempt_number":1}'
TOKEN = "secret_tMrlL1qK5vuQAh1b6cZGhFChZTSYJlce98V0pYn7yBl"


def capture() -> Capture:
    digest = hmac.new(TOKEN.encode(), BODY, hashlib.sha256).hexdigest()
    headers = (("Content-Type", "application/json"), ("X-Notion-Signature", f"sha256={digest}"))
    return Capture(delivery=make_delivery(body=BODY, headers=headers), provider="notion")


def test_a_capture_without_attempts_is_a_case_without_one() -> None:
    case = case_of(capture(), load_providers())
    assert (case.attempt, case.sender, case.verdict) == (None, "notion", None)


def test_a_secret_at_hand_gives_a_verdict() -> None:
    good, bad = (
        case_of(capture(), load_providers(), [Secret("", "given", value)]).verdict for value in (TOKEN, "other")
    )
    assert (good and good.state, bad and bad.state) == ("verified", "rejected")


def test_the_providers_patience_is_known() -> None:
    providers = load_providers()
    slack, notion = providers.get("slack"), providers.get("notion")
    assert slack is not None
    assert notion is not None
    assert (policy_of(slack).limit_ms, policy_of(notion).max_attempts) == (3000, 8)
