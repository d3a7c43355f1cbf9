from __future__ import annotations

from pathlib import Path

import pytest

from factories import NOW, make_delivery
from hookscope.attempts.explain import Question
from hookscope.attempts.explain_captures import configured_explainer, explainer_over
from hookscope.commands.replay import COMMAND
from hookscope.config.settings import Settings, resolve
from hookscope.model.secret import Secret
from hookscope.model.verdict import Recognition
from hookscope.providers.registry import load_providers
from hookscope.signatures.sign import sign
from hookscope.store.captures import CaptureStore
from hookscope_relay.errors import InputError

NOTION = load_providers().demand("notion")
SECRET = Secret("notion", "default", "secret_abc")


def settings_of(tmp_path: Path, **given: object) -> Settings:
    environ = {"HOOKSCOPE_HOME": str(tmp_path), "HOOKSCOPE_SECRET_NOTION": "secret_abc"}
    return resolve(COMMAND.options, given, environ, "replay", tmp_path)


async def test_an_event_that_the_store_holds_already_is_a_duplicate(tmp_path: Path) -> None:
    store = CaptureStore.open(tmp_path / "captures.db")
    recognition = Recognition(provider="notion", event_id="e1")
    first, second = make_delivery(), make_delivery(received_at=NOW + 5)
    await store.keep(first, origin="live", recognition=recognition)
    with explainer_over(store, load_providers(), ()) as explainer:
        explained = await explainer.explain(Question(delivery=second, number=2, recognition=recognition))
    assert any(finding.code.startswith("duplicates.") for finding in explained.findings)
    store.close()


async def test_secrets_and_the_pinned_provider_come_from_the_settings(tmp_path: Path) -> None:
    assert NOTION is not None
    store = CaptureStore.open(tmp_path / "captures.db")
    signed = sign(make_delivery(), NOTION, SECRET, NOW)
    with configured_explainer(settings_of(tmp_path, provider="notion"), store) as explainer:
        explained = await explainer.explain(
            Question(delivery=signed, number=1, recognition=explainer.recognise(signed))
        )
    assert explained.verdict is not None
    assert explained.verdict.state == "verified"
    store.close()


def test_a_provider_that_there_is_not_is_told(tmp_path: Path) -> None:
    store = CaptureStore.open(tmp_path / "captures.db")
    with (
        pytest.raises(InputError, match="there is no provider 'nobody'"),
        configured_explainer(settings_of(tmp_path, provider="nobody"), store),
    ):
        pass
    store.close()
