"""Who answered, in words: a finding's layer is for programs."""

from __future__ import annotations

from collections.abc import Mapping

from hookscope.model.finding import Finding, Layer

LAYERS: Mapping[Layer, str] = {
    "sender": "on the sender's side",
    "edge": "a CDN or gateway in front of your handler answered",
    "waf": "a web application firewall answered, not your code",
    "reverse-proxy": "a reverse proxy answered, not your code",
    "relay": "at the relay",
    "tunnel": "on hookscope's own way to your handler",
    "transport": "on the way to your handler",
    "dev-server": "your development server answered, not your code",
    "framework": "your framework or its middleware answered, before your handler",
    "handler": "your own code answered",
    "provider-api": "at the provider's API",
}
WITHOUT_ANSWER: Mapping[Layer, str] = {
    "handler": "in your own code, which did not answer",
    "framework": "in your framework or server, which did not answer",
    "reverse-proxy": "a reverse proxy stands there, and did not answer",
}


def tell_answerer(finding: Finding, answered: bool = True) -> str:
    """Who answered, the product named; where nobody did, where it happened."""
    words = LAYERS[finding.layer] if answered else WITHOUT_ANSWER.get(finding.layer, LAYERS[finding.layer])
    return f"{words} ({finding.product})" if finding.product else words
