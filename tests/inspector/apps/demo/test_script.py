from __future__ import annotations

import json

import pytest

from factories import NOW, make_delivery
from hookscope.apps.demo.handler import TOKEN, SampleHandler
from hookscope.apps.demo.script import SCENES, Scene, body_of, signature_of
from hookscope.model.secret import Secret
from hookscope.providers.registry import load_providers
from hookscope.signatures.verification import verify


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.event)
def test_a_scene_is_signed_as_it_says(scene: Scene) -> None:
    body = body_of(scene, 1)
    headers = (
        ("Content-Type", "application/json"),
        ("X-Notion-Signature", signature_of(body, scene.is_signed_right)),
    )
    provider = load_providers().demand("notion")
    assert provider is not None
    verdict = verify(make_delivery(headers=headers, body=body), provider, [Secret("notion", "", TOKEN)], NOW)
    assert verdict.state == ("verified" if scene.is_signed_right else "rejected")


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.event)
def test_a_body_is_a_notion_event_that_changes_when_it_is_written_again(scene: Scene) -> None:
    body = body_of(scene, 3)
    event = json.loads(body)
    assert event["type"] == scene.event
    assert json.dumps(event, separators=(",", ":")).encode() != body


def test_every_scene_has_a_route_and_an_event_of_its_own() -> None:
    assert {scene.path for scene in SCENES} <= set(SampleHandler.routes)
    assert len({json.loads(body_of(scene, number))["id"] for number, scene in enumerate(SCENES)}) == len(SCENES)
    assert len({scene.event for scene in SCENES}) == len(SCENES)
