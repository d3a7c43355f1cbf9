from __future__ import annotations

import json

import pytest

from factories import make_delivery
from hookscope.tools.check.rewrites import is_json_object, malformed, padded, rewritten, twins, unusual

BODY = '{"id":"e1","name":"Café","n":{"a":[1,2]}}'.encode()


def test_unusual_bodies_mean_what_they_meant():
    forms = {form.name: form.body for form in unusual(BODY)}
    assert list(forms) == [
        "unusual spacing",
        "unusual key order",
        "unicode escapes",
        "large numbers",
        "duplicate keys",
    ]
    for name, body in forms.items():
        value = json.loads(body)
        value.pop("hookscope_numbers", None)
        assert value == json.loads(BODY), name
        assert body not in {twin.body for twin in twins(body)}, name


def test_twins_are_distinct_and_the_likeliest_come_first():
    found = twins(BODY)
    assert [twin.how for twin in found[:3]] == ["compact, unicode", "spaced, ascii", "compact, ascii"]
    assert len({twin.body for twin in found}) == len(found) <= 14


def test_a_named_manner_is_the_only_one_tried():
    assert {twin.how for twin in twins(BODY, "spaced, ascii")} == {"spaced, ascii"}
    assert rewritten(BODY, "spaced, ascii") == json.dumps(json.loads(BODY)).encode()
    assert rewritten(BODY, "") == rewritten(BODY, "nobody's") == BODY


@pytest.mark.parametrize(
    ("body", "headers", "wanted"),
    [
        (BODY, (), True),
        (b"[1]", (), False),
        (b"{}", (), False),
        (b"a=1", (), False),
        (BODY, (("Content-Encoding", "gzip"),), False),
    ],
)
def test_a_json_object_is_one_with_members_that_is_not_packed(body, headers, wanted):
    assert is_json_object(make_delivery(body=body, headers=headers)) == wanted


def test_padding_fills_up_json_and_forms_and_nothing_else():
    assert abs(len(padded(make_delivery(body=BODY), 5000) or b"") - 5000) < 20
    form = (("Content-Type", "application/x-www-form-urlencoded"),)
    assert (padded(make_delivery(body=b"a=1", headers=form), 50) or b"").startswith(b"a=1&hookscope_padding=xx")
    assert padded(make_delivery(body=b"<xml/>")) is None


def test_malformed_json_is_no_json():
    with pytest.raises(ValueError):
        json.loads(malformed(BODY))
