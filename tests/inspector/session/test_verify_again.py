from __future__ import annotations

import hashlib
import hmac
from dataclasses import replace
from pathlib import Path

import pytest

from held import delivery
from hookscope.attempts.explain import Question
from hookscope.attempts.explain_captures import explainer_over
from hookscope.model.secret import Secret
from hookscope.providers.registry import load_providers
from hookscope.session.verify_again import Verified, verify_again
from hookscope.store.captures import CaptureStore
from hookscope_relay.delivery import Delivery

KEY = b"given later"


def signed(index: int, key: bytes) -> Delivery:
    body = b'{"zen":"x"}'
    digest = hmac.new(key, body, hashlib.sha256).hexdigest()
    headers = (("X-GitHub-Event", "push"), ("X-Hub-Signature-256", f"sha256={digest}"))
    return replace(delivery(index), body=body, headers=headers)


@pytest.mark.parametrize(
    ("provider", "came"), [("github", Verified(looked_at=2, verified=1)), ("stripe", Verified()), ("", Verified())]
)
async def test_what_came_without_the_secret_is_looked_at_with_it(tmp_path: Path, provider: str, came: Verified) -> None:
    store = CaptureStore.open(tmp_path / "captures.db")
    providers = load_providers()
    with explainer_over(store, providers, ()) as explainer:
        for index, key in enumerate((KEY, b"another"), 1):
            one = signed(index, key)
            recognition = explainer.recognise(one)
            await store.keep(one, origin="live", recognition=recognition)
            said = await explainer.explain(Question(delivery=one, number=index, recognition=recognition))
            await store.keep_findings(one.id, 0, said.verdict, said.findings)
        explainer.secrets = (Secret("github", "default", KEY),)
        assert await verify_again(store, explainer, provider) == came
        assert [row.verdict for row in store.summaries()].count("verified") == came.verified
    store.close()
