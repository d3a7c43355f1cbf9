from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from hookscope.api.addon import request


@pytest.mark.parametrize(
    ("host", "led"),
    [
        ("api.notion.com", ("http", "127.0.0.1", 7421, "/notion/v1/x?a=%2F")),
        ("API.Notion.com", ("http", "127.0.0.1", 7421, "/notion/v1/x?a=%2F")),
        ("other.example", ("https", "other.example", 443, "/v1/x?a=%2F")),
    ],
)
def test_only_named_hosts_are_led_to_the_gateway(
    monkeypatch: pytest.MonkeyPatch, host: str, led: tuple[str, str, int, str]
) -> None:
    monkeypatch.setenv("HOOKSCOPE_INTERCEPT", json.dumps({"port": 7421, "hosts": {"api.notion.com": "notion"}}))
    asked = SimpleNamespace(pretty_host=host, scheme="https", host=host, port=443, path="/v1/x?a=%2F")
    request(SimpleNamespace(request=asked))
    assert (asked.scheme, asked.host, asked.port, asked.path) == led
