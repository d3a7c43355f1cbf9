from __future__ import annotations

from typing import get_args

from hookscope.model.answerer import LAYERS, tell_answerer
from hookscope.model.finding import Finding, Layer


def finding(layer: Layer, product: str = "") -> Finding:
    return Finding(code="a.b", severity="error", cause="c", layer=layer, title="t", hint="h", product=product)


def test_every_layer_has_words() -> None:
    assert set(LAYERS) == set(get_args(Layer))


def test_nobody_answered_where_there_is_no_answer() -> None:
    assert tell_answerer(finding("handler")) == "your own code answered"
    assert tell_answerer(finding("handler"), answered=False) == "in your own code, which did not answer"
    assert tell_answerer(finding("transport"), answered=False) == "on the way to your handler"


def test_a_product_is_named() -> None:
    assert tell_answerer(finding("framework", "Flask")).endswith("(Flask)")
