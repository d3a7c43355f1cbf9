import pytest

from hookscope.diagnosis.raw_body_advice import COMMON, RAW_BODY, raw_body_hint


@pytest.mark.parametrize(
    ("product", "words"),
    [
        ("Express", "express.raw"),
        ("Django 5.2", "request.body"),
        ("Werkzeug 3.1", "get_data"),
        ("Next.js", "req.text()"),
    ],
)
def test_a_known_framework_gets_its_own_advice_first(product, words):
    hint = raw_body_hint(product)
    assert words in hint
    assert hint.endswith(COMMON)


@pytest.mark.parametrize("product", ["", "something else"])
def test_an_unknown_one_gets_what_holds_for_all(product):
    assert raw_body_hint(product) == COMMON


@pytest.mark.parametrize("name", RAW_BODY)
def test_every_advice_is_found_by_its_name(name):
    assert raw_body_hint(name).startswith(RAW_BODY[name])
